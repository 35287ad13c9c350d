import { html } from "../../web/html.ts";
import type { QuestionState } from "../questions/question-desk.ts";
import type { Content, Reader } from "./page.ts";
import { dayIn } from "./times.ts";

/** How a question of the person stands. */
export function questionPage(
  { words, language }: Reader,
  { id, state, due, answer }: QuestionState,
): Content {
  const say = words.question;
  return {
    title: say.title,
    content: html`<dl>
  <dt>${say.state}</dt><dd>${say.states[state]}</dd>
  <dt>${say.due}</dt><dd>${dayIn(language, due)}</dd>
  <dt>${say.number}</dt><dd>${id}</dd>
</dl>
${answer === null ? html`<p>${say.keep}</p>` : html`<h2>${say.answer}</h2><div class="text">${answer}</div>`}
<p><a href="/uses">${words.pages.uses}</a></p>`,
  };
}
