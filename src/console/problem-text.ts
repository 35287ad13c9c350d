import type { ErrorCode } from "../core/error-codes.ts";
import { type Html, html } from "../web/html.ts";
import type { PageProblem } from "./page-problem.ts";
import type { Visit } from "./visit.ts";
import { errorWords } from "./words/error-words.ts";

/**
 * What it is, the detail, and what to do: in the language of the page, but for the detail and what others said in words of
 * their own, the authority for one.
 */
export function problemText(visit: Visit, problem: PageProblem): Html {
  const { code, detail } = problem;
  const said = (part: "title" | "remedy") => {
    const known = Object.hasOwn(errorWords.en, code) ? (code as ErrorCode) : undefined;
    return known !== undefined && errorWords.en[known][part] === problem[part]
      ? html`${visit.words(errorWords)[known][part]}`
      : html`<span lang="en">${problem[part]}</span>`;
  };
  return html`<p>${said("title")}</p>${detail === "" ? null : html`<p lang="en">${detail}</p>`}<p>${said("remedy")}</p>`;
}
