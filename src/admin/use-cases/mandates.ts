import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { Fact } from "../administration/entry.ts";
import { type AdministrationState, isInForce, type Mandate, type User } from "../administration/state.ts";
import { checkSecondPerson } from "../administration/two-people.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, line, list, member, orNull, time, uuid, whole } from "../api/shapes.ts";
import { recordsReached } from "../roles.ts";
import { namesOf, shownNames } from "./named-people.ts";
import { timeText } from "./told-user.ts";

const shownMandate = whole({
  ...{ id: uuid, auditor: uuid, member, order: line, from: time, to: time },
  ...{ orderedBy: uuid, confirmedBy: orNull(uuid), ended: { type: "boolean" }, inForce: { type: "boolean" } },
});

const usual = { scope: "records", personal: "none", answer: shownMandate } as const;
const longest = 366 * 86_400_000;

/** An auditor sees more than metadata only under a mandate, which one person orders and another one confirms. */
export const mandateRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/mandates", summary: "Mandates of auditors", ...usual },
    ...{ allowed: ["data-protection-officer", "approver", "auditor"], audit: "none", people: 1 },
    answer: whole({ mandates: list(shownMandate), names: shownNames }),
    run: async (asked) => {
      const { mandates } = await asked.services.book.state();
      const own = [...mandates.values()].filter((one) => isSeen(asked, one));
      const people = own.flatMap(({ auditor, orderedBy, confirmedBy }) => [auditor, orderedBy, confirmedBy]);
      const names = await namesOf(asked, people);
      return { body: { mandates: own.map((one) => told(one, asked.now)), names } };
    },
  },
  {
    ...{ method: "GET", path: "/auditors", summary: "Auditors, for whom a mandate can be ordered", ...usual },
    ...{ allowed: ["data-protection-officer"], audit: "none", people: 1 },
    answer: whole({ auditors: list(whole({ id: uuid, name: line, member })) }),
    run: async ({ reach, services }) => {
      const { users } = await services.book.state();
      const of = [...recordsReached(reach, services.owner)];
      const auditors = [...users.values()].flatMap((user) =>
        of
          .filter((one) => user.enabled && isAuditorOf(services, user, one))
          .map((one) => ({ id: user.id, name: user.name, member: one })),
      );
      return { body: { auditors } };
    },
  },
  {
    ...{ method: "POST", path: "/mandates", summary: "Orders a mandate for an auditor", ...usual },
    ...{ allowed: ["data-protection-officer"], audit: "fact", people: 2, status: 201 },
    body: demanded({ auditor: uuid, member, order: line, from: time, to: time, reason: line }, [
      ...["auditor", "member", "order", "from", "to", "reason"],
    ]),
    run: orderMandate,
  },
  {
    ...{ method: "POST", path: "/mandates/:mandate/confirmation", summary: "Confirms a mandate", ...usual },
    ...{ allowed: ["data-protection-officer", "approver"], audit: "fact", people: 2 },
    body: demanded({ reason: line }, ["reason"]),
    run: (asked) =>
      changeMandate(asked, ({ id: mandate, auditor, orderedBy, confirmedBy }, state) => {
        // Who ordered the mandate, or is to use it, does not confirm it.
        for (const first of [orderedBy, auditor])
          checkSecondPerson(state, first, asked.caller.user.id, asked.now);
        if (confirmedBy !== null) throw new SealwayError("changed_meanwhile", "it is confirmed already");
        if (state.users.get(orderedBy)?.enabled !== true)
          throw new SealwayError("changed_meanwhile", "whoever ordered it was disabled since: order it anew");
        return { what: "mandate-confirmed", mandate };
      }),
  },
  {
    ...{ method: "DELETE", path: "/mandates/:mandate", summary: "Ends a mandate", ...usual },
    ...{ allowed: ["data-protection-officer", "approver"], audit: "fact", people: 1 },
    run: (asked) => changeMandate(asked, ({ id: mandate }) => ({ what: "mandate-ended", mandate })),
  },
];

async function orderMandate(asked: Asked): Promise<Answered> {
  const { body, now, services } = asked;
  const wanted = {
    ...{ auditor: String(body.auditor), member: String(body.member), order: String(body.order) },
    ...{ from: Date.parse(String(body.from)), to: Date.parse(String(body.to)) },
  };
  const length = wanted.to - wanted.from;
  if (!(length > 0 && length <= longest && wanted.to > now))
    throw new SealwayError("invalid_parameter", "a mandate ends after it begins, not yet, and within a year");
  if (!isSeen(asked, wanted)) throw notThere();
  const mandate = uuidV7(now);
  await services.book.change(async ({ users }, keep) => {
    const auditor = users.get(wanted.auditor);
    if (auditor === undefined || !isAuditorOf(services, auditor, wanted.member)) throw notThere();
    await keep(asked.draft({ what: "mandate-ordered", mandate, ...wanted }, aboutMandate(mandate, wanted)));
  });
  return { ...(await shown(asked, mandate)), status: 201 };
}

function isAuditorOf({ owner }: Asked["services"], { assignments }: User, of: string): boolean {
  return assignments.some(
    ({ role, place }) => role === "auditor" && (place === of || (place === "*" && of === owner)),
  );
}

async function changeMandate(
  asked: Asked,
  decide: (mandate: Mandate, state: AdministrationState) => Fact,
): Promise<Answered> {
  const id = asked.params.mandate!;
  await asked.services.book.change(async (state, keep) => {
    const mandate = state.mandates.get(id);
    if (mandate === undefined || !isSeen(asked, mandate)) throw notThere();
    await keep(asked.draft(decide(mandate, state), aboutMandate(id, mandate)));
  });
  return shown(asked, id);
}

async function shown({ services, now }: Asked, id: string): Promise<Answered> {
  return { body: told((await services.book.state()).mandates.get(id)!, now) };
}

function isSeen({ reach, services }: Asked, { member: of }: Pick<Mandate, "member">): boolean {
  return recordsReached(reach, services.owner).has(of);
}

function aboutMandate(id: string, { member: of }: Pick<Mandate, "member">) {
  return { member: of, about: [`mandate ${id}`] };
}

function told(mandate: Mandate, now: number) {
  const { from, to } = mandate;
  return { ...mandate, from: timeText(from), to: timeText(to), inForce: isInForce(mandate, now) };
}

function notThere(): SealwayError {
  return new SealwayError("nothing_here", "no such mandate, member or auditor");
}
