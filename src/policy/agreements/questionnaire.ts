import questionnaire from "../../../schemas/agreement/questionnaire-v1.json" with { type: "json" };
import type { Text } from "../../catalogue/vocabulary.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { QuestionnaireAnswers } from "./agreement-act.ts";

/** Asked only when the answer to an earlier question is one of these, or a number above this one. */
type Condition = { readonly question: string } & (
  | { readonly is: readonly (string | boolean)[] }
  | { readonly above: number }
);

interface Asked {
  readonly id: string;
  readonly title: Text;
  /** All of them hold; asked always when there are none. */
  readonly when?: readonly Condition[];
}

export type Question = Asked &
  (
    | { readonly kind: "yes-no"; readonly must?: boolean }
    | {
        readonly kind: "choice";
        readonly options: readonly { readonly value: string; readonly title: Text }[];
      }
    /** Characters of a text, value of a number: both ends included. */
    | { readonly kind: "text" | "number"; readonly least: number; readonly most: number }
  );

/** What whoever asks for an agreement must answer: data, in versions that stay. */
export interface Questionnaire {
  readonly id: string;
  readonly version: number;
  readonly title: Text;
  readonly questions: readonly Question[];
}

/** By version; agreements were asked for by older ones. */
const versions: readonly Questionnaire[] = [questionnaire as Questionnaire];

/** The one that new requests answer. */
export const currentQuestionnaire: Questionnaire = versions.at(-1)!;

/** What is wrong with the answer to a question. */
export interface AnswerFinding {
  readonly question: string;
  readonly fault: string;
}

type Given = QuestionnaireAnswers["answers"];

/**
 * Holds answers against a questionnaire: each question that is asked has a good answer, and nothing else is answered.
 * @param answers anybody's
 * @returns nothing when they are complete
 */
export function findAnswerFaults(asked: Questionnaire, answers: Given): readonly AnswerFinding[] {
  const findings: AnswerFinding[] = [];
  const isAsked = new Set<string>();
  for (const question of asked.questions) {
    const { id, when = [] } = question;
    // A question that was not asked answers no condition, whatever somebody wrote there.
    if (!when.every((condition) => isAsked.has(condition.question) && holds(condition, answers))) continue;
    isAsked.add(id);
    const fault = Object.hasOwn(answers, id) ? faultOf(question, answers[id]!) : "it is not answered";
    if (fault !== undefined) findings.push({ question: id, fault });
  }
  for (const id of Object.keys(answers)) {
    if (!isAsked.has(id)) findings.push({ question: id, fault: "it is not asked" });
  }
  return findings;
}

/**
 * Checks the answers of a request.
 * @throws SealwayError `questionnaire_incomplete` naming the first questions, never an answer
 */
export function checkAnswers({ answers, questionnaire: id, version }: QuestionnaireAnswers): void {
  const asked = versions.find((one) => one.id === id && one.version === version);
  if (asked === undefined)
    throw new SealwayError(
      "questionnaire_incomplete",
      "there is no such questionnaire, or not in this version",
    );
  const findings = findAnswerFaults(asked, answers);
  if (findings.length === 0) return;
  // What was answered to no question may be anything.
  const told = findings.map(({ question, fault }) =>
    asked.questions.some((one) => one.id === question) ? `${question}: ${fault}` : "an answer to no question",
  );
  throw new SealwayError("questionnaire_incomplete", told.slice(0, 5).join("; "));
}

function holds(condition: Condition, answers: Given): boolean {
  const answer = Object.hasOwn(answers, condition.question) ? answers[condition.question] : undefined;
  if ("above" in condition) return typeof answer === "number" && answer > condition.above;
  return condition.is.some((value) => value === answer);
}

/** @returns undefined for a good answer */
function faultOf(question: Question, answer: Json): string | undefined {
  switch (question.kind) {
    case "yes-no":
      if (typeof answer !== "boolean") return "it is answered by true or false";
      return question.must === undefined || answer === question.must
        ? undefined
        : `it must be ${question.must}`;
    case "choice":
      return question.options.some(({ value }) => value === answer) ? undefined : "it is none of the choices";
    case "number":
      return Number.isSafeInteger(answer) && isWithin(answer as number, question)
        ? undefined
        : `it is a whole number from ${question.least} to ${question.most}`;
    case "text":
      return typeof answer === "string" &&
        isWithin(answer.trim().length, question) &&
        !/[\p{Cc}\p{Cf}]/u.test(answer)
        ? undefined
        : `it is a text of ${question.least} to ${question.most} characters in one line`;
  }
}

function isWithin(
  value: number,
  { least, most }: { readonly least: number; readonly most: number },
): boolean {
  return value >= least && value <= most;
}
