import { orderService } from "../assembly/order-service.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readServiceId } from "./service-files.ts";

export const summary = "Tells the running server where a service is, or where it has moved";

export const description =
  "As `sealway services publish --target` does, without a publication; the next call goes there. The target is kept in the " +
  "server's state directory, and must be at one of the hosts that the server's owner lists for the subsystem. The nodes of " +
  "a cluster are told one by one. A service that stands in `services` of the configuration file is moved there.";

export const flags = [
  runningConfigFlag,
  {
    kind: "number",
    name: "concurrency",
    value: "CALLS",
    default: 64,
    least: 1,
    most: 10_000,
    description: "Calls at once; more are refused as busy.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE URL",
  least: 2,
  most: 2,
  description: "The service, INSTANCE/CLASS/MEMBER/SUBSYSTEM/CODE, and where it is: its paths are appended.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [id = "", target = ""] = named;
  const service = readServiceId(id);
  const { concurrency } = given;
  await orderService(await loadServerConfiguration(given.config), {
    ...{ order: "service target", service, target, concurrency },
  });
  process.stdout.write(`${service} is called at ${target}\n`);
  return exitCodes.ok;
}
