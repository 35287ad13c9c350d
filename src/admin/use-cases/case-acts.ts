import { SealwayError } from "../../core/errors.ts";
import { memberOf, parseClientId } from "../../core/ids.ts";
import { textOf } from "../api/perform.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, orNull, service, time, uuid, whole } from "../api/shapes.ts";
import type { CaseKind, ToldCase } from "../case-desk.ts";
import type { NamedPerson } from "../permission-desk.ts";
import { caseIn, memberIn, noCase } from "./cases.ts";
import { orderedFor } from "./ordered-for.ts";
import { seenMembers } from "./shown-members.ts";

const anything = { type: "object" };
/** What people write: encrypted in the log, and never in what is recorded of the act. */
const written = { type: "string", minLength: 1, maxLength: 2000 };
const person = whole({ scheme: identifier, value: { type: "string", minLength: 1, maxLength: 300 } });
const feedbackKind = { type: "string", enum: ["wrong", "incomplete", "outdated", "other"] };
const feedbackOutcome = { type: "string", enum: ["corrected", "unchanged", "forwarded"] };
const correctionOutcome = { type: "string", enum: ["corrected", "deleted", "not-held", "disagree"] };
const pointers = { ...list({ type: "string", maxLength: 200 }), maxItems: 100 };
const elements = { ...list(identifier), minItems: 1, maxItems: 50 };
const announcement = {
  ...{ own: identifier, service, elements, subject: person, note: written, reason: line },
  ...{ asOf: time, from: time, until: time },
};

const usual = {
  method: "POST",
  scope: "records",
  audit: "before",
  personal: "none",
  people: 1,
  allowed: ["data-protection-officer"],
} as const;

/** What officers do in cases, as `sealway feedback`, `corrections` and `inquiries` do it. */
export const caseActRoutes: readonly Route[] = [
  {
    ...usual,
    ...{ path: "/feedback", summary: "Reports to whoever disclosed data that it seems wrong", status: 201 },
    ...{ allowed: ["data-protection-officer", "approver"], answer: whole({ report: uuid, due: time }) },
    body: demanded({ about: uuid, kind: feedbackKind, fields: pointers, text: written, reason: line }, [
      ...["about", "kind", "reason"],
    ]),
    run: sendFeedback,
  },
  {
    ...usual,
    ...{ path: "/feedback/:case/answer", summary: "Answers a report on data; the first answer stands" },
    ...{ answer: anything, body: answerBody(feedbackOutcome) },
    run: (asked) =>
      actIn(asked, "feedback", "receiver", ({ id }) =>
        asked.services.cases.answerFeedback(id, String(asked.body.outcome), textIn(asked)),
      ),
  },
  {
    ...{ ...usual, path: "/corrections", status: 201 },
    summary: "Tells everybody who got a person's data that it was wrong",
    answer: whole({ id: orNull(uuid), recipients: { type: "integer" } }),
    body: demanded(announcement, [
      "own",
      "service",
      "elements",
      "subject",
      "asOf",
      "from",
      "until",
      "reason",
    ]),
    run: announce,
  },
  {
    ...usual,
    ...{ path: "/corrections/:case/answer", summary: "Reports what was done about data that was wrong" },
    ...{ answer: anything, body: answerBody(correctionOutcome) },
    run: (asked) =>
      actIn(asked, "corrections", "recipient", (one) =>
        asked.services.cases.answerCorrection(one, String(asked.body.outcome), textIn(asked)),
      ),
  },
  {
    ...usual,
    ...{ path: "/inquiries/:case/answer", summary: "Answers a person's inquiry; the first answer stands" },
    ...{ answer: anything, body: demanded({ text: written, reason: line }, ["text", "reason"]) },
    run: (asked) =>
      actIn(asked, "inquiries", "addressee", ({ id }) =>
        asked.services.cases.answerInquiry(id, String(asked.body.text)),
      ),
  },
  {
    ...usual,
    ...{ path: "/inquiries/:case/close", summary: "Ends an inquiry, and the legal holds that it placed" },
    ...{ answer: anything, body: demanded({ reason: line }, ["reason"]) },
    run: closeInquiry,
  },
];

/** `text` is what the other side is told; `reason` why the officer acts, for the log. */
function answerBody(outcome: object) {
  return demanded({ own: identifier, outcome, text: written, reason: line }, ["outcome", "reason"]);
}

function textIn({ body }: Asked): string | undefined {
  return textOf(body.text) ?? undefined;
}

async function sendFeedback(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const [about, kind] = [String(body.about), String(body.kind)];
  const members = seenMembers(asked);
  const member = (await services.exchanges.sideOf({ exchange: about }, members))?.member;
  if (member === undefined)
    throw new SealwayError("nothing_here", "no such exchange of the caller's members");
  await orderedFor(asked, member, [`exchange ${about}`, `feedback ${kind}`]);
  const fields = (body.fields ?? []) as readonly string[];
  const report = { about, kind, fields, text: textIn(asked), members: [...members] };
  return { status: 201, body: { ...(await services.cases.sendFeedback(report)) } };
}

async function announce(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const own = String(body.own);
  const member = memberOf(parseClientId(own));
  if (!seenMembers(asked).has(member)) throw noCase();
  const timeIn = (name: "asOf" | "from" | "until") => Date.parse(String(body[name]));
  await orderedFor(asked, member, [`corrections of ${body.service}`, ...(body.elements as string[])]);
  const done = await services.cases.announce({
    ...{ own, service: String(body.service), subject: body.subject as unknown as NamedPerson },
    ...{ elements: body.elements as readonly string[], note: textOf(body.note) ?? undefined },
    ...{ asOf: timeIn("asOf"), from: timeIn("from"), until: timeIn("until") },
  });
  return { status: 201, body: { ...done } };
}

async function actIn(
  asked: Asked,
  kind: CaseKind,
  side: string,
  act: (one: ToldCase) => Promise<ToldCase>,
): Promise<Answered> {
  const one = await caseIn(asked, kind, seenMembers(asked), side);
  const word = asked.body.outcome === undefined ? "answer" : `answer ${asked.body.outcome}`;
  await orderedFor(asked, memberIn(one), [`${kind} ${one.id}`, word]);
  return { body: (await act(one)).told };
}

/** Where it was escalated to a member here, that member ends it, and not the one that left it unanswered. */
async function closeInquiry(asked: Asked): Promise<Answered> {
  const { cases } = await asked.services.cases.list("inquiries", { id: asked.params.case! });
  const [ending] = ["authority", "addressee"].flatMap((of) => cases.filter(({ side }) => side === of));
  if (ending === undefined || !seenMembers(asked).has(memberIn(ending))) throw noCase();
  await orderedFor(asked, memberIn(ending), [`inquiries ${ending.id}`, "close"]);
  return { body: (await asked.services.cases.closeInquiry(ending.id)).told };
}
