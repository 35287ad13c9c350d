import type { AskedQuestionnaire } from "../../admin/use-cases/agreement-requests.ts";
import { type Html, html } from "../../web/html.ts";
import { plainTextIn } from "../catalogue/text-in.ts";
import type { Field, Option } from "../form.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { agreementsWords } from "./words.ts";

type Question = AskedQuestionnaire["questions"][number];
type Condition = NonNullable<Question["when"]>[number];

/** A field for each question. Which are asked depends on answers: those that are not are left empty. */
export function questionFields(visit: Visit, asked: AskedQuestionnaire): Field[] {
  return asked.questions.map((question): Field => {
    const hint = (question.when ?? []).map((one) => conditionText(visit, asked, one)).join(" ");
    const common = {
      ...{ name: fieldOf(question), label: plainTextIn(visit, question.title), need: "optional" as const },
      ...(hint !== "" && { hint }),
    };
    if (question.kind === "yes-no" || question.kind === "choice")
      return { ...common, kind: "choice", options: optionsOf(visit, question) };
    return question.kind === "number" ? { ...common, kind: "number" } : { ...common, kind: "area", rows: 2 };
  });
}

function fieldOf({ id }: Question): string {
  return `answer.${id}`;
}

function optionsOf(visit: Visit, question: Extract<Question, { kind: "yes-no" | "choice" }>): Option[] {
  const words = visit.words(agreementsWords).request;
  const nothing: Option = ["", words.unanswered];
  if (question.kind === "yes-no") return [nothing, ["true", words.yes], ["false", words.no]];
  return [nothing, ...question.options.map(({ title, value }): Option => [value, plainTextIn(visit, title)])];
}

function conditionText(visit: Visit, asked: AskedQuestionnaire, condition: Condition): string {
  const words = visit.words(agreementsWords).request;
  const about = asked.questions.find(({ id }) => id === condition.question);
  if (about === undefined) return "";
  const nameOf = (value: string | boolean) => {
    if (typeof value === "boolean") return value ? words.yes : words.no;
    const option = about.kind === "choice" ? about.options.find((one) => one.value === value) : undefined;
    return option === undefined ? value : plainTextIn(visit, option.title);
  };
  const answer =
    "above" in condition
      ? fill(words.above, { count: condition.above })
      : condition.is.map((value) => `“${nameOf(value)}”`).join(" / ");
  return fill(words.onlyIf, { question: plainTextIn(visit, about.title), answer });
}

/** What was answered; the management API says what is missing. */
export function answersIn(visit: Visit, asked: AskedQuestionnaire): Readonly<Record<string, unknown>> {
  const given = asked.questions.map((question) => [question, visit.field(fieldOf(question))] as const);
  return Object.fromEntries(
    given
      .filter(([, text]) => text !== "")
      .map(([question, text]) => [question.id, answerOf(question, text)]),
  );
}

/** A number that is none stays a text, which the API refuses. */
function answerOf({ kind }: Question, text: string): string | number | boolean {
  if (kind === "yes-no") return text === "true";
  if (kind === "number" && /^\d{1,9}$/.test(text)) return Number(text);
  return kind === "text" ? text.replace(/\s+/g, " ") : text;
}

/** What is missing in the answers that were sent, by question. */
export function faultsOf(visit: Visit, asked: AskedQuestionnaire): Html | null {
  const words = visit.words(agreementsWords);
  const findings = (visit.problem?.told.findings ?? []) as unknown as readonly {
    readonly question: string;
    readonly fault: string;
  }[];
  if (findings.length === 0) return null;
  const rows = findings.map(({ fault, question }) => {
    const about = asked.questions.find(({ id }) => id === question);
    return [
      about === undefined ? question : plainTextIn(visit, about.title),
      html`<span lang="en">${fault}</span>`,
    ];
  });
  return table(visit, words.request.missing, [words.one.question, words.request.fault], rows);
}
