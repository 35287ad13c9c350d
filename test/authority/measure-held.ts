import { loadAnchor } from "../../src/trust/anchor.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { ManualSchedule } from "../trust/manual-schedule.ts";

/* A process of its own: prints the bytes that a gateway holds of a configuration which is in its cache already. */

const [anchorFile, directory, now] = process.argv.slice(2);

function heldBytes(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const anchor = await loadAnchor(anchorFile!);
const before = heldBytes();
const client = await ConfigurationClient.start({
  ...{ anchor, mirrors: ["http://127.0.0.1:9/"], directory: directory!, clock: { now: () => Number(now) } },
  schedule: new ManualSchedule().schedule,
});
const held = heldBytes() - before;
process.stdout.write(`${client.current().content.version} ${held} ${process.memoryUsage().rss}\n`);
await client.close();
process.exit(0);
