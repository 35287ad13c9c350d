import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { textOf } from "../api/perform.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, whole } from "../api/shapes.ts";
import type { SideName } from "../exchange-desk.ts";
import { seenMembers, shownMembers } from "./shown-members.ts";

const openingsOf = (names: string) => {
  const opening = { type: "string", pattern: `^(?:${names}|(?:subject|answer)-(?:0|[1-9]\\d?))$` };
  return { type: "array", items: opening, minItems: 1, maxItems: 20, uniqueItems: true };
};
/** What a package discloses by itself. */
const disclosed = openingsOf("user|caseReference|permission");
/** What is read by itself: also what was asked, word for word. */
const readable = openingsOf("user|caseReference|permission|request-line");
const heads = { type: "string", enum: ["shown", "withheld"] };
const sides = { type: "string", enum: ["own", "both"] };
const text = { type: "string" };
const verdict = whole({
  verdict: { type: "string", enum: ["valid", "invalid", "unusable"] },
  findings: list({ type: "object", required: ["code", "place", "severity", "consequence"] }),
});
const opened = whole({
  openings: list(whole({ message: text, name: text, scheme: text, value: text })),
});

/** Of those who used the id; the first unless told. */
const client = identifier;

const path = "/exchanges/:exchange";
const usual = { scope: "records", audit: "read", people: 1 } as const;
const auditing = { ...usual, allowed: ["auditor", "data-protection-officer"] } as const;

export const exchangeRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path, summary: "One exchange, as its records tell it; shows metadata", ...usual },
    ...{ allowed: ["auditor", "data-protection-officer", "observer"], personal: "none" },
    query: demanded({ client }),
    answer: { type: "object", required: ["exchange", "consumer", "service", "sides"] },
    run: async (asked) => {
      const name = { exchange: asked.params.exchange!, client: asked.query.client };
      const account = await asked.services.exchanges.account(name, seenMembers(asked));
      const [side] = account?.sides ?? [];
      if (account === undefined || side === undefined) throw notThere();
      const read = { member: side.member, about: [`exchange ${account.exchange}`], results: 1 };
      return { body: account as unknown as Json, read };
    },
  },
  {
    ...{ method: "POST", path: `${path}/verification`, ...auditing, personal: "none", answer: verdict },
    summary: "Verifies the evidence of an exchange now; with the other side's, joined, where that is wanted",
    body: demanded({ client, sides, reason: line }, ["sides", "reason"]),
    run: async (asked) => {
      const side = await sideIn(asked, seenMembers(asked));
      const { exchanges } = asked.services;
      const other = asked.body.sides === "both" ? await exchanges.otherSide(side) : undefined;
      const judged = await exchanges.verify(side, other);
      if (judged === undefined) throw notThere();
      return { body: judged as unknown as Json, read: readOf(side, [`sides ${asked.body.sides}`], 1) };
    },
  },
  {
    ...{ method: "POST", path: `${path}/evidence`, ...auditing, personal: "when-asked" },
    summary:
      "The evidence package of an exchange; with heads, or single openings, which are personal data, where that is allowed",
    answer: "application/zip",
    body: demanded({ client, heads, open: disclosed, reason: line }, ["heads", "reason"]),
    run: evidence,
  },
  {
    ...{ method: "POST", path: `${path}/openings`, ...auditing, personal: "always", answer: opened },
    summary: "Single values that the messages hide: whom they are about, for whom, in which case",
    body: demanded({ client, names: readable, reason: line }, ["names", "reason"]),
    run: async (asked) => {
      const side = await sideIn(asked, await shownMembers(asked));
      const names = asked.body.names as readonly string[];
      const found = await asked.services.exchanges.open(side, names);
      const read = readOf(side, [`openings ${names.join(" ")}`], found.length);
      return { body: { openings: found as unknown as Json }, read };
    },
  },
  {
    ...{ method: "POST", path: `${path}/other-side`, ...auditing, personal: "none" },
    summary: "The other side's evidence package, without heads, by an exchange of its own",
    answer: "application/zip",
    body: demanded({ client, reason: line }, ["reason"]),
    run: async (asked) => {
      const side = await sideIn(asked, seenMembers(asked));
      const bytes = await asked.services.exchanges.otherSide(side);
      const file = { type: "application/zip", name: `${side.exchange}.other-side.zip`, bytes };
      return { file, read: readOf(side, ["the other side's evidence"], 1) };
    },
  },
];

async function evidence(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const open = (body.open ?? []) as readonly string[];
  const isWhole = body.heads === "shown";
  if (isWhole && open.length > 0)
    throw new SealwayError("invalid_parameter", "the body: a head that is shown holds all openings");
  const isPersonal = isWhole || open.length > 0;
  const side = await sideIn(asked, isPersonal ? await shownMembers(asked) : seenMembers(asked));
  const bytes = await services.exchanges.package(side, isWhole ? "shown" : { openings: open });
  if (bytes === undefined) throw notThere();
  const named = open.length === 0 ? [] : [`openings ${open.join(" ")}`];
  return {
    file: { type: "application/zip", name: `${side.exchange}.zip`, bytes },
    read: readOf(side, [`heads ${body.heads}`, ...named], 1),
  };
}

async function sideIn({ body, params, services }: Asked, members: ReadonlySet<string>): Promise<SideName> {
  const name = { exchange: params.exchange!, client: textOf(body.client) ?? undefined };
  const side = await services.exchanges.sideOf(name, members);
  if (side === undefined) throw notThere();
  return side;
}

function readOf({ exchange, member }: SideName, what: readonly string[], results: number) {
  return { member, about: [`exchange ${exchange}`, ...what], results };
}

function notThere(): SealwayError {
  return new SealwayError("nothing_here", "no such exchange in the records that are open to the caller");
}
