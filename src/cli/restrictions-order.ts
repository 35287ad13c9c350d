import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { orderRestriction } from "../assembly/restriction-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";
import { readExchangeId } from "./exchange-id.ts";
import { readDate, tellDone } from "./restriction-done.ts";

export const summary = "Orders that persons do not see some uses of their data yet";

export const description =
  "For a member that the governing authority lists as an ordering authority, and whose server this is: the server signs " +
  "the order with the member's seal and brings it to the gateways of consumer and provider. From then on the exchanges " +
  "that it covers stand in both logs as all others do and in no list, total, figure or report, until it is lifted or its " +
  "review is missed, which lifts it by itself.\n" +
  "The reference of the order is read from a file or standard input: what is signed has a commitment to it, and the " +
  "nonce that opens it is printed once.";

export const flags = [
  configFlag,
  { kind: "required", name: "provision", value: "TEXT", description: "Article of the law, with its ELI." },
  {
    kind: "required",
    name: "reference",
    value: "FILE",
    description: "File with the reference of the order, such as its number; `-` for standard input.",
  },
  {
    kind: "required",
    name: "ground",
    value: "GROUND",
    description:
      "One of `investigation`, `prosecution`, `execution-of-penalties`, `public-security`, `national-security`, `defence`, " +
      "`inspection` or `rights-of-others`.",
  },
  {
    kind: "required",
    name: "review",
    value: "DATE",
    description: "By when it must be reviewed: 2027-06-30, within 12 months.",
  },
  { kind: "required", name: "consumer", value: "ID", description: "The subsystem that asks." },
  { kind: "required", name: "service", value: "ID", description: "The service that it asks." },
  {
    kind: "required",
    name: "purpose",
    value: "ID",
    description: "The purpose: one for which the governing authority permits it.",
  },
  {
    kind: "list",
    name: "exchange",
    value: "UUID",
    description: "Covers this exchange alone, although it was made before; may be repeated.",
  },
  { kind: "text", name: "until", value: "DATE", description: "Covers no exchange made from then on." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const { provision, ground, consumer, service, purpose, exchange, until, review } = given;
  const done = await orderRestriction(await loadServerConfiguration(given.config), {
    ...{
      order: "restriction order",
      provision,
      ground,
      consumer,
      service,
      purpose,
      exchanges: exchange.map((id) => readExchangeId(id)),
    },
    ...{ reviewBy: readDate("review", review), until: until === undefined ? null : readDate("until", until) },
    reference: (await readReference(given.reference)).trim(),
  });
  return tellDone(done);
}

async function readReference(path: string): Promise<string> {
  return path === "-" ? readAll(process.stdin) : readFile(path, "utf8");
}
