import { type Child, type Html, html } from "../../web/html.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { named } from "../words/word-book.ts";
import { holdsWords } from "./holds-words.ts";

/** Of a hold, or of the lifting of one. */
interface Terms {
  readonly case?: string;
  readonly authority?: string;
  /** Milliseconds. */
  readonly review?: number;
  readonly scope?: {
    readonly kind: string;
    readonly ids?: readonly string[];
    readonly consumer?: string;
    readonly provider?: string;
  };
  readonly hold?: string;
  readonly reason?: string;
}

/** As `GET /proposals` answers. */
export interface Proposals {
  readonly proposals: readonly {
    readonly id: string;
    readonly act: string;
    readonly terms: Terms;
    readonly proposedBy: string;
    readonly confirmedBy: string | null;
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
    termsOf(visit, terms),
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

function termsOf(visit: Visit, { authority, case: of, hold, reason, review, scope }: Terms): Html {
  const words = visit.words(holdsWords);
  const { consumer, ids = [], provider, kind = "" } = scope ?? {};
  const said: readonly (readonly [name: string, value: Child])[] = [
    [words.case, of],
    [words.authority, authority],
    [words.review, review === undefined ? undefined : new Date(review).toISOString().slice(0, 10)],
    [words.scope, scope && named(words.scopes, kind)],
    ["", ids.map((id) => html`<a href="${`/exchanges/${id}`}">${id}</a> `)],
    [words.consumer, consumer],
    [words.provider, provider],
    [words.hold, hold],
    ["", reason],
  ];
  const given = said.filter(
    ([, value]) => value !== undefined && (!Array.isArray(value) || value.length > 0),
  );
  return html`${given.map(([name, value]) => html`${name === "" ? null : html`<small>${name}:</small> `}${value}<br>`)}`;
}
