import { type Child, type Html, html } from "../../web/html.ts";
import { inLanguage } from "../languages.ts";
import { mostQuestion } from "../questions/question-desk.ts";
import type { Entry } from "../uses/read-uses.ts";
import type { Field, Party, Use } from "../uses/usage-answer.ts";
import { type Content, formToken, type Reader } from "./page.ts";
import { momentIn } from "./times.ts";
import { accountIn, resultOf } from "./uses-page.ts";

/** One use of the person's data, with everything that the gateway told of it. */
export function usePage(reader: Reader, use: Use & Entry): Content {
  const { words } = reader;
  const terms = rowsOf(reader, use)
    .filter(([, value]) => value !== null)
    .map(
      ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>
`,
    );
  return {
    title: words.use.title,
    content: html`<dl>${terms}</dl>
${use.to.subsystem === null || reader.signedIn?.actsFor !== null ? html`<p>${words.use.ask}</p>` : questionForm(reader, use)}
<p><a href="/uses">${words.back}</a></p>`,
  };
}

function questionForm(reader: Reader, use: Use & Entry): Html {
  const { title, hint, text, send } = reader.words.question;
  return html`<h2>${title}</h2>
<p>${hint}</p>
<form method="post" action="/uses/${use.exchange}/ask${accountIn(use)}">${formToken(reader)}
  <label for="text">${text}</label>
  <textarea id="text" name="text" rows="5" maxlength="${mostQuestion}" required></textarea>
  <p><button class="main">${send}</button></p></form>`;
}

/** The list that held the entry is not at hand any more. */
export function goneUsePage({ words }: Reader): Content {
  return {
    title: words.use.title,
    content: html`<p class="notice">${words.use.gone}</p><p><a href="/uses">${words.pages.uses}</a></p>`,
  };
}

function rowsOf(reader: Reader, use: Use): readonly (readonly [name: string, value: Child])[] {
  const { language } = reader;
  const { use: words } = reader.words;
  const { service, decisionUse, roles, code, told } = use;
  return [
    [words.time, momentIn(language, use.time)],
    [words.to, partyIn(reader, use.to)],
    [words.from, partyIn(reader, use.from)],
    [words.service, html`${inLanguage(service.title, language)}<small>${service.id}</small>`],
    [words.purpose, purposeIn(reader, use)],
    [words.basis, basisIn(reader, use)],
    [words.decisionUse, decisionUse === null ? null : words.decisionUses[decisionUse]],
    [words.result, html`${resultOf(reader, use)} ${words.explained[use.outcome]}`],
    [words.code, use.outcome === "allowed" ? null : code],
    [words.told, use.outcome === "allowed" ? toldIn(reader, told) : null],
    [words.removed, use.removed.length === 0 ? null : fieldsIn(reader, use.removed)],
    [words.role, html`<ul>${roles.map((role) => html`<li>${words.roles[role]}</li>`)}</ul>`],
    [reader.words.pages.permissions, use.byPermission ? words.byPermission : null],
    [words.exchange, use.exchange],
  ];
}

function partyIn({ language }: Reader, { name, member, subsystemName }: Party): Html {
  const unit = subsystemName === null ? null : html`<small>${inLanguage(subsystemName, language)}</small>`;
  return html`${inLanguage(name, language)}${unit}<small>${member}</small>`;
}

function purposeIn({ words, language }: Reader, { purpose }: Use): Child {
  if (purpose === null) return words.uses.noPurpose;
  const how = purpose.source === "defaulted" ? html`<small>${words.use.defaulted}</small>` : null;
  return html`${inLanguage(purpose.title, language)}${how}`;
}

function basisIn({ words }: Reader, { lawfulBasis }: Use): Child {
  if (lawfulBasis === null) return words.use.noBasis;
  const { basis, provision } = lawfulBasis;
  const name = Object.hasOwn(words.bases, basis) ? words.bases[basis] : basis;
  return html`${name}<small>${provision}</small>`;
}

function toldIn(reader: Reader, told: readonly Field[] | null): Child {
  if (told === null) return reader.words.use.toldUnknown;
  return told.length === 0 ? reader.words.use.toldNothing : fieldsIn(reader, told);
}

function fieldsIn({ language }: Reader, fields: readonly Field[]): Html {
  return html`<ul>${fields.map(({ title }) => html`<li>${inLanguage(title, language)}</li>`)}</ul>`;
}
