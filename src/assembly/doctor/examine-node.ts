import { totalmem } from "node:os";
import manifest from "../../../package.json" with { type: "json" };
import { type Finding, warning } from "./finding.ts";

/** A server with little memory ends when the system needs it, bytes. */
const leastMemory = 900 * 1024 * 1024;

/** Whether this Node is the one that Sealway is tested with (an older one does not start at all), with memory enough. */
export async function examineNode(): Promise<Finding[]> {
  const { node } = process.versions;
  const [tested, own] = [manifest.devDependencies.node, node].map((version) => /\d+/.exec(version)![0]);
  const why = "What differs between releases of Node shows in none of Sealway's tests.";
  const memory = totalmem();
  return [
    ...(own === tested
      ? []
      : [warning(`Node ${node} runs; tested is ${tested}`, why, `Run it by Node ${tested}.`)]),
    ...(memory >= leastMemory
      ? []
      : [
          warning(
            `the machine has ${Math.floor(memory / 1024 / 1024)} MiB of memory`,
            "Under load the system may end the server.",
            "Give it a gigabyte at least.",
          ),
        ]),
  ];
}
