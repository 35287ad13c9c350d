import type { Json } from "../../core/canonical-json.ts";
import { type Child, html } from "../../web/html.ts";
import { definitions, moment } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { named } from "../words/word-book.ts";
import { rightsWords } from "./words.ts";

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Names with their values, as the management API tells them; what is null or empty is left out. */
export function facts(visit: Visit, of: Readonly<Record<string, Json>>) {
  const { members } = visit.words(rightsWords);
  const pairs = Object.entries(of)
    .map(([name, value]) => [named(members, name), shown(visit, value)] as const)
    .filter(([, value]) => value !== null);
  return definitions(pairs);
}

function shown(visit: Visit, value: Json): Child {
  if (value === null || value === "") return null;
  if (typeof value === "boolean") return visit.words(layoutWords)[value ? "yes" : "no"];
  if (typeof value === "number") return value;
  if (typeof value === "string") return time.test(value) ? moment(value) : value;
  if (Array.isArray(value) && value.length === 0) return null;
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
  return html`<pre>${JSON.stringify(value, undefined, 2)}</pre>`;
}
