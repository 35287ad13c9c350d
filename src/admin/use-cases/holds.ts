import { SealwayError } from "../../core/errors.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, time, uuid, whole } from "../api/shapes.ts";
import type { NamedPerson } from "../permission-desk.ts";
import { type HoldTerms, propose, shownProposal } from "./proposals.ts";

const text = { type: "string" };
const shownHold = whole({
  ...{ hold: uuid, state: text, case: text, authority: text, scope: text, records: { type: "integer" } },
  ...{ placed: time, review: time, by: list(text) },
});
const exchanges = { ...list(uuid), minItems: 1, maxItems: 400 };
const pair = whole({ consumer: identifier, provider: identifier });
const person = whole({ scheme: identifier, value: { type: "string", minLength: 1, maxLength: 200 } });
const short = { ...line, maxLength: 200 };
const usual = { scope: "server", personal: "none" } as const;

/** Legal holds: one person proposes, another one confirms (`proposals.ts`), and only then the server does it. */
export const holdRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/holds", summary: "Legal holds of the server, lifted ones too", ...usual },
    ...{ allowed: ["data-protection-officer", "approver", "auditor"], audit: "none", people: 1 },
    answer: whole({ holds: list(shownHold) }),
    run: async ({ services }) => {
      const holds = await services.holds.list();
      const told = holds.map(({ hold, state, authority, scope, records, placed, review, by, case: of }) => {
        return { hold, state, case: of, authority, scope, records, placed, review, by: [...by] };
      });
      return { body: { holds: told } };
    },
  },
  {
    ...{ method: "POST", path: "/holds", summary: "Proposes a legal hold; another person confirms it" },
    ...{ ...usual, allowed: ["data-protection-officer"], audit: "fact", people: 2, status: 201 },
    answer: shownProposal,
    body: demanded(
      {
        ...{ case: short, authority: short, review: time, from: time, to: time, reason: line },
        ...{ exchanges, pair, person },
      },
      ["case", "authority", "review", "reason"],
    ),
    run: async (asked) => {
      const { body, now } = asked;
      const [of, authority] = [String(body.case), String(body.authority)];
      const review = Date.parse(String(body.review));
      if (!(review > now)) throw new SealwayError("invalid_parameter", "a hold is reviewed in the future");
      const { scope, about } = scopeIn(asked);
      const terms: HoldTerms = { case: of, authority, review, scope };
      return propose(asked, { act: "hold", terms, about });
    },
  },
  {
    ...{ method: "POST", path: "/holds/:hold/lift", summary: "Proposes to lift a hold" },
    ...{ ...usual, allowed: ["data-protection-officer"], audit: "fact", people: 2, status: 201 },
    ...{ answer: shownProposal, body: demanded({ reason: line }, ["reason"]) },
    run: proposeLift,
  },
];

async function proposeLift(asked: Asked): Promise<Answered> {
  const hold = asked.params.hold!;
  const known = (await asked.services.holds.list()).find((one) => one.hold === hold);
  if (known === undefined || known.state === "lifted")
    throw new SealwayError("nothing_here", "no such hold is in force");
  return propose(asked, {
    act: "lift",
    terms: { hold, reason: String(asked.body.reason) },
    about: undefined,
  });
}

/** @returns the scope without a person, and the person */
function scopeIn({ body }: Asked): {
  readonly scope: HoldTerms["scope"];
  readonly about: NamedPerson | undefined;
} {
  const given = [body.exchanges, body.pair, body.person].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new SealwayError("invalid_parameter", "a hold has one scope: exchanges, a pair, or a person");
  const period = {
    from: body.from === undefined ? 0 : Date.parse(String(body.from)),
    to: body.to === undefined ? null : Date.parse(String(body.to)),
  };
  if (body.exchanges !== undefined)
    return { scope: { kind: "exchanges", ids: body.exchanges as readonly string[] }, about: undefined };
  if (body.pair !== undefined) {
    const { consumer, provider } = body.pair as { readonly consumer: string; readonly provider: string };
    return { scope: { kind: "pair", consumer, provider, period }, about: undefined };
  }
  const about = body.person as unknown as NamedPerson;
  return { scope: { kind: "subject", scheme: about.scheme, period }, about };
}
