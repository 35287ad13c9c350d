import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { html } from "../../web/html.ts";
import { form } from "../form.ts";
import { parseJsonField, unreadable } from "../json-field.ts";
import { withQuery } from "../link.ts";
import { type Content, type PageAnswer, type PageRoute, page } from "../page-route.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { type Finding, findingTable } from "./finding-table.ts";
import { serviceAddress } from "./search-page.ts";
import { actOnService, publish, serviceIn, servicePage, showService } from "./service-page.ts";
import { workWords } from "./work-words.ts";

export const publishPages: readonly PageRoute[] = [
  { method: "GET", path: "/catalogue/publish", run: editorPage },
  { method: "POST", path: "/catalogue/check", run: checkDescription, again: editorPage },
  { method: "POST", path: "/catalogue/publish", run: publishDescription, again: editorPage },
  { method: "GET", path: "/catalogue/published", run: publishedPage },
  { method: "POST", path: "/catalogue/acts", run: act, again: servicePage },
];

/** What the authority said of a description that it took, or would take. */
interface Taken {
  readonly service: string;
  readonly version: string;
  readonly answer: { readonly findings: readonly Finding[] };
}

/** The form for a description, with what stands against the one that was sent. */
async function editorPage(visit: Visit): Promise<Content> {
  visit.checkMay(publish);
  const words = visit.words(workWords).publish;
  const text = await textToEdit(visit);
  const findings = (visit.problem?.told.findings ?? []) as unknown as readonly Finding[];
  return page(
    words.title,
    html`${findings.length === 0 ? null : findingTable(visit, text, findings)}
<p>${words.about}</p>
${form(visit, {
  action: "/catalogue/check",
  submit: words.check,
  fields: [
    {
      kind: "file",
      name: "file",
      label: words.file,
      hint: words.fileHint,
      accept: ".json,application/json",
      need: "optional",
    },
    {
      kind: "area",
      name: "description",
      rows: 24,
      label: words.text,
      hint: words.textHint,
      value: text,
      need: "optional",
    },
    {
      kind: "text",
      name: "target",
      label: words.target,
      hint: words.targetHint,
      value: visit.field("target"),
      need: "optional",
    },
  ],
})}`,
  );
}

/** What was sent, or the description of the service that is to have a new version. */
async function textToEdit(visit: Visit): Promise<string> {
  if (visit.method === "POST") return sentText(visit);
  if (!visit.query.has("service")) return "";
  return JSON.stringify((await serviceIn(visit)).description, undefined, 2);
}

/** Lines are counted as they were sent. */
function sentText(visit: Visit): string {
  const [file = ""] = visit.fieldAll("file");
  return file === "" ? (visit.fieldAll("description")[0] ?? "") : file;
}

/** @throws PageProblem naming the place where it is not JSON */
function sentDescription(visit: Visit): Json {
  const words = visit.words(workWords).publish;
  const text = sentText(visit);
  if (text.trim() === "") throw unreadable(words.none);
  return parseJsonField(text, words.notJson) as Json;
}

async function ask(visit: Visit, dryRun: boolean): Promise<Taken> {
  visit.checkMay(publish);
  const body = { description: sentDescription(visit), dryRun, ...visit.fields("target") };
  return (await visit.ask<Taken>(publish, { body })).body;
}

/** Nothing is published: what the gate would say, and the way on. */
async function checkDescription(visit: Visit): Promise<PageAnswer> {
  const words = visit.words(workWords).publish;
  const { answer, service, version } = await ask(visit, true);
  const text = sentText(visit);
  return page(
    words.title,
    html`<p class="done" role="status">${words.fits}</p>
<p><code>${service}</code> ${version}</p>
${answer.findings.length === 0 ? null : html`<p>${fill(words.noted, { count: answer.findings.length })}</p>`}
${answer.findings.length === 0 ? null : findingTable(visit, text, answer.findings)}
<form method="post" action="/catalogue/publish" enctype="multipart/form-data">
<input type="hidden" name="token" value="${visit.formToken}">
<input type="hidden" name="target" value="${visit.field("target")}">
<input type="hidden" name="description" value="${JSON.stringify(JSON.parse(text), undefined, 1)}">
<p><button>${words.publish}</button></p></form>
<details><summary>${words.again}</summary>${(await editorPage(visit)).content}</details>`,
  );
}

async function publishDescription(visit: Visit): Promise<PageAnswer> {
  const { service, version } = await ask(visit, false);
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

async function act(visit: Visit): Promise<PageAnswer> {
  const body = visit.fields("service", "version", "act", "reason");
  await visit.ask(actOnService, { body });
  const { service, version } = body;
  return { kind: "redirect", to: withQuery("/catalogue/service", { service, version, done: "ordered" }) };
}
