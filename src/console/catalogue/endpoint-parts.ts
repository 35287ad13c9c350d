import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { type Html, html, plainJson } from "../../web/html.ts";
import { withQuery } from "../link.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { SchemaBudget, schemaFields } from "./schema-rows.ts";
import { textIn } from "./text-in.ts";
import { catalogueWords } from "./words.ts";

type Endpoint = ShownService["description"]["endpoints"][number];
type Media = NonNullable<Endpoint["request"]>;

/** Characters of a schema or an example on the page; the whole of it is in the OpenAPI document. */
const mostText = 4_000;
/** Endpoints that are shown with their documents: a page stays readable, and light. */
const mostEndpoints = 25;

/** Each endpoint with its parameters, documents and examples. */
export function endpointsOf(visit: Visit, { description, id, version }: ShownService): Html {
  const words = visit.words(catalogueWords).service;
  const { endpoints } = description;
  const budget = new SchemaBudget();
  const more = endpoints
    .slice(mostEndpoints)
    .map(({ method, path }) => html`<li><code>${method} ${path}</code></li>`);
  return html`${endpoints.slice(0, mostEndpoints).map(
    (endpoint, i) => html`<section>
<h3><code>${endpoint.method} ${endpoint.path}</code></h3>
<p>${textIn(visit, endpoint.summary)} <a href="${withQuery("/catalogue/samples", { service: id, version, endpoint: String(i) })}">${words.samples}</a></p>
${parametersOf(visit, endpoint)}
${mediaIn(visit, endpoint, budget)}
</section>
`,
  )}${more.length === 0 ? null : html`<ul>${more}</ul>`}`;
}

function parametersOf(visit: Visit, { parameters = {}, path }: Endpoint): Html | null {
  const words = visit.words(catalogueWords).service;
  const all = Object.entries(parameters);
  if (all.length === 0) return null;
  const heads = [words.parameter, words.needed, words.meaning, words.element];
  const rows = all.map(([name, { description, element, required = false }]) => [
    html`<code>${name}</code>`,
    required || name.startsWith("path:") ? words.needed : words.optional,
    textIn(visit, description),
    element,
  ]);
  return table(visit, `${words.parameter}: ${path}`, heads, rows);
}

function mediaIn(
  visit: Visit,
  { method, path, request, responses = {} }: Endpoint,
  budget: SchemaBudget,
): Html[] {
  const words = visit.words(catalogueWords).service;
  const answers = Object.entries(responses).map(([status, media]): [string, Media] => {
    return [fill(words.response, { status }), media];
  });
  const all = request === undefined ? answers : [[words.request, request] as const, ...answers];
  return all.map(([title, media]) => mediaOf(visit, title, `${method} ${path}`, media, budget));
}

function mediaOf(
  visit: Visit,
  title: string,
  endpoint: string,
  { examples = [], schema }: Media,
  budget: SchemaBudget,
): Html {
  const words = visit.words(catalogueWords).service;
  const { fields, isCut } = schemaFields(schema, budget);
  const rows = fields.map(({ description, element, name, required, type }) => [
    html`<code>${name}</code>`,
    type,
    required ? words.needed : words.optional,
    description,
    element,
  ]);
  const heads = [words.field, words.type, words.needed, words.meaning, words.element];
  return html`<h4>${title}</h4>
${rows.length === 0 ? html`<p>${words.noFields}</p>` : table(visit, `${title}: ${endpoint}`, heads, rows)}
${isCut ? html`<p>${words.more}</p>` : null}
${examples.slice(0, 1).map((example) => html`<p>${words.example}</p><pre>${shortened(example)}</pre>`)}
<details><summary>${words.schema}</summary><pre>${shortened(schema)}</pre></details>`;
}

function shortened(value: unknown): string {
  const text = plainJson(JSON.stringify(value, undefined, 2));
  return text.length <= mostText ? text : `${text.slice(0, mostText)}\n…`;
}
