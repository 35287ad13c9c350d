import { writeFile } from "node:fs/promises";
import { openArchiveEvidence } from "../assembly/open-archive.ts";
import { openEvidence } from "../assembly/open-evidence.ts";
import { openPermissionActs } from "../assembly/open-permission-acts.ts";
import { loadServerConfiguration, type ServerConfiguration } from "../assembly/server-configuration.ts";
import { UnreadableArchive } from "../messagelog/archive/unreadable-archive.ts";
import { buildEvidencePackage } from "../messagelog/evidence/evidence-package.ts";
import {
  type Collected,
  collectEvidence,
  type Disclosure,
} from "../messagelog/evidence/evidence-package-collect.ts";
import { isDisclosedName } from "../messagelog/evidence/package-layout.ts";
import type { EvidenceReader } from "../messagelog/evidence-reader.ts";
import { RecoveredFolder } from "../messagelog/recovery/recovered-folder.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { type Flag, type FlagValues, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readExchangeId } from "./exchange-id.ts";
import { readerFlags, recordRead } from "./log-query.ts";
import { fetchOtherSide, otherSideFlags } from "./other-side.ts";

export const summary = "Writes the evidence package of an exchange from a security server's log";

export const description =
  "Reads the log beside the running server or without it. The package has both messages with their heads, what they " +
  "refer to, and what is needed to verify them years later without this server: see `sealway verify`.\n" +
  "Heads hold personal data: the file is readable by its owner only. --without-heads leaves them out; the package " +
  "proves the exchange all the same, and --open discloses single commitments of it.\n" +
  "Who took it and why is recorded in the log before the file is written.";

export const flags = [
  configFlag,
  ...readerFlags,
  {
    kind: "text",
    name: "out",
    value: "FILE",
    description:
      "Where the package is written; EXCHANGE-ID.zip here unless told. An existing file is left alone.",
  },
  {
    kind: "text",
    name: "archive",
    value: "DIR",
    description:
      "Reads this archive of the server's log instead; heads are read with the vault, where it has the keys.",
  },
  {
    kind: "text",
    name: "role",
    value: "ROLE",
    description: "Takes one side, `consumer` or `provider`, of an exchange in which the server was both.",
  },
  {
    kind: "switch",
    name: "with-bodies",
    description:
      "Puts in the bodies that the log keeps: none, unless rules or the service's description ask for it.",
  },
  { kind: "switch", name: "without-heads", description: "Leaves out request line, headers and openings." },
  {
    kind: "list",
    name: "open",
    value: "NAME",
    description:
      "With --without-heads: discloses the opening of `user`, `caseReference`, `permission`, `subject-0` and so on (whom " +
      "the request is about), or `answer-0` and so on (whom the answer names).",
  },
  {
    kind: "switch",
    name: "permission-act",
    description:
      "Puts in how the person gave the permission by which the answer was given: the text that was shown and the ID token, " +
      "which names the person. Without it their digests alone are shown.",
  },
  ...otherSideFlags,
] as const satisfies readonly Flag[];

type Given = FlagValues<typeof flags>;

export const operands: Operands = {
  name: "EXCHANGE-ID",
  least: 1,
  most: 1,
  description: "As the reply header Sealway-Exchange-Id told it.",
};

const refusals: Readonly<Record<Exclude<Collected["outcome"], "collected">, string>> = {
  unknown: "the log has no record of this exchange in this role",
  "not-sealed": "the exchange waits for its time-stamp: try again in a minute",
};

const recoveredNotice =
  "the log lost this exchange: this is the other side's package, which was recovered from it\n";
/** Said beside, when a package of the other side was recovered. */
const notices: Readonly<Record<Collected["outcome"], string>> = {
  collected:
    "the log lost a part of this exchange: `sealway log lost` says where the other side's package is\n",
  unknown: recoveredNotice,
  "not-sealed": recoveredNotice,
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const disclosure = readDisclosure(given);
  const exchangeId = readExchangeId(named[0]!, operands.description);
  const configuration = await loadServerConfiguration(given.config);
  if (given["other-side"]) return writeOtherSide(configuration, exchangeId, given);
  const anchor = await loadAnchor(configuration.anchor);
  const reader = await openReader(configuration, given.archive);
  const acts = given["permission-act"] ? await openPermissionActs(configuration) : undefined;
  try {
    const collected = await collectEvidence(reader, exchangeId, anchor, disclosure, acts);
    const recovered =
      given.archive === undefined
        ? await new RecoveredFolder(configuration.stateDirectory).read(exchangeId)
        : undefined;
    if (recovered !== undefined) process.stderr.write(notices[collected.outcome]);
    if (collected.outcome === "collected")
      return await writeEvidence(
        configuration,
        given,
        exchangeId,
        await buildEvidencePackage(collected.parts),
      );
    if (recovered !== undefined) return await writeEvidence(configuration, given, exchangeId, recovered);
    process.stderr.write(`sealway evidence: ${refusals[collected.outcome]}\n`);
    return exitCodes.failed;
  } finally {
    reader.close();
    await acts?.close();
  }
}

/** Who reads it is recorded before anybody has it. */
async function writeEvidence(
  configuration: ServerConfiguration,
  given: Given,
  exchangeId: string,
  bytes: Buffer,
): Promise<number> {
  await recordRead(configuration, given, { action: "evidence", what: [exchangeId], results: 1 });
  const path = given.out ?? `${exchangeId}.zip`;
  await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
  process.stdout.write(`${path}\n`);
  return exitCodes.ok;
}

async function writeOtherSide(
  configuration: ServerConfiguration,
  exchangeId: string,
  given: Given,
): Promise<number> {
  const fetched = await fetchOtherSide(configuration, exchangeId, given);
  if (fetched.outcome === "refused") {
    process.stderr.write(`sealway evidence: the other side's package was not given: ${fetched.reason}\n`);
    return exitCodes.failed;
  }
  await recordRead(configuration, given, { action: "evidence", what: [exchangeId], results: 1 });
  const path = given.out ?? `${exchangeId}.other-side.zip`;
  await writeFile(path, fetched.bytes, { mode: 0o600, flag: "wx" });
  process.stdout.write(`${path}\n`);
  return exitCodes.ok;
}

async function openReader(
  configuration: ServerConfiguration,
  archive: string | undefined,
): Promise<EvidenceReader> {
  if (archive === undefined) return openEvidence(configuration);
  try {
    return await openArchiveEvidence(configuration, archive);
  } catch (error) {
    if (error instanceof UnreadableArchive)
      throw new UsageError(`--archive: ${error.message}`, "`sealway verify` tells what is wrong with it.");
    throw error;
  }
}

function readDisclosure(given: Given): Disclosure {
  const { role } = given;
  if (role !== undefined && role !== "consumer" && role !== "provider") {
    throw new UsageError(`--role ${role} is neither consumer nor provider`);
  }
  const openings = given.open.filter(isDisclosedName);
  if (openings.length < given.open.length)
    throw new UsageError("--open names no opening", "Write user, subject-0 or answer-0.");
  if (!given["without-heads"] && openings.length > 0)
    throw new UsageError("--open is for --without-heads", "A head that is shown holds all openings.");
  if (given["without-heads"] && given["with-bodies"])
    throw new UsageError("--with-bodies needs heads", "A body is proven by the head that binds it.");
  if (given["without-heads"] && given["permission-act"])
    throw new UsageError("--permission-act needs heads", "The answer's head names the permission.");
  const bodies = given["with-bodies"] ? "shown" : undefined;
  return { role, bodies, heads: given["without-heads"] ? { openings } : "shown" };
}
