import { type Html, html } from "../../web/html.ts";
import { form } from "../form.ts";
import { type Content, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { clientOptions, clientsOf } from "./clients.ts";
import { serviceAddress } from "./search-page.ts";
import { workWords } from "./work-words.ts";

const checkForm = routeOf("POST /catalogue/form-checks");

export const formPages: readonly PageRoute[] = [
  { method: "GET", path: "/catalogue/forms", run: (visit) => formPage(visit, null) },
  {
    ...{ method: "POST", path: "/catalogue/forms", run: check },
    again: (visit) => formPage(visit, null),
  },
];

interface Placed {
  readonly place: string;
  readonly asked: string;
}

/** What became of a form's questions, as the management API tells it. */
interface Verdict {
  readonly held: readonly (Placed & {
    readonly element: string;
    readonly confidence: string;
    readonly advice: "call" | "key";
    readonly service: string;
    readonly title: string;
    readonly register: string;
  })[];
  readonly agreements: readonly {
    readonly service: string;
    readonly elements: readonly string[];
    readonly purposes: readonly string[];
    readonly entitled: readonly string[];
  }[];
  readonly free: readonly (Placed & { readonly element: string })[];
  readonly unknown: readonly Placed[];
}

const kinds = ["application/json", "application/yaml", "text/csv"] as const;

async function check(visit: Visit): Promise<Content> {
  const [file = ""] = visit.fieldAll("file");
  const text = file === "" ? (visit.fieldAll("form")[0] ?? "") : file;
  const body = { ...visit.fields("client", "name", "contentType"), form: text };
  return formPage(visit, (await visit.ask<Verdict>(checkForm, { body })).body);
}

async function formPage(visit: Visit, verdict: Verdict | null): Promise<Content> {
  visit.checkMay(checkForm);
  const words = visit.words(workWords).forms;
  const asking = await clientsOf(visit);
  return page(
    words.title,
    html`${verdict === null ? html`<p>${words.about}</p>` : told(visit, verdict)}
${form(visit, {
  action: "/catalogue/forms",
  submit: words.check,
  fields: [
    { kind: "choice", name: "client", label: words.client, options: clientOptions(asking) },
    { kind: "text", name: "name", label: words.name, need: "optional" },
    {
      kind: "choice",
      name: "contentType",
      label: words.kind,
      options: kinds.map((kind) => [kind, kind] as const),
    },
    { kind: "file", name: "file", label: words.file, accept: ".json,.yaml,.yml,.csv", need: "optional" },
    { kind: "area", name: "form", rows: 14, label: words.text, hint: words.textHint, need: "optional" },
  ],
})}`,
  );
}

function told(visit: Visit, { agreements, free, held, unknown }: Verdict): Html {
  const words = visit.words(workWords).forms;
  const count = { held: held.length, free: free.length, unknown: unknown.length };
  const link = (service: string) => html`<a href="${serviceAddress(service)}">${service}</a>`;
  const heldRows = held.map(({ advice, asked, confidence, element, place, service }) => [
    place,
    asked,
    element,
    named(words.confidence, confidence),
    link(service),
    words[advice],
  ]);
  const heads = [words.place, words.asked, words.element, words.sure, words.service, words.advice];
  const needed = agreements.map(({ elements, entitled, purposes, service }) => [
    link(service),
    elements.join(", "),
    purposes.join(", "),
    entitled.join(", "),
  ]);
  const rest = (of: readonly (Placed & { readonly element?: string })[]) =>
    of.map(({ asked, element, place }) => [place, asked, element]);
  return html`<p class="done" role="status">${fill(words.count, count)}</p>
${table(visit, words.held, heads, heldRows)}
${table(visit, words.agreements, [words.service, words.element, words.purposes, words.entitled], needed)}
${table(visit, words.free, [words.place, words.asked, words.element], rest(free))}
${table(visit, words.unknown, [words.place, words.asked, words.element], rest(unknown))}`;
}
