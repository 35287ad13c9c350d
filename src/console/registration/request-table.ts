import type { ToldRequest } from "../../admin/registration-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import { type Html, html } from "../../web/html.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { registrationWords } from "./words.ts";

/** Changes of a request that a list names; a request may have a hundred. */
const mostNamed = 3;

export function requestTable(visit: Visit, caption: string, requests: readonly ToldRequest[]): Html {
  const words = visit.words(registrationWords);
  const rows = requests.map(({ approved, changes, id, persons, received, state }) => [
    // A mirror may say anything.
    isUuidV7(id) ? html`<a href="${`/registration/${id}`}">${id}</a>` : id,
    changesInShort(visit, changes),
    named(words.states, state),
    fill(words.approvedOf, { approved, persons }),
    moment(received),
  ]);
  return table(
    visit,
    caption,
    [words.request, words.changes, words.state, words.approved, words.received],
    rows,
  );
}

function changesInShort(visit: Visit, changes: readonly Json[]): string {
  const words = visit.words(registrationWords);
  const kinds = changes.slice(0, mostNamed).map((change) => {
    const { kind } = Object(change) as { readonly kind?: unknown };
    return named(words.kinds, String(kind));
  });
  const rest = changes.length - kinds.length;
  return [...kinds, ...(rest > 0 ? [fill(words.more, { count: rest })] : [])].join("; ");
}
