import type { AnswerSubject } from "./description-document.ts";
import { memberName } from "./field-tree.ts";
import { plainRule, spell } from "./identifier-rule.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A person or organisation that an answer names, its identifier normalised. */
export interface AnsweredSubject {
  readonly role: "in-answer";
  readonly scheme: string;
  readonly value: string;
}

/**
 * Whom an answer names where the description says so, each once, in the order of places and of the answer. What is no
 * identifier (none, empty, too long, U+FFFD) names nobody: the service says what there is. What is one, but not of its
 * scheme's form, is spelled plainly: its record is found by it all the same.
 * @param body parsed JSON, anybody's
 * @param vocabulary of the configuration in force
 */
export function locateAnswerSubjects(
  locations: readonly AnswerSubject[],
  body: unknown,
  vocabulary: Pick<Vocabulary, "normalise">,
): readonly AnsweredSubject[] {
  const found = new Map<string, AnsweredSubject>();
  for (const { pointer, scheme } of locations) {
    for (const raw of valuesAt(body, pointer.split("/").slice(1).map(memberName))) {
      const text = textOf(raw);
      const value = text && (vocabulary.normalise(scheme, text) ?? spell(plainRule, text));
      if (value) found.set(`${scheme} ${value}`, { role: "in-answer", scheme, value });
    }
  }
  return [...found.values()];
}

/** Above 2^53 two numbers of the text are one here. */
function textOf(raw: unknown): string | undefined {
  return typeof raw === "string" || Number.isSafeInteger(raw) ? String(raw) : undefined;
}

function valuesAt(body: unknown, names: readonly string[]): readonly unknown[] {
  let values = [body];
  for (const name of names) values = values.flatMap((value) => membersAt(value, name));
  return values;
}

function membersAt(value: unknown, name: string): readonly unknown[] {
  if (name === "*" || Array.isArray(value)) return name === "*" && Array.isArray(value) ? value : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.hasOwn(value, name) ? [(value as Readonly<Record<string, unknown>>)[name]] : [];
}
