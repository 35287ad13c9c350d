import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf, parseClientId } from "../../core/ids.ts";
import {
  currentQuestionnaire,
  findAnswerFaults,
  type Questionnaire,
} from "../../policy/agreements/questionnaire.ts";
import type { ListedAgreement } from "../admin-services.ts";
import { problemOf } from "../api/problem.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, orNull, time, whole } from "../api/shapes.ts";
import { recordsReached } from "../roles.ts";
import { orderedFor } from "./ordered-for.ts";
import { checkOwn, ownReach, sidesIn } from "./server.ts";

const anything = { type: "object" };
const usual = { scope: "members", personal: "none", people: 1 } as const;
const ordered = { ...usual, allowed: ["approver"], audit: "before" } as const;
const side = { type: "string", enum: ["consumer", "provider"] };

/** What whoever asks for an agreement must answer. */
export type AskedQuestionnaire = Questionnaire;

export const agreementRoutes: readonly Route[] = [
  {
    ...{
      method: "GET",
      path: "/agreement",
      summary: "An agreement of the caller's members, all of it",
      ...usual,
    },
    ...{ allowed: "signed-in", audit: "none", query: demanded({ agreement: identifier }, ["agreement"]) },
    answer: whole({ listed: anything, sides: list(side), acts: list(side), shown: orNull(anything) }),
    run: show,
  },
  {
    ...{ method: "GET", path: "/agreement-questionnaire", summary: "What a request must answer", ...usual },
    ...{ allowed: "signed-in", audit: "none", answer: anything },
    run: async () => ({ body: currentQuestionnaire as unknown as Json }),
  },
  {
    ...{
      method: "POST",
      path: "/agreement-requests",
      summary: "Asks a provider for an agreement",
      ...ordered,
    },
    ...{ answer: anything, body: demanded({ terms: anything, answers: anything }, ["terms", "answers"]) },
    run: request,
  },
  {
    ...{
      method: "POST",
      path: "/agreement-changes",
      summary: "Proposes other terms of an agreement",
      ...ordered,
    },
    ...{ answer: anything, body: demanded({ terms: anything, as: side, reason: line }, ["terms", "reason"]) },
    run: change,
  },
  {
    ...{ method: "GET", path: "/agreement-use", summary: "What the agreements are used for", people: 1 },
    ...{ allowed: ["approver", "auditor", "data-protection-officer", "observer"], scope: "records" },
    ...{ audit: "read", personal: "none", query: demanded({ since: time, until: time }) },
    answer: whole({ logBegins: orNull({ type: "integer" }), agreements: list(anything) }),
    run: use,
  },
];

/** One that a file of the operator's states has no acts: nothing is shown but what the list has. */
async function show({ query, reach, services }: Asked): Promise<Answered> {
  const { listed, sides } = await known({ reach, services }, query.agreement!);
  const isMade = listed.source === "acts";
  const shown = isMade ? await services.agreements.show(listed.id) : null;
  const acts = sidesIn(ownReach({ services }, reach), listed);
  return {
    body: { listed, sides: namesOf(sides), acts: isMade ? namesOf(acts) : [], shown } as unknown as Json,
  };
}

function namesOf(sides: ReturnType<typeof sidesIn>): string[] {
  return sides.map(({ as }) => as);
}

async function known({ reach, services }: Pick<Asked, "reach" | "services">, id: string) {
  const [listed] = (await services.gateway.agreements({ agreement: id })).agreements;
  const sides = listed === undefined ? [] : sidesIn(reach, listed);
  if (sides.length === 0) throw new SealwayError("nothing_here", "no such agreement of the caller's members");
  return { listed: listed as ListedAgreement, sides };
}

/** What is wrong with the answers is told by question. */
async function request(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const { id, consumer, service } = body.terms as Readonly<Record<string, Json>>;
  const client = parseClientId(String(consumer));
  checkOwn(asked, memberOf(client));
  const { id: questionnaire, version } = currentQuestionnaire;
  const about = [`agreement ${nameIn(id)}`, "request", `service ${nameIn(service)}`];
  await orderedFor(asked, memberOf(client), about);
  const answers = body.answers as Readonly<Record<string, Json>>;
  const findings = findAnswerFaults(currentQuestionnaire, answers);
  if (findings.length > 0) return incomplete(findings);
  return { body: await services.agreements.request(body.terms!, { questionnaire, version, answers }) };
}

/** A name in the log is a line, whatever it should be. */
function nameIn(value: Json | undefined): string {
  return typeof value === "string" && /^[\x21-\x7e]{1,900}$/.test(value) ? value : "without a name";
}

function incomplete(findings: ReturnType<typeof findAnswerFaults>): Answered {
  const error = new SealwayError("questionnaire_incomplete", "see the findings");
  return problemOf(error, { findings: findings.map((finding) => ({ ...finding })) });
}

async function change(asked: Asked): Promise<Answered> {
  const { body, reach, services } = asked;
  const { id } = body.terms as Readonly<Record<string, Json>>;
  const own = { services, reach: ownReach(asked, reach) };
  const { listed, sides } = await known(own, String(id));
  const found = sides.find(({ as }) => body.as === undefined || body.as === as);
  if (found === undefined) throw new SealwayError("nothing_here", "no such side of the caller's members");
  const about = [`agreement ${listed.id}`, "change", found.as];
  await orderedFor(asked, found.member, about);
  return { body: await services.agreements.change(body.terms!, String(body.reason), found.as) };
}

/** A host sees what its own agreements are used for, and not those of the members that it hosts. */
async function use({ now, query, reach, services }: Asked): Promise<Answered> {
  const until = query.until === undefined ? now : Date.parse(query.until);
  const since = query.since === undefined ? 0 : Date.parse(query.since);
  if (!(since < until)) throw new SealwayError("invalid_parameter", "since must be before until");
  const members = recordsReached(reach, services.owner);
  const { logBegins, agreements } = await services.agreements.use({ since, until });
  const shown = agreements.filter(({ consumer, role, service }) => {
    const [own] = sidesIn({ server: false, members }, { consumer, service }).filter(({ as }) => as === role);
    return own !== undefined;
  });
  const period = [new Date(since), new Date(until)].map((at) => at.toISOString()).join(" to ");
  const member = members.size === 1 ? [...members][0]! : null;
  const read = { member: member as never, about: [`use of agreements ${period}`], results: shown.length };
  return { body: { logBegins, agreements: shown } as unknown as Json, read };
}
