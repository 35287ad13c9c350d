import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { type Html, html } from "../../web/html.ts";
import { form } from "../form.ts";
import { PageProblem } from "../page-problem.ts";
import { type Content, type PageRoute, page } from "../page-route.ts";
import { problemText } from "../problem-text.ts";
import { definitions, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { clientOptions, clientsOf } from "./clients.ts";
import { serviceAddress } from "./search-page.ts";
import { serviceIn } from "./service-in.ts";
import { decide } from "./service-page.ts";
import { plainTextIn, textIn } from "./text-in.ts";
import { workWords } from "./work-words.ts";

export const tryPages: readonly PageRoute[] = [
  { method: "GET", path: "/catalogue/try", run: tryPage },
  { method: "POST", path: "/catalogue/try", run: ask, again: tryPage },
];

/** A dry run's answer, as the management API tells it. */
interface Decision {
  readonly verdict: "permit" | "deny" | "open";
  readonly code: string | null;
  readonly hop: string;
  readonly title: string | null;
  readonly detail: string | null;
  readonly remedy: string | null;
  readonly needed: readonly string[];
  readonly fieldsRemoved: readonly string[];
  readonly trace: readonly {
    readonly rule: string;
    readonly outcome: string;
    readonly mends: string;
    readonly inputs: readonly {
      readonly kind: string;
      readonly id: string;
      readonly revision: string | number;
    }[];
  }[];
}

async function tryPage(visit: Visit): Promise<Content> {
  visit.checkMay(decide);
  return tried(visit, await serviceIn(visit), null);
}

async function ask(visit: Visit): Promise<Content> {
  visit.checkMay(decide);
  const service = await serviceIn(visit);
  const [method = "", path = ""] = visit.field("endpoint").split(" ");
  const { use, ...said } = visit.fields("client", "purpose", "use");
  const body = { ...said, service: service.id, method, path, ...(use !== undefined && { decisionUse: use }) };
  return tried(visit, service, (await visit.ask<Decision>(decide, { body })).body);
}

async function tried(visit: Visit, service: ShownService, decision: Decision | null): Promise<Content> {
  const words = visit.words(workWords).tryIt;
  const asking = await clientsOf(visit);
  return page(
    fill(words.title, { service: plainTextIn(visit, service.title) }),
    html`<p><a href="${serviceAddress(service.id)}">${textIn(visit, service.title)}</a></p>
${decision === null ? html`<p>${words.about}</p>` : told(visit, decision)}
${asking.clients.length === 0 ? html`<p>${words.none}</p>` : questionForm(visit, service, clientOptions(asking))}`,
  );
}

function questionForm(
  visit: Visit,
  { description, id }: ShownService,
  clients: readonly (readonly [string, string])[],
): Html {
  const words = visit.words(workWords).tryIt;
  const purposes = (description.purposes ?? []).map((purpose) => {
    return [purpose.id, `${purpose.id}: ${plainTextIn(visit, purpose.title)}`] as const;
  });
  const endpoints = description.endpoints.map(({ method, path }) => `${method} ${path}`);
  return form(visit, {
    action: "/catalogue/try",
    submit: words.run,
    fields: [
      { kind: "hidden", name: "service", value: id },
      { kind: "choice", name: "client", label: words.client, options: clients },
      {
        ...{ kind: "choice", name: "endpoint", label: words.endpoint },
        options: endpoints.map((text) => [text, text] as const),
      },
      {
        kind: "choice",
        name: "purpose",
        label: words.purpose,
        options: [...purposes, ["", words.noPurpose]],
      },
      {
        ...{ kind: "choice", name: "use", label: words.use },
        options: [["", words.noUse], ...Object.entries(words.uses)],
      },
    ],
  });
}

function told(visit: Visit, decision: Decision): Html {
  const words = visit.words(workWords).tryIt;
  const { code, detail, fieldsRemoved, hop, needed, remedy, title, trace, verdict } = decision;
  const mark = { permit: "good", deny: "bad", open: "warn" }[verdict];
  const because = new PageProblem(0, { code, detail, remedy, title });
  const rows = trace.map(({ inputs, mends, outcome, rule }) => [
    rule,
    named(words.outcomes, outcome),
    inputs.map(({ id, kind, revision }) => `${kind} ${id} (${revision})`).join(", "),
    outcome === "failed" ? mends : null,
  ]);
  const pairs = [
    [
      words.verdict,
      html`<span class="mark ${mark}">${words[verdict]}</span> ${fill(words.by, { hop: named(words.hops, hop) })}`,
    ],
    ...(code === null ? [] : [[words.reason, html`<code>${code}</code>${problemText(visit, because)}`]]),
    ...(needed.length === 0 ? [] : [[words.needed, needed.join(", ")]]),
    ...(fieldsRemoved.length === 0 ? [] : [[words.removed, fieldsRemoved.join(", ")]]),
  ] as const;
  return html`<div role="status">${definitions(pairs as never)}</div>
${table(visit, words.trace, [words.rule, words.outcome, words.looked, words.mends], rows)}`;
}
