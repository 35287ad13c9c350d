import { SealwayError } from "../core/errors.ts";
import { type Html, html } from "../web/html.ts";
import { ownPath } from "./layout.ts";
import { PageProblem } from "./page-problem.ts";
import { type Content, page } from "./page-route.ts";
import { problemText } from "./problem-text.ts";
import type { Visit } from "./visit.ts";
import { layoutWords } from "./words/layout-words.ts";

/** What somebody is told where there is no page to show; the layout says why. */
export function problemPage(visit: Visit): Content {
  const words = visit.words(layoutWords).problem;
  const { problem, path, method } = visit;
  const isLed = problem?.code === "form_not_ours" && method === "GET" && ownPath.test(path);
  const asked = visit.query.toString();
  const here = asked === "" ? path : `${path}?${asked}`;
  const more = isLed
    ? html`<p>${words.other}</p><p><a class="button" href="${here}">${words.goOn}</a></p>`
    : null;
  const signedOut = problem?.status === 401 ? html`<p>${words.signedOut}</p>` : null;
  return page(words.title, html`${signedOut}${more}<p><a href="/">${words.back}</a></p>`);
}

/** Why a part of a page is not there; the others are shown. @throws what is no refusal */
export function missingPart(visit: Visit, error: unknown): Html {
  if (!(error instanceof SealwayError || error instanceof PageProblem)) throw error;
  return html`<div class="notice">${problemText(visit, PageProblem.of(error))}</div>`;
}
