import { type Child, type Html, html, plainJson } from "../web/html.ts";
import type { Visit } from "./visit.ts";
import { layoutWords } from "./words/layout-words.ts";

interface Labelled {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** What stands there at first. */
  readonly value?: string;
  /** A field must be filled in unless it is told otherwise. */
  readonly need?: "optional";
}

/** One field of a form. */
export type Field =
  | (Labelled & { readonly kind: "text" | "password" | "date" | "datetime-local" | "number" | "search" })
  | (Labelled & { readonly kind: "area"; readonly rows: number })
  /** JSON, which comes back as it is whatever characters it has. What stands in `value` counts before what was sent. */
  | (Labelled & { readonly kind: "json"; readonly rows: number })
  /** Its text is the field's value; `accept` as in HTML. */
  | (Labelled & { readonly kind: "file"; readonly accept: string })
  | (Labelled & { readonly kind: "choice"; readonly options: readonly Option[] })
  | {
      readonly kind: "checks";
      readonly name: string;
      readonly label: string;
      readonly options: readonly Option[];
    }
  | { readonly kind: "hidden"; readonly name: string; readonly value: string };

export type Option = readonly [value: string, label: string];

export interface Form {
  /** A path of this site. */
  readonly action: string;
  /** What the button says. */
  readonly submit: string;
  readonly fields: readonly Field[];
  /** Revision of what is changed; refused when somebody else changed it meanwhile. */
  readonly revision?: number | undefined;
}

/** A form that changes something, or that leaves a record: it has the session's token, and is sent by POST. */
export function form(visit: Visit, { action, submit, fields, revision }: Form): Html {
  const sent = visit.method === "POST" && visit.path === action;
  const kept = (name: string) => (sent ? visit.fieldAll(name) : undefined);
  const hidden: Child[] = [
    visit.formToken === undefined ? null : hiddenField("token", visit.formToken),
    revision === undefined ? null : hiddenField("revision", String(revision)),
  ];
  const content = html`${hidden}
${fieldsOf(visit, action, fields, kept)}
<p><button>${submit}</button></p>`;
  return fields.some(({ kind }) => kind === "file")
    ? html`<form method="post" action="${action}" enctype="multipart/form-data">${content}</form>`
    : html`<form method="post" action="${action}">${content}</form>`;
}

/** A form behind its name; open when it was sent and not taken. @param hint what it does */
export function foldedForm(visit: Visit, title: string, hint: string | null, what: Form): Html {
  const shown = html`${hint === null ? null : html`<p>${hint}</p>`}${form(visit, what)}`;
  return visit.path === what.action
    ? html`<details open><summary>${title}</summary>${shown}</details>`
    : html`<details><summary>${title}</summary>${shown}</details>`;
}

/** A form that only looks for something: what was filled in stands in the address. */
export function searchForm(visit: Visit, { action, submit, fields }: Omit<Form, "revision">): Html {
  const kept = (name: string) => (visit.query.has(name) ? visit.query.getAll(name) : undefined);
  return html`<form class="row" role="search" method="get" action="${action}">
${fieldsOf(visit, `${action}.find`, fields, kept)}
<p><button>${submit}</button></p></form>`;
}

/** The field for a reason, which every act has. */
export function reasonField(visit: Visit): Field {
  const { reason, reasonHint } = visit.words(layoutWords).form;
  return { kind: "text", name: "reason", label: reason, hint: reasonHint };
}

type Kept = (name: string) => readonly string[] | undefined;

type Need = "required" | "optional";

function fieldsOf(visit: Visit, action: string, fields: readonly Field[], kept: Kept): Html[] {
  const marked = markedNeed(fields);
  return fields.map((field) => fieldOf(visit, action, field, kept, marked));
}

/** What a field is where that must be said: null for one in which something stands anyway. */
function needOf(field: Field): Need | null {
  const { kind } = field;
  if (kind === "hidden" || kind === "checks" || kind === "choice") return null;
  return field.need ?? "required";
}

/** Those are marked of which a form has fewer. */
function markedNeed(fields: readonly Field[]): Need {
  const count = (need: Need) => fields.filter((field) => needOf(field) === need).length;
  return count("required") < count("optional") ? "required" : "optional";
}

function fieldOf(visit: Visit, action: string, field: Field, kept: Kept, marked: Need): Html {
  if (field.kind === "hidden") return hiddenField(field.name, field.value);
  const id = `${action.slice(1)}.${field.name}`;
  if (field.kind === "checks") return checks(id, field, kept(field.name) ?? []);
  const sent = kept(field.name)?.[0];
  const value = (field.kind === "json" ? (field.value ?? sent) : (sent ?? field.value)) ?? "";
  return html`<div class="field">${labelOf(visit, id, field, marked)}
${inputOf(id, field, value)}</div>`;
}

function labelOf(
  visit: Visit,
  id: string,
  field: Exclude<Field, { kind: "checks" | "hidden" }>,
  marked: Need,
): Html {
  const { hint, label } = field;
  const words = visit.words(layoutWords).form;
  const mark = needOf(field) === marked ? html` <small>(${words[marked]})</small>` : null;
  const more = hint === undefined ? null : html` <small>${hint}</small>`;
  return html`<label for="${id}">${label}${mark}${more}</label>`;
}

function inputOf(id: string, field: Exclude<Field, { kind: "checks" | "hidden" }>, value: string): Html {
  const { name, need } = field;
  if (field.kind === "choice")
    return html`<select id="${id}" name="${name}">${field.options.map((option) => optionOf(option, value))}</select>`;
  if (field.kind === "file")
    return html`<input id="${id}" name="${name}" type="file" accept="${field.accept}">`;
  if (field.kind === "area" || field.kind === "json") {
    // Browsers send lines that end with both.
    const lines = value.replaceAll("\r\n", "\n");
    const text = field.kind === "json" ? plainJson(lines) : lines;
    // A text area swallows the first line break of its content.
    return need === "optional"
      ? html`<textarea id="${id}" name="${name}" rows="${field.rows}" spellcheck="false">\n${text}</textarea>`
      : html`<textarea id="${id}" name="${name}" rows="${field.rows}" spellcheck="false" required>\n${text}</textarea>`;
  }
  // What a browser remembers of a secret would be in its store for whoever comes next.
  const { kind } = field;
  const shown = kind === "password" ? "" : value;
  return need === "optional"
    ? html`<input id="${id}" name="${name}" type="${kind}" value="${shown}" autocomplete="off">`
    : html`<input id="${id}" name="${name}" type="${kind}" value="${shown}" autocomplete="off" required>`;
}

function optionOf([value, label]: Option, chosen: string): Html {
  return value === chosen
    ? html`<option value="${value}" selected>${label}</option>`
    : html`<option value="${value}">${label}</option>`;
}

function checks(
  id: string,
  { name, label, options }: Extract<Field, { kind: "checks" }>,
  chosen: readonly string[],
): Html {
  const boxes = options.map(([value, text]) => {
    const box = chosen.includes(value)
      ? html`<input type="checkbox" id="${id}.${value}" name="${name}" value="${value}" checked>`
      : html`<input type="checkbox" id="${id}.${value}" name="${name}" value="${value}">`;
    return html`<div class="check">${box} <label for="${id}.${value}">${text}</label></div>`;
  });
  return html`<fieldset><legend>${label}</legend>${boxes}</fieldset>`;
}

function hiddenField(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}
