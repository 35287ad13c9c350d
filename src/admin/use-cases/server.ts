import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import type { AgreementActOrder, ListedAgreement } from "../admin-services.ts";
import type { Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, orNull, place, service, time, whole } from "../api/shapes.ts";
import { type Reach, reaches } from "../roles.ts";
import { orderedFor, statedIn } from "./ordered-for.ts";

const text = { type: "string" };
const anything = { type: "object" };
const lists = { allowed: "signed-in", scope: "members", audit: "none", personal: "none", people: 1 } as const;
const orders = { scope: "members", audit: "before", personal: "none", people: 1, answer: anything } as const;
const ofServer = { scope: "server", audit: "none", personal: "none", people: 1, answer: anything } as const;

const withReason = ({ reason }: Asked["body"]) => ({ reason: reason! });

/** What each act states to the other side; why it is done stands in the administration's entry anyway. */
const statedBy: Readonly<
  Record<AgreementActOrder["word"], (body: Asked["body"]) => AgreementActOrder["states"]>
> = {
  approve: () => ({}),
  ...{ decline: withReason, suspend: withReason, resume: withReason, end: withReason },
  declare: (body) => ({ attribute: needed(body, "attribute") }),
  verify: (body) => ({
    attribute: needed(body, "attribute"),
    until: Date.parse(String(needed(body, "until"))),
  }),
  withdraw: (body) => ({ attribute: needed(body, "attribute"), reason: body.reason! }),
};

export const serverRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/health", summary: "The server's health and alarms", ...ofServer },
    allowed: ["administrator", "security-officer", "observer"],
    run: async ({ services }) => ({ body: await services.gateway.health() }),
  },
  {
    ...{ method: "GET", path: "/configuration", summary: "The configuration file in force", ...ofServer },
    allowed: ["administrator", "security-officer"],
    run: async ({ services }) => ({ body: services.configuration }),
  },
  {
    ...{ method: "GET", path: "/members", summary: "Members that are hosted here", ...lists },
    answer: whole({ members: list(whole({ id: place, isOwner: { type: "boolean" } })) }),
    run: async ({ services, reach }) => {
      const own = services.members.filter((id) => reaches(reach, id));
      return { body: { members: own.map((id) => ({ id, isOwner: id === services.owner })) } };
    },
  },
  {
    ...{ method: "GET", path: "/services", summary: "Published services of the caller's members", ...lists },
    answer: whole({ services: list(whole({ id: service, version: text, state: text, title: text })) }),
    run: async ({ services, reach }) => {
      const all = await services.gateway.services();
      return {
        body: {
          services: all.filter(({ id }) => reaches(reach, memberOf(unsafeId<ServiceId>(id)))) as never,
        },
      };
    },
  },
  {
    ...{ method: "GET", path: "/agreements", summary: "Agreements of the caller's members", ...lists },
    query: demanded({ q: line, state: identifier, cursor: identifier }),
    answer: whole({ agreements: list(anything), total: { type: "integer" }, cursor: orNull(identifier) }),
    run: async ({ query: { q, ...query }, services, reach }) => {
      const members = reach.server ? {} : { members: reach.members };
      const wanted = { ...query, ...members, ...(q !== undefined && { words: q }) };
      return { body: (await services.gateway.agreements(wanted)) as never };
    },
  },
  {
    ...{ method: "POST", path: "/agreement-acts" },
    summary:
      "Approves, declines, suspends, resumes, ends; says of a condition that it is met, or not any more",
    ...{ ...orders, allowed: ["approver"] },
    body: demanded(
      {
        ...{ agreement: identifier, reason: line, as: { type: "string", enum: ["consumer", "provider"] } },
        act: { type: "string", enum: Object.keys(statedBy) },
        ...{ attribute: identifier, until: time },
      },
      ["agreement", "act", "reason"],
    ),
    run: actOnAgreement,
  },
];

/** Roles of the server reach its members' services: those of others than the owner by their own people only. */
export function checkOwn({ reach, services }: Asked, member: string): void {
  const isOwn = reach.members.has(member) || (reach.server && member === services.owner);
  if (!isOwn)
    throw new SealwayError("nothing_here", "no such service, agreement or key of the caller's members");
}

/** @throws SealwayError `invalid_parameter` */
export function needed(body: Asked["body"], name: string): Json {
  const value = body[name];
  if (value === undefined) throw new SealwayError("invalid_parameter", `${name} is missing`);
  return value;
}

async function actOnAgreement(asked: Asked) {
  const { body, services, reach } = asked;
  const [known] = (await services.gateway.agreements({ agreement: String(body.agreement) })).agreements;
  const sides = known === undefined ? [] : sidesIn(ownReach(asked, reach), known);
  const side = sides.find((one) => body.as === undefined || one.as === body.as);
  if (known === undefined || side === undefined)
    throw new SealwayError("nothing_here", "no such agreement of the caller's members");
  const word = body.act as AgreementActOrder["word"];
  const states = statedBy[word](body);
  const about = [`agreement ${known.id}`, word, side.as, ...statedIn(states)];
  await orderedFor(asked, side.member, about);
  const order = { agreement: known.id, word, as: side.as, states };
  return { body: await services.gateway.actOnAgreement(order) };
}

/** The members in whose name a caller acts: a host does not act for those that it hosts. */
export function ownReach({ services }: Pick<Asked, "services">, { server, members }: Reach): Reach {
  return { server: false, members: server ? new Set([...members, services.owner]) : members };
}

/** The sides of an agreement that are of members within a reach. */
export function sidesIn(
  reach: Reach,
  { consumer, service: of }: Pick<ListedAgreement, "consumer" | "service">,
) {
  const sides = [
    { as: "consumer", member: memberOf(unsafeId<ClientId>(consumer)) },
    { as: "provider", member: memberOf(unsafeId<ServiceId>(of)) },
  ] as const;
  return sides.filter(({ member }) => reaches(reach, member));
}
