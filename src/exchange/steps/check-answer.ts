import { type Breach, breachOf } from "../../catalogue/compiled-schemas.ts";
import type { AnsweredSubject } from "../../catalogue/locate-answer-subjects.ts";
import { SealwayError } from "../../core/errors.ts";
import type { VerifiedMessage } from "../../message/verify-message.ts";
import { disclosureOf, projectionOf } from "../../policy/disclosure.ts";
import { committedSubjects, subjectsInAnswer } from "../answer-subjects.ts";
import { tellBreach } from "../breach.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { parseJsonBody } from "../json-body.ts";
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
    breach = breachOfDelivered(x, body) ?? unlike;
  } catch (error) {
    if (!(error instanceof SealwayError) || error.code !== "invalid_response") throw error;
    breach = { place: "", keyword: "json" };
  }
  if (breach !== undefined) tellBreach(x, { message: "answer", breach, fate: "delivered" });
}

/** Without the agreement that permitted it nobody knows here what was to be removed. */
function breachOfDelivered(x: ConsumerExchange, body: unknown): Breach | undefined {
  const { document, head } = x.answer;
  const [description, endpoint] = [required(x.description), required(x.endpoint)];
  const status = head.start.kind === "response" ? String(head.start.status) : "";
  const media = endpoint.document.responses?.[status];
  if (media === undefined || document.agreement?.sha256 !== x.agreement?.sha256) return undefined;
  const { withdrawnFields } = x.trust.catalogue.standingOf(description);
  const purpose = x.purpose?.purpose ?? null;
  const grounds = { agreement: x.agreement, purpose, withdrawnFields };
  const disclosure = disclosureOf(description, endpoint, status, grounds);
  if (disclosure.removed.join() !== document.decision?.fieldsRemoved.join())
    return { place: "", keyword: "fieldsRemoved" };
  if (body === undefined || disclosure.kept === undefined) return undefined;
  return breachOf(projectionOf(media.schema, disclosure), body);
}

/** Under whom the record is found here: those whom the answer names, if they are whom the provider committed to. */
function noteSubjects(x: ConsumerExchange, body: unknown): Breach | undefined {
  const named = subjectsInAnswer(required(x.endpoint), body, []);
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
