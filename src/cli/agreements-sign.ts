import type { ShownAgreement } from "../assembly/agreement-orders.ts";
import { readPassphrase } from "../assembly/secrets.ts";
import { loadCatalogueKeys } from "../authority/services/catalogue-keys.ts";
import { systemClock } from "../core/clock.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { signAuthorityAct } from "../message/agreement-act-record.ts";
import { reasonFlag } from "./agreements-made.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { readBounded } from "./service-files.ts";

export const summary = "Signs, as the governing authority, that an agreement is suspended, resumed or ended";

export const description =
  "Signs with the authority's catalogue key, on what `agreements show --json` told of the agreement, and prints the act: " +
  "`agreements take` hands it in at a side's server.";

export const flags = [
  { kind: "required", name: "state", value: "DIR", description: "The state of the authority: its keys." },
  {
    kind: "text",
    name: "passphrase-file",
    value: "FILE",
    description: "Holds the passphrase of the keys, in its first line.",
  },
  {
    kind: "required",
    name: "facts",
    value: "FILE",
    description: "The agreement, as `agreements show --json` printed it.",
  },
  reasonFlag,
] as const satisfies readonly Flag[];

const words = ["suspend", "resume", "end"];

export const operands: Operands = { name: "ACT", least: 1, most: 1, description: "suspend, resume or end." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const act = named[0]!;
  if (!words.includes(act)) throw new UsageError(`unknown act "${act}"`, operands.description);
  const path = given["passphrase-file"];
  const { key } = await loadCatalogueKeys(
    given.state,
    path === undefined ? undefined : await readPassphrase(path),
  );
  const facts = parseStrictJson(await readBounded(given.facts), "bad_request") as ShownAgreement;
  const { id, instance, consumer, service, head, proposal } = facts;
  const revision = facts.revision ?? proposal?.revision;
  const terms = facts.termsDigest ?? proposal?.termsDigest;
  if (revision === undefined || terms === undefined)
    throw new UsageError(
      "--facts holds no agreement that stands",
      "Write the output of `agreements show --json`.",
    );
  const signed = signAuthorityAct(key, {
    ...{ act, agreement: id, by: "authority", consumer, instance, previous: head },
    ...{ reason: given.reason, revision, service, terms, time: systemClock.now() },
  });
  process.stdout.write(`${signed.toString("latin1")}\n`);
  return exitCodes.ok;
}
