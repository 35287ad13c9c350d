import { SealwayError } from "../core/errors.ts";
import { scanJson } from "../core/json-scan.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { PageProblem } from "./page-problem.ts";
import { fill } from "./words/word-book.ts";

/**
 * JSON that somebody filled in.
 * @param words with `{place}` and `{problem}`
 * @throws PageProblem naming the place where it is none
 */
export function parseJsonField(text: string, words: string): unknown {
  const [fault] = scanJson(text);
  if (fault === undefined) return parseStrictJson(Buffer.from(text, "utf8"));
  throw unreadable(fill(words, { ...fault }));
}

/** Why a form cannot be read. */
export function unreadable(detail: string): PageProblem {
  const { remedy, status, title } = new SealwayError("invalid_body", detail).entry;
  return new PageProblem(status, { code: "invalid_body", title, detail, remedy });
}
