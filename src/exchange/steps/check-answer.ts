import { type Breach, breachOf } from "../../catalogue/compiled-schemas.ts";
import type { AnsweredSubject } from "../../catalogue/locate-answer-subjects.ts";
import { cutJson } from "../../core/cut-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { VerifiedMessage } from "../../message/verify-message.ts";
import { type Disclosure, disclosureOf, projectionOf, removedFields } from "../../policy/disclosure.ts";
import { committedSubjects, subjectsInAnswer } from "../answer-subjects.ts";
import type { Body } from "../body.ts";
import { tellBreach } from "../breach.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { bytesOf, parseJsonBody } from "../json-body.ts";
import { required } from "../required.ts";

/**
 * Step 18: holds the answer against what is left of its schema by description, agreement and purpose as they are known
 * here, and its commitments against whom it names. The provider answers for what it sealed: a difference is told, and
 * the answer is delivered.
 */
export async function checkAnswer(x: ConsumerExchange): Promise<void> {
  const { document, head } = x.answer;
  const { responses, answerSubjects } = required(x.endpoint).document;
  const isDescribed = responses !== undefined || answerSubjects !== undefined;
  if (document.type !== "response" || required(x.description).contentKind !== "json" || !isDescribed) return;
  let breach: Breach | undefined;
  try {
    const body = await parseJsonBody(x.answerBody, head.headers, "invalid_response");
    const unlike = noteSubjects(x, body);
    breach = (await breachOfDelivered(x, body)) ?? unlike;
  } catch (error) {
    if (!(error instanceof SealwayError) || error.code !== "invalid_response") throw error;
    breach = { place: "", keyword: "json" };
  }
  if (breach !== undefined) tellBreach(x, { message: "answer", breach, fate: "delivered" });
}

/** Without the agreement that permitted it nobody knows here what was to be removed. */
async function breachOfDelivered(x: ConsumerExchange, body: unknown): Promise<Breach | undefined> {
  const { document, head } = x.answer;
  const [description, endpoint] = [required(x.description), required(x.endpoint)];
  if (document.agreement?.sha256 !== x.agreement?.sha256)
    return x.agreement === null ? undefined : { place: "", keyword: "agreement" };
  // What a person has permitted, the provider knows.
  if (document.permission !== null) return undefined;
  const { withdrawnFields } = x.services.trust().catalogue.standingOf(description);
  const grounds = { agreement: x.agreement, purpose: x.purpose?.purpose ?? null, withdrawnFields };
  if (removedFields(description, endpoint, grounds).join() !== document.decision?.fieldsRemoved.join())
    return { place: "", keyword: "fieldsRemoved" };
  if (x.answerBody === null) return undefined;
  const status = head.start.kind === "response" ? String(head.start.status) : "";
  const disclosure = disclosureOf(description, endpoint, status, grounds);
  const media = endpoint.document.responses?.[status];
  const unlike = media && breachOf(projectionOf(media.schema, disclosure), body);
  return unlike ?? (await breachOfCut(x.answerBody, disclosure));
}

/** What the provider should have cut, and a schema that is open lets pass. */
async function breachOfCut(delivered: Body, { kept }: Disclosure): Promise<Breach | undefined> {
  const text = typeof kept === "object" ? (await bytesOf(delivered)).toString("utf8") : "";
  const isCut = kept !== undefined && cutJson(text, kept) === text;
  return isCut ? undefined : { place: "", keyword: "cut" };
}

/** Under whom the record is found here: those whom the answer names, if they are whom the provider committed to. */
function noteSubjects(x: ConsumerExchange, body: unknown): Breach | undefined {
  const named = subjectsInAnswer(required(x.endpoint), body, "whole", x.trust.vocabulary);
  if (!isCommittedTo(named, x.answer)) return { place: "", keyword: "answerSubjects" };
  x.answerSubjects = named;
  return undefined;
}

function isCommittedTo(named: readonly AnsweredSubject[], { document, head }: VerifiedMessage): boolean {
  const expected = committedSubjects(named);
  return (
    document.subjectCount === named.length &&
    document.subjects.length === expected.length &&
    expected.every(({ scheme, value }, i) => {
      return document.subjects[i]?.scheme === scheme && head.openings.subjects[i]?.value === value;
    })
  );
}
