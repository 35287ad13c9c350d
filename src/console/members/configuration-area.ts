import type { Json } from "../../core/canonical-json.ts";
import { html } from "../../web/html.ts";
import { type Area, type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { membersWords } from "./words.ts";

const readConfiguration = routeOf("GET /configuration");

export const configurationArea: Area = {
  path: "/configuration",
  title: (visit) => visit.words(membersWords).configuration.title,
  needs: [readConfiguration],
  pages: [{ method: "GET", path: "/configuration", run: configurationPage }],
};

async function configurationPage(visit: Visit): Promise<Content> {
  const words = visit.words(membersWords).configuration;
  const { body } = await visit.ask<Readonly<Record<string, Json>>>(readConfiguration);
  const groups = new Map<string, [string, string][]>();
  for (const [name, value] of Object.entries(body)) {
    const group = typeof value === "object" && value !== null ? name : words.general;
    groups.set(group, [...(groups.get(group) ?? []), ...leaves(name, value)]);
  }
  const tables = [...groups].map(([group, rows]) => {
    const shown = rows.map(([key, value]) => [html`<code>${key}</code>`, value]);
    return html`<h2>${group}</h2>${table(visit, group, [words.key, words.value], shown)}`;
  });
  return page(words.title, html`<p>${words.introduction}</p>${tables}`);
}

/** Every value with its place, as the reference of the configuration names it. */
function leaves(place: string, value: Json): [string, string][] {
  if (typeof value !== "object" || value === null) return [[place, String(value)]];
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(`${place}[${i}]`, item));
  return Object.entries(value).flatMap(([name, item]) => leaves(`${place}.${name}`, item));
}
