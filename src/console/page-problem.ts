import type { Json } from "../core/canonical-json.ts";
import { asSealwayError } from "../core/errors.ts";

/** Why something was not done, as a page says it: problem details (RFC 9457) of the management API. */
export class PageProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
  /** All that the API says, findings of the authority's gate among them. */
  readonly told: Readonly<Record<string, Json>>;

  constructor(status: number, told: Json) {
    const parts = told as Readonly<Record<string, Json>>;
    super(String(parts.code));
    this.status = status;
    this.told = parts;
    this.code = textIn(parts, "code");
    this.title = textIn(parts, "title");
    this.detail = textIn(parts, "detail");
    this.remedy = textIn(parts, "remedy");
  }

  /** Of what was thrown; only the words of our own errors are told. */
  static of(error: unknown): PageProblem {
    if (error instanceof PageProblem) return error;
    const { code, detail, entry } = asSealwayError(error);
    return new PageProblem(entry.status, { code, detail, title: entry.title, remedy: entry.remedy });
  }
}

function textIn(parts: Readonly<Record<string, Json>>, name: string): string {
  const value = parts[name];
  return typeof value === "string" ? value : "";
}
