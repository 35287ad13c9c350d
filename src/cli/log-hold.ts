import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { HoldPeriod } from "../messagelog/retention/hold-statement.ts";
import type { HoldRequest, OrderedScope } from "../messagelog/retention/retention-orders.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readExchangeId } from "./exchange-id.ts";
import { readDay } from "./read-day.ts";
import { readStandardInput } from "./standard-input.ts";
import { readTwoPeople, twoPeople } from "./two-people.ts";

export const summary = "Places a legal hold: what falls in its scope is not erased";

export const description =
  "The scope is either --exchange, or --consumer with --provider, or --subject; the last two also cover what comes later, " +
  "within --from and --to. What falls in it is encrypted anew under keys of the hold, so that everything else still ends " +
  "in its time. A person's identifier is read from standard input and stands in the log encrypted, for as long as the " +
  "hold lasts.\n" +
  "Two people are named: who places the hold and who confirms it. The server's owner signs for both; it does not verify " +
  "who they are. `log holds` lists holds, `log lift` ends one.";

const date = "DATE";

export const flags = [
  configFlag,
  { kind: "required", name: "case", value: "TEXT", description: "The number of the case." },
  {
    kind: "required",
    name: "authority",
    value: "TEXT",
    description: "The court or office whose case it is.",
  },
  { kind: "required", name: "review", value: date, description: "When it must be reviewed: 2027-06-30." },
  twoPeople,
  { kind: "list", name: "exchange", value: "ID", description: "Scope: an exchange; may be repeated." },
  { kind: "text", name: "consumer", value: "ID", description: "Scope: a member or subsystem that asked." },
  {
    kind: "text",
    name: "provider",
    value: "ID",
    description: "Scope: the member, subsystem or service asked.",
  },
  {
    kind: "text",
    name: "subject",
    value: "SCHEME",
    description: "Scope: a person; the identifier in this scheme is read from standard input.",
  },
  {
    kind: "text",
    name: "from",
    value: date,
    description: "First day of the scope, UTC; all there is unless told.",
  },
  { kind: "text", name: "to", value: date, description: "Last day of the scope, UTC; no end unless told." },
  { kind: "switch", name: "dry-run", description: "Counts what falls in the scope, and changes nothing." },
] as const satisfies readonly Flag[];

type Given = FlagValues<typeof flags>;

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const { authority, by, "dry-run": dryRun } = given;
  const order: HoldRequest = {
    ...{ order: "hold", dryRun, case: given.case, authority, by: readTwoPeople(by) },
    ...{ scope: await readScope(given), review: readDay("review", given.review) },
  };
  const { hold, records } = await orderRetention(await loadServerConfiguration(given.config), order);
  const told = dryRun ? `${records} messages fall in its scope` : `hold ${hold} keeps ${records} messages`;
  process.stdout.write(`${told}\n`);
  return exitCodes.ok;
}

async function readScope(given: Given): Promise<OrderedScope> {
  const { exchange, consumer, provider, subject, from, to } = given;
  const kinds = [
    exchange.length > 0,
    consumer !== undefined || provider !== undefined,
    subject !== undefined,
  ];
  if (kinds.filter((kind) => kind).length !== 1) {
    throw new UsageError(
      "a hold has one scope",
      "Give --exchange, or --consumer and --provider, or --subject.",
    );
  }
  if (exchange.length > 0) {
    return { kind: "exchanges", ids: exchange.map((id) => readExchangeId(id)) };
  }
  const period: HoldPeriod = {
    from: from === undefined ? 0 : readDay("from", from),
    to: to === undefined ? null : readDay("to", to) + 24 * 60 * 60 * 1000,
  };
  if (subject !== undefined)
    return { kind: "subject", scheme: subject, value: await readStandardInput("identifier"), period };
  if (consumer === undefined || provider === undefined) {
    throw new UsageError("--consumer and --provider belong together");
  }
  return { kind: "pair", consumer, provider, period };
}
