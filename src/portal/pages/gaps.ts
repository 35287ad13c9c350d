import { type Html, html } from "../../web/html.ts";
import type { Gap } from "../gateways/gap.ts";
import type { Reader } from "./page.ts";

/** Who has not answered: a list that is not whole says so. */
export function gapsOf({ words }: Reader, gaps: readonly Gap[]): Html | null {
  if (gaps.length === 0) return null;
  const items = gaps.map(
    ({ name, subsystem, reason }) => html`<li>${name} (${subsystem}): ${words.gaps[reason]}</li>`,
  );
  return html`<div class="notice" role="status"><p>${words.missing}</p><ul>${items}</ul></div>`;
}
