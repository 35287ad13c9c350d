import type { KeyObject } from "node:crypto";
import { memberName } from "../catalogue/field-tree.ts";
import { type AnsweredSubject, locateAnswerSubjects } from "../catalogue/locate-answer-subjects.ts";
import type { Endpoint } from "../catalogue/service-description.ts";
import type { Vocabulary } from "../catalogue/vocabulary.ts";
import { sha256, toBase64Url } from "../core/bytes.ts";
import type { KeptMembers } from "../core/cut-json.ts";
import { commit, type Opening } from "../message/commitment.ts";
import { type ExchangeDocument, mostSeparateSubjects } from "../message/exchange-document.ts";

/** Persons of one answer under whom its record can be found; the others, it is found by who asked and when. */
const mostTagged = 1000;

/**
 * Whom the answer names that is delivered.
 * @param body before fields were cut
 * @param kept what stays of it
 * @param vocabulary of the configuration in force
 */
export function subjectsInAnswer(
  { document: { answerSubjects = [] } }: Endpoint,
  body: unknown,
  kept: KeptMembers,
  vocabulary: Vocabulary,
): readonly AnsweredSubject[] {
  if (answerSubjects.length === 0) return [];
  const left = answerSubjects.filter(({ pointer }) => keeps(kept, pointer));
  return locateAnswerSubjects(left, body, vocabulary);
}

/** Whether what a pointer names stays; elements of arrays have no name in `kept`. */
function keeps(kept: KeptMembers, pointer: string): boolean {
  let below: KeptMembers | undefined = kept;
  for (const token of pointer.split("/").slice(1)) {
    if (below === undefined || typeof below === "string") break;
    const name = memberName(token);
    if (token !== "*") below = Object.hasOwn(below, name) ? below[name] : undefined;
  }
  return below !== undefined;
}

/** Whom the commitments of an answer are about: each, or their lists. */
export function committedSubjects(subjects: readonly AnsweredSubject[]): readonly AnsweredSubject[] {
  return subjects.length > mostSeparateSubjects ? listsOf(subjects) : subjects;
}

/** Those under whom the record of an answer is found. */
export function taggedSubjects(subjects: readonly AnsweredSubject[]): readonly AnsweredSubject[] {
  return subjects.slice(0, mostTagged);
}

/** What the signed account of an answer says of persons, and what opens it. */
export interface CommittedSubjects extends Pick<ExchangeDocument, "subjects" | "subjectCount"> {
  readonly openings: readonly Opening[];
}

/** @param key of the member that signs @param id of the exchange */
export function commitSubjects(
  key: KeyObject,
  id: string,
  subjects: readonly AnsweredSubject[],
): CommittedSubjects {
  // Another field than a request's: one member may ask itself, and a nonce hides one value only.
  const made = committedSubjects(subjects).map(({ scheme, value }, i) =>
    commit(key, id, "answerSubject", i, scheme, value),
  );
  return {
    subjectCount: subjects.length,
    subjects: made.map(({ commitment: { c, scheme } }) => ({ c, role: "in-answer" as const, scheme })),
    openings: made.map(({ opening }) => opening),
  };
}

const lineEnd = Buffer.from("\n");

/** In place of persons the digest of their list, one for each scheme (`schemas/exchange`, section 4). */
function listsOf(subjects: readonly AnsweredSubject[]): readonly AnsweredSubject[] {
  const byScheme = Map.groupBy(subjects, ({ scheme }) => scheme);
  return [...byScheme].map(([scheme, list]) => {
    const values = list.map(({ value }) => Buffer.from(value, "utf8")).sort(Buffer.compare);
    const lines = values.flatMap((value) => [value, lineEnd]);
    return { role: "in-answer", scheme, value: toBase64Url(sha256(Buffer.concat(lines))) };
  });
}
