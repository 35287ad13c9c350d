import { type Html, html, plainJson } from "../../web/html.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { workWords } from "./work-words.ts";

/** What stands against a description, or is to be known of it, as the management API tells it. */
export interface Finding {
  readonly code: string;
  readonly severity: string;
  /** JSON pointer into the description, or into what it is made of. */
  readonly place: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

export interface PlacedFinding extends Finding {
  /** Of what was handed in, from 1. */
  readonly line: number;
}

/** Nobody reads more at once. */
export const mostShown = 200;
/** Of a line of the description, characters. */
const mostOfLine = 160;

/** Findings beside the lines that they are about. @param text what was handed in */
export function findingTable(visit: Visit, text: string, findings: readonly PlacedFinding[]): Html {
  const words = visit.words(workWords).publish;
  const lines = text.split("\n");
  const rows = findings
    .slice(0, mostShown)
    .toSorted((a, b) => a.line - b.line)
    .map(({ code, detail, line, place, remedy, severity, title }) => [
      html`${fill(words.line, { line })}<br><code>${plainJson((lines[line - 1] ?? "").trim().slice(0, mostOfLine))}</code>`,
      html`<span class="mark ${severity === "noted" ? "warn" : "bad"}">${severity === "noted" ? words.hint : words.refused}</span>`,
      html`<span lang="en">${title}${detail === "" ? null : `: ${detail}`}</span><br><small>${code}, ${place || "/"}</small>`,
      html`<span lang="en">${remedy}</span>`,
    ]);
  const beyond = findings.length - rows.length;
  return html`${table(visit, words.findings, [words.where, words.weight, words.finding, words.remedy], rows)}
${beyond === 0 ? null : html`<p>${fill(words.beyond, { count: beyond })}</p>`}`;
}
