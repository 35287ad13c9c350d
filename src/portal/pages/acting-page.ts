import type { PowerList } from "../acting/power-list.ts";
import { html } from "../html.ts";
import { type Content, formToken, type Reader } from "./page.ts";

/** *Act for somebody else*: for whom the registers say that the person may. */
export function actingPage(reader: Reader, { powers, silent }: PowerList): Content {
  const { acting } = reader.words;
  const missing =
    silent.length === 0
      ? null
      : html`<div class="notice"><p>${acting.missing}</p><ul>${silent.map(({ service }) => html`<li>${service}</li>`)}</ul></div>`;
  const cards = powers.map(
    ({ kind, name, acts }, i) => html`<li><h2>${name}</h2>
<p><span class="mark">${acting.kinds[kind]}</span> ${acting.acts(acts.includes("permit"), acts.includes("see"))}</p>
<form method="post" action="/acting">${formToken(reader)}<input type="hidden" name="power" value="${i}">
<button class="main">${acting.choose(name)}</button></form></li>
`,
  );
  return {
    title: acting.title,
    content: html`<p>${acting.introduction}</p>
${missing}
${powers.length === 0 ? html`<p>${acting.none}</p>` : html`<ul class="cards">${cards}</ul>`}`,
  };
}
