import { html } from "../../web/html.ts";
import type { ProblemName } from "../words/english.ts";
import type { Content, Reader } from "./page.ts";

/** What a person is told when something cannot be done. */
export function problemPage({ words }: Reader, name: ProblemName): Content {
  const [title, remedy] = words.problems[name];
  return {
    title: title!,
    content: html`<p class="notice">${remedy}</p><p><a href="/">${words.pages.home}</a></p>`,
  };
}
