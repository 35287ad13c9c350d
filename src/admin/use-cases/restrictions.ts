import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, orNull, service, time, uuid, whole } from "../api/shapes.ts";
import type { RestrictionDesk, RestrictionDone } from "../restriction-desk.ts";
import { orderedFor } from "./ordered-for.ts";
import { seenMembers } from "./shown-members.ts";

const text = { type: "string" };
const ground = {
  type: "string",
  enum: [
    ...["investigation", "prosecution", "execution-of-penalties", "public-security", "national-security"],
    ...["defence", "inspection", "rights-of-others"],
  ],
};
const exchanges = { ...list(uuid), maxItems: 500 };
const covers = { provision: line, ground, consumer: identifier, service, purpose: identifier, exchanges };
const delivery = whole({ server: text, failure: orNull(text) });
const restrictionDone = whole({
  ...{ id: uuid, revision: { type: "integer" }, state: text, reviewBy: time, nonce: orNull(text) },
  deliveries: list(delivery),
});
const restriction = whole({
  ...covers,
  ...{
    id: uuid,
    revision: { type: "integer" },
    state: text,
    from: time,
    until: orNull(time),
    reviewBy: time,
  },
});
const usual = { allowed: ["approver"], scope: "records", personal: "none", people: 1 } as const;
const orders = { ...usual, audit: "before", answer: restrictionDone } as const;

/** For officers of an ordering authority alone: nobody else is told that there is any restriction. */
export const restrictionRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/restrictions", summary: "Restrictions that the authority ordered", ...usual },
    ...{
      allowed: ["approver", "auditor"],
      audit: "read",
      answer: whole({ restrictions: list(restriction) }),
    },
    run: async (asked) => {
      const member = await authorityOf(asked);
      const restrictions = await asked.services.restrictions.list();
      const read = { member, about: ["restrictions"], results: restrictions.length };
      return { body: { restrictions: restrictions as unknown as Json }, read };
    },
  },
  {
    ...{ method: "POST", path: "/restrictions", ...orders, status: 201 },
    summary: "Orders that persons do not see some uses of their data yet",
    body: demanded({ ...covers, reference: line, reviewBy: time, until: time, reason: line }, [
      ...["provision", "reference", "ground", "reviewBy", "consumer", "service", "purpose", "reason"],
    ]),
    run: (asked) =>
      act(asked, "order", ({ body }, desk) =>
        desk.order({
          ...{ provision: String(body.provision), reference: String(body.reference) },
          ...{ ground: String(body.ground), consumer: String(body.consumer), service: String(body.service) },
          ...{ purpose: String(body.purpose), exchanges: (body.exchanges ?? []) as readonly string[] },
          ...timesIn(asked),
        }),
      ),
  },
  {
    ...{ method: "POST", path: "/restrictions/:restriction/review", ...orders },
    summary: "Records that a restriction was reviewed and stands",
    body: demanded({ reviewBy: time, until: time, reason: line }, ["reviewBy", "reason"]),
    run: (asked) =>
      act(asked, "review", ({ params }, desk) => {
        const { reviewBy, until } = timesIn(asked);
        return desk.review(params.restriction!, reviewBy, until);
      }),
  },
  {
    ...{ method: "POST", path: "/restrictions/:restriction/lift", ...orders },
    summary: "Lifts a restriction: persons see the uses that it covered",
    body: demanded({ reason: line }, ["reason"]),
    run: (asked) => act(asked, "lift", ({ params }, desk) => desk.lift(params.restriction!)),
  },
];

/**
 * The authority for which the caller acts. Where several are served, only who acts for all of them does for one: the server
 * says for which of them it signs.
 * @throws SealwayError `nothing_here` for everybody but the authority's own people
 */
async function authorityOf(asked: Asked): Promise<string> {
  const own = seenMembers(asked);
  const authorities = await asked.services.restrictions.authorities();
  const [member] = authorities;
  if (member !== undefined && authorities.every((one) => own.has(one))) return member;
  throw new SealwayError("nothing_here", "no ordering authority is among the caller's members");
}

async function act(
  asked: Asked,
  word: string,
  done: (asked: Asked, desk: RestrictionDesk) => Promise<RestrictionDone>,
): Promise<Answered> {
  const { params, services } = asked;
  const member = await authorityOf(asked);
  await orderedFor(asked, member, [`restriction ${params.restriction ?? "new"}`, word]);
  const { deliveries, ...told } = await done(asked, services.restrictions);
  const body = { ...told, deliveries: deliveries.map((one) => ({ ...one })) };
  return word === "order" ? { status: 201, body } : { body };
}

function timesIn({ body }: Asked) {
  const until = body.until === undefined ? null : Date.parse(String(body.until));
  return { reviewBy: Date.parse(String(body.reviewBy)), until };
}
