import { type Child, type Html, html } from "../web/html.ts";
import type { Visit } from "./visit.ts";
import { layoutWords } from "./words/layout-words.ts";

/** A table that scrolls in its own region; the first cell of each row is its head. */
export function table(
  visit: Visit,
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
): Html {
  if (rows.length === 0) return html`<p class="none">${caption}: ${visit.words(layoutWords).table.none}</p>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(rowOf)}</tbody>
</table></div>`;
}

function rowOf([first, ...others]: readonly Child[]): Html {
  return html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}

/** Names with their values. */
export function definitions(pairs: readonly (readonly [name: string, value: Child])[]): Html {
  return html`<dl>${pairs.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>
`,
  )}</dl>`;
}

/** A moment, the same in all languages. @param time RFC 3339 in UTC, or milliseconds */
export function moment(time: string | number): Html {
  const text = new Date(time).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 19)} UTC</time>`;
}
