import { type Html, html } from "../../web/html.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { named } from "../words/word-book.ts";
import { holdsWords } from "./holds-words.ts";

/** As `GET /proposals` answers. */
export interface Proposals {
  readonly proposals: readonly {
    readonly id: string;
    readonly act: string;
    readonly terms: unknown;
    readonly proposedBy: string;
    readonly proposed: string;
    readonly state: string;
    readonly result: string | null;
  }[];
  readonly names: Readonly<Record<string, string>>;
}

/** What one person proposed, and what became of it. */
export function proposalList(visit: Visit, { proposals, names }: Proposals): Html {
  const words = visit.words(holdsWords);
  const rows = proposals.map(({ act, id, proposed, proposedBy, result, state, terms }) => [
    named(words.acts, act),
    named(words.proposalStates, state),
    html`<code>${JSON.stringify(terms)}</code>`,
    named(names, proposedBy),
    moment(proposed),
    result === null ? null : html`<span lang="en">${result}</span>`,
    html`<small>${id}</small>`,
  ]);
  const heads = [
    ...[words.what, words.state, words.terms, words.proposedBy],
    ...[words.proposed, words.outcome, words.which],
  ];
  return table(visit, words.waiting, heads, rows);
}
