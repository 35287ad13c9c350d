import { pointerLines } from "../../core/pointer-lines.ts";
import { type Html, html } from "../../web/html.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { workWords } from "./work-words.ts";

/** What the authority's gate found, as the management API tells it. */
export interface Finding {
  readonly code: string;
  readonly severity: string;
  /** JSON pointer into the description. */
  readonly place: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

/** Nobody reads more at once. */
const mostShown = 200;
/** Of a line of the description, characters. */
const mostOfLine = 160;

/** Findings beside the lines that they are about. @param text JSON, which was parsed */
export function findingTable(visit: Visit, text: string, findings: readonly Finding[]): Html {
  const words = visit.words(workWords).publish;
  const shown = findings.slice(0, mostShown);
  const places = pointerLines(
    text,
    shown.map(({ place }) => place),
  );
  const lines = text.split("\n");
  const rows = shown
    .map((finding) => ({ finding, line: places.get(finding.place) ?? 1 }))
    .sort((a, b) => a.line - b.line)
    .map(({ finding: { code, detail, place, remedy, severity, title }, line }) => [
      html`${fill(words.line, { line })}<br><code>${lines[line - 1]!.trim().slice(0, mostOfLine)}</code>`,
      html`<span class="mark ${severity === "noted" ? "warn" : "bad"}">${severity === "noted" ? words.hint : words.refused}</span>`,
      html`<span lang="en">${title}${detail === "" ? null : `: ${detail}`}</span><br><small>${code}, ${place || "/"}</small>`,
      html`<span lang="en">${remedy}</span>`,
    ]);
  const beyond = findings.length - shown.length;
  return html`${table(visit, words.findings, [words.where, words.weight, words.finding, words.remedy], rows)}
${beyond === 0 ? null : html`<p>${fill(words.beyond, { count: beyond })}</p>`}`;
}
