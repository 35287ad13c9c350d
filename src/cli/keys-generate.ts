import { checkHolder, makeKey, organizationOf } from "../assembly/keys/make-key.ts";
import { type MemberId, memberOf, parseMemberId, parseServerId, type ServerId } from "../core/ids.ts";
import type { KeyUse } from "../pki/certificate-names.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { certifiedFlags, keyPlaceFlags, openBench, readCertified } from "./key-bench.ts";

export const summary = "Makes a private key and the request for its certificate";

export const description =
  "`seal` makes an e-seal key of a member, with which its messages are signed; `tls` a key with which a security " +
  "server proves itself to others. Each key has a folder of its own among the server's keys, in which it is encrypted " +
  "(PKCS#8) and never overwritten; the request beside it goes to a certification authority that the instance lists, " +
  "with the names that the instance's rules ask for. What is issued comes back by `keys import`. A key that is made " +
  "changes nothing for those in use.";

export const flags = [
  ...keyPlaceFlags,
  ...certifiedFlags,
  { kind: "text", name: "algorithm", value: "NAME", default: "ES256", description: "ES256 or RS256." },
  {
    kind: "text",
    name: "device",
    value: "FILE",
    description:
      "Makes a seal's key on a device, which it never leaves: a key file (schemas/device-key) with module, token, PIN file and the label that the new key gets.",
  },
] as const satisfies readonly Flag[];

export const operands = {
  name: "KIND [ID]",
  least: 1,
  most: 2,
  description:
    "`seal` and the identifier of a member, or `tls` and that of a security server; of the server itself unless told.",
};

const parsers: Readonly<Record<KeyUse, (id: string) => MemberId | ServerId>> = {
  seal: parseMemberId,
  tls: parseServerId,
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [kind, id] = named as [string, string | undefined];
  if (!Object.hasOwn(parsers, kind))
    throw new UsageError(`"${kind}" is no kind of key`, operands.description);
  const use = kind as KeyUse;
  const { algorithm } = given;
  if (algorithm !== "ES256" && algorithm !== "RS256")
    throw new UsageError("--algorithm is unknown", "ES256 or RS256.");
  const { device } = given;
  if (device !== undefined && use === "tls")
    throw new UsageError("--device is for seals", "TLS keys lie in files.");
  const facts = readCertified(given);
  const bench = await openBench(given);
  const { server } = bench;
  const own = use === "tls" ? server : server && memberOf(server);
  const of = id === undefined ? own : parsers[use](id);
  if (of === undefined) throw new UsageError("ID is missing", operands.description);
  checkHolder(use, of, server);
  const organization = given.organization ?? organizationOf(bench.index, of);
  if (organization === undefined)
    throw new UsageError(
      "--organization NAME is required",
      "No registered name of the member is known here.",
    );
  const key = await makeKey(bench, { use, of, algorithm, organization, server, device, ...facts });
  process.stdout.write(`${key.name}\n${key.files.request}\n`);
  return exitCodes.ok;
}
