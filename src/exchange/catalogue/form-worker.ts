import { constants, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { type CountedCases, readCaseCounts } from "../../catalogue/case-counts.ts";
import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import { FormCheck, type FormVerdict } from "../../catalogue/form-check.ts";
import { readForm } from "../../catalogue/read-form.ts";
import { VocabularyInUse } from "../../catalogue/vocabulary.ts";
import { ConfigurationError } from "../../core/configuration-file.ts";
import type { ClientId } from "../../core/ids.ts";

/** The thread behind `FormThread`. */

/** What is published and the thread has not, by digest; and what is published no more. */
export interface NewDescriptions {
  readonly kind: "descriptions";
  readonly fresh: readonly Published[];
  readonly gone: readonly string[];
}

interface Published {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** A document that is handed in; its bytes are anybody's. */
export type FormQuestion = { readonly file: string; readonly bytes: Uint8Array } & (
  | {
      readonly kind: "form";
      /** As it is called in the answer, and its digest. */
      readonly name: string;
      readonly form: string;
      /** Digests of the descriptions that whoever asks may see. */
      readonly visible: readonly string[];
      /** Who would ask the services. */
      readonly asker: ClientId;
      /** What the instance adds to the shared vocabulary. */
      readonly vocabularies: readonly Published[];
      /** ISO 8601 */
      readonly today: string;
    }
  | { readonly kind: "counts" }
);

export interface CheckedAnswer {
  readonly kind: "form";
  /** The verdict in JSON: it may be long. */
  readonly body: Uint8Array;
  /** What the form asks people for, and how sure it is. */
  readonly collected: readonly { readonly element: string; readonly confidence: string }[];
  readonly questions: number;
  readonly unknown: number;
}

export type FormAnswer =
  | CheckedAnswer
  | { readonly kind: "counts"; readonly counts: readonly CountedCases[] }
  /** The faults of a document name places in it, and no values. */
  | { readonly kind: "refused"; readonly faults: string };

// On Linux this is the thread's own priority: a form must not keep requests waiting for a core.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const described = new Map<string, DescriptionDocument>();
const words = new VocabularyInUse();

parentPort!.on("message", (message: NewDescriptions | FormQuestion | "close") => {
  if (message === "close") parentPort!.close();
  else if (message.kind === "descriptions") take(message);
  else parentPort!.postMessage(answer(message));
});

function take({ fresh, gone }: NewDescriptions): void {
  for (const sha256 of gone) described.delete(sha256);
  for (const { sha256, bytes } of fresh)
    described.set(sha256, JSON.parse(Buffer.from(bytes).toString("utf8")));
}

function answer(question: FormQuestion): FormAnswer {
  const bytes = Buffer.from(question.bytes);
  try {
    if (question.kind === "counts") return { kind: "counts", counts: readCaseCounts(question.file, bytes) };
    return checkForm(question, bytes);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const told = error.faults.slice(0, 5).map(({ place, problem }) => `${place}: ${problem}`);
    return { kind: "refused", faults: told.join("; ") };
  }
}

function checkForm(question: Extract<FormQuestion, { kind: "form" }>, bytes: Buffer): FormAnswer {
  const { file, form, name, today, asker, visible, vocabularies } = question;
  const questions = readForm(file, bytes);
  if (questions === undefined) return { kind: "refused", faults: "the document is no form" };
  const documents = visible.flatMap((sha256) => described.get(sha256) ?? []);
  const vocabulary = vocabularyOf(vocabularies);
  const verdict = new FormCheck(documents, vocabulary, today, asker).check(questions);
  return {
    kind: "form",
    body: Buffer.from(JSON.stringify({ form, name, ...verdict })),
    collected: collectedIn(verdict),
    questions: questions.length,
    unknown: verdict.unknown.length,
  };
}

/** One that cannot be read leaves the last, as in the gateway. */
function vocabularyOf(published: readonly Published[]) {
  try {
    words.renew(published.map(({ sha256, bytes }) => ({ sha256, bytes: Buffer.from(bytes) })));
  } catch {}
  return words.vocabulary;
}

/** What the form asks people for, whether a register holds it or not; what finds the person may be asked for. */
function collectedIn({ held, free }: FormVerdict): CheckedAnswer["collected"] {
  const collected = new Map<string, { readonly element: string; readonly confidence: string }>();
  for (const { element, confidence, advice } of held)
    if (advice === "call" && collected.get(element)?.confidence !== "exact")
      collected.set(element, { element, confidence });
  for (const { element } of free) collected.set(element, { element, confidence: "not-held" });
  return [...collected.values()].sort((a, b) => (a.element < b.element ? -1 : 1));
}
