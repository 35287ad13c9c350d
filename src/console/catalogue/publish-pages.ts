import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import type { ImportedService } from "../../admin/use-cases/service-acts.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { isJsonText } from "../../core/strict-json.ts";
import { html, plainJson, showsAsItIs } from "../../web/html.ts";
import { form } from "../form.ts";
import { unreadable } from "../json-field.ts";
import { withQuery } from "../link.ts";
import { PageProblem } from "../page-problem.ts";
import { type Content, type PageAnswer, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { type Finding, findingTable, mostShown, type PlacedFinding } from "./finding-table.ts";
import { serviceAddress } from "./search-page.ts";
import { serviceIn, showService } from "./service-in.ts";
import { publish, servicePage } from "./service-page.ts";
import { act } from "./version-acts.ts";
import { workWords } from "./work-words.ts";

const importService = routeOf("POST /service-imports");

export const publishPages: readonly PageRoute[] = [
  { method: "GET", path: "/catalogue/publish", run: (visit) => editorPage(visit) },
  { method: "POST", path: "/catalogue/check", run: checkDescription, again: (visit) => editorPage(visit) },
  {
    method: "POST",
    path: "/catalogue/publish",
    run: publishDescription,
    again: (visit) => editorPage(visit),
  },
  { method: "GET", path: "/catalogue/published", run: publishedPage },
  { method: "POST", path: "/catalogue/acts/:word", run: act, again: servicePage },
];

/** What the authority said of a description that it took, or would take. */
interface Taken {
  readonly service: string;
  readonly version: string;
  readonly answer: { readonly findings: readonly PlacedFinding[] };
}

/**
 * The form for a description, with what stands against the one that was sent.
 * @param known what was sent, where it was read already
 */
async function editorPage(visit: Visit, known?: ImportedService): Promise<Content> {
  visit.checkMay(publish);
  const words = visit.words(workWords).publish;
  const findings = (visit.problem?.told.findings ?? []) as unknown as readonly PlacedFinding[];
  const made = known ?? (await sentReadably(visit, findings));
  const all = [...placed(findings, made), ...(known === undefined ? noted(made) : [])];
  return page(
    words.title,
    html`${all.length === 0 ? null : findingTable(visit, sentText(visit), all)}
<p>${words.about}</p>
${made?.kind === "openapi" ? html`<p>${words.made}</p>` : null}
${form(visit, {
  action: "/catalogue/check",
  submit: words.check,
  fields: [
    {
      ...{ kind: "file", name: "file", label: words.file, hint: words.fileHint, need: "optional" },
      accept: ".json,.yaml,.yml,application/json,application/yaml",
    },
    {
      ...{ kind: "json", name: "description", rows: 24, label: words.text, hint: words.textHint },
      ...{ value: await textToEdit(visit, made), need: "optional" },
    },
    {
      ...{ kind: "text", name: "service", label: words.service, hint: words.serviceHint },
      ...{ value: visit.query.get("service") ?? "", need: "optional" },
    },
    {
      ...{ kind: "text", name: "target", label: words.target, hint: words.targetHint },
      ...{ value: visit.field("target"), need: "optional" },
    },
  ],
})}`,
  );
}

/** What was sent and refused, unless it cannot be read. */
async function sentReadably(
  visit: Visit,
  findings: readonly Finding[],
): Promise<ImportedService | undefined> {
  if (visit.method === "GET") return undefined;
  try {
    return await read(visit, findings);
  } catch (error) {
    if (error instanceof PageProblem || error instanceof SealwayError) return undefined;
    throw error;
  }
}

/** Findings of the gate are about the description; their lines are those of what was handed in. */
function placed(findings: readonly PlacedFinding[], made: ImportedService | undefined): PlacedFinding[] {
  return findings.map((finding, i) => ({ ...finding, line: made?.lines[i] ?? finding.line ?? 1 }));
}

function noted(made: ImportedService | undefined): PlacedFinding[] {
  return (made?.notes ?? []).map((note) => ({ ...note, severity: "noted" }));
}

/** What was sent, or what was made of it; else the description of the service that is to have a new version. */
async function textToEdit(visit: Visit, made: ImportedService | undefined): Promise<string> {
  if (visit.method === "GET")
    return visit.query.has("service") ? jsonText((await serviceIn(visit)).description) : "";
  const text = sentText(visit);
  // YAML has no way to write everywhere what a page cannot show.
  const isKept = made?.kind !== "openapi" && (isJsonText(text) || showsAsItIs(text));
  return isKept || made === undefined ? text : jsonText(made.description);
}

function jsonText(description: unknown): string {
  return plainJson(JSON.stringify(description, undefined, 2));
}

/** Lines are counted as they were sent. */
function sentText(visit: Visit): string {
  const [file = ""] = visit.fieldAll("file");
  return (file === "" ? (visit.fieldAll("description")[0] ?? "") : file).replaceAll("\r\n", "\n");
}

/** @param findings about the description, whose lines are wanted */
async function read(visit: Visit, findings: readonly Finding[] = []): Promise<ImportedService> {
  const document = sentText(visit);
  if (document.trim() === "") throw unreadable(visit.words(workWords).publish.none);
  const places = findings.slice(0, mostShown).map(({ place }) => place);
  const body = { document, places, ...visit.fields("service") };
  return (await visit.ask<ImportedService>(importService, { body })).body;
}

async function ask(visit: Visit, description: Json, dryRun: boolean): Promise<Taken> {
  const body = { description, dryRun, ...visit.fields("target") };
  return (await visit.ask<Taken>(publish, { body })).body;
}

/** Nothing is published: what the gate would say, and the way on. */
async function checkDescription(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(publish);
  const words = visit.words(workWords).publish;
  const first = await read(visit);
  const { answer, service, version } = await ask(visit, first.description, true);
  const made = answer.findings.length === 0 ? first : await read(visit, answer.findings);
  const all = [...placed(answer.findings, made), ...noted(made)];
  return page(
    words.title,
    html`<p class="done" role="status">${words.fits}</p>
<p><code>${service}</code> ${version}</p>
${all.length === 0 ? null : html`<p>${fill(words.noted, { count: all.length })}</p>${findingTable(visit, sentText(visit), all)}`}
<form method="post" action="/catalogue/publish" enctype="multipart/form-data">
<input type="hidden" name="token" value="${visit.formToken}">
<input type="hidden" name="target" value="${visit.field("target")}">
<input type="hidden" name="description" value="${plainJson(JSON.stringify(made.description, undefined, 1))}">
<p><button>${words.publish}</button></p></form>
<details><summary>${words.again}</summary>${(await editorPage(visit, made)).content}</details>`,
  );
}

async function publishDescription(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(publish);
  const { service, version } = await ask(visit, (await read(visit)).description, false);
  return { kind: "redirect", to: withQuery("/catalogue/published", { service, version, done: "ordered" }) };
}

/** It takes a moment until this server uses what the authority published. */
async function publishedPage(visit: Visit): Promise<Content> {
  visit.checkMay(publish);
  const words = visit.words(workWords).publish;
  const { service = "", version } = visit.asked("service", "version");
  const isThere = await isInUse(visit, { service, version });
  const way = isThere
    ? html`<a class="button" href="${serviceAddress(service, version)}">${words.show}</a>`
    : html`<a class="button" href="${withQuery("/catalogue/published", { service, version })}">${words.look}</a>`;
  return page(
    words.title,
    html`<p><code>${service}</code> ${version}</p>
<p>${isThere ? words.inUse : words.soon}</p><p>${way}</p>`,
  );
}

async function isInUse(visit: Visit, query: object): Promise<boolean> {
  try {
    await visit.ask<ShownService>(showService, { query: { ...query } });
    return true;
  } catch (error) {
    if (error instanceof SealwayError && error.code === "not_found") return false;
    throw error;
  }
}
