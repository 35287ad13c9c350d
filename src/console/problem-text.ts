import type { ErrorCode } from "../core/error-codes.ts";
import { type Html, html } from "../web/html.ts";
import type { PageProblem } from "./page-problem.ts";
import type { Visit } from "./visit.ts";
import { errorWords } from "./words/error-words.ts";
import { layoutWords } from "./words/layout-words.ts";
import { named } from "./words/word-book.ts";

/** What it is, the detail, and what to do. */
export function problemText(visit: Visit, problem: PageProblem): Html {
  return html`<p>${problemTitle(visit, problem)}</p>${problemRest(visit, problem)}`;
}

/** What it is, in the words of the console where it has some of its own for it. */
export function problemTitle(visit: Visit, problem: PageProblem): Html {
  const { errors } = visit.words(layoutWords);
  const isKnown = Object.hasOwn(errors, problem.code);
  return isKnown ? html`${named(errors, problem.code)}` : said(visit, problem, "title");
}

/** The detail, and what to do. */
export function problemRest(visit: Visit, problem: PageProblem): Html {
  const { detail } = problem;
  return html`${detail === "" ? null : html`<p lang="en">${detail}</p>`}<p>${said(visit, problem, "remedy")}</p>`;
}

/** In the language of the page, but for what others said in words of their own, the authority for one. */
function said(visit: Visit, problem: PageProblem, part: "title" | "remedy"): Html {
  const { code } = problem;
  const known = Object.hasOwn(errorWords.en, code) ? (code as ErrorCode) : undefined;
  return known !== undefined && errorWords.en[known][part] === problem[part]
    ? html`${visit.words(errorWords)[known][part]}`
    : html`<span lang="en">${problem[part]}</span>`;
}
