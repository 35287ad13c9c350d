import { type Html, html } from "../../web/html.ts";
import { withQuery } from "../link.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { named } from "../words/word-book.ts";
import { exchangesWords } from "./words.ts";

/** One exchange of a search, as the API tells it. */
export interface FoundExchange {
  readonly exchangeId: string;
  readonly role: string;
  readonly time: string;
  readonly outcome: string;
  readonly durationMs: number | null;
  readonly consumer: string | null;
  readonly service: string | null;
  readonly purpose: string | null;
  readonly code: string | null;
  readonly request: Recorded | null;
  readonly answer: Recorded | null;
}

interface Recorded {
  readonly sealed: { readonly batch: number } | null;
}

/** One page of a search. */
export interface FoundPage {
  readonly results: readonly FoundExchange[];
  readonly cursor: string | null;
}

const tones: Readonly<Record<string, string>> = { answered: "good", refused: "warn", failed: "bad" };

/** A table of exchanges, each with a link to all that is known of it. */
export function exchangeList(visit: Visit, { results }: FoundPage): Html {
  const words = visit.words(exchangesWords);
  const { search } = words;
  const heads = [
    ...[search.time, search.exchange, search.role, search.consumer, search.service],
    ...[search.purpose, search.outcome, search.milliseconds, search.sealed],
  ];
  const rows = results.map((one) => [
    moment(one.time),
    html`<a href="${exchangeAddress(one.exchangeId, one.consumer)}">${one.exchangeId}</a>`,
    named(words.roles, one.role),
    one.consumer,
    one.service,
    one.purpose,
    html`<span class="mark ${tones[one.outcome] ?? "quiet"}">${named(words.outcomes, one.outcome)}</span> ${one.code}`,
    one.durationMs,
    isSealed(one) ? visit.words(layoutWords).yes : search.waits,
  ]);
  return table(visit, search.list, heads, rows);
}

/** Of the page of an exchange. @param consumer whose it is, where others used its id again */
export function exchangeAddress(exchange: string, consumer: string | null | undefined): string {
  return withQuery(`/exchanges/${exchange}`, { client: consumer ?? undefined });
}

function isSealed({ request, answer }: FoundExchange): boolean {
  return [request, answer].every((record) => record === null || record.sealed !== null);
}
