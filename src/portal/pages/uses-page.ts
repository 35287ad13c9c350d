import { type Html, html } from "../../web/html.ts";
import { inLanguage } from "../languages.ts";
import type { Entry, UsesReading } from "../uses/read-uses.ts";
import type { Use } from "../uses/usage-answer.ts";
import type { UsesView } from "../uses/uses-view.ts";
import { gapsOf } from "./gaps.ts";
import type { Content, Reader } from "./page.ts";
import { momentIn, monthIn } from "./times.ts";

/** *Who asked for my data*: the list as far as it was read, narrowed down as the person chose. */
export function usesPage(reader: Reader, reading: UsesReading, view: UsesView): Content {
  const { words } = reader;
  const shown = reading.entries.filter(view.fits).slice(0, view.count);
  const goesOn = reading.goesOn || reading.entries.filter(view.fits).length > shown.length;
  return {
    title: words.pages.uses,
    content: html`<p>${words.uses.introduction}</p>
${gapsOf(reader, reading.gaps)}
${filterForm(reader, reading, view)}
${shown.length === 0 ? html`<p>${view.isNarrow ? words.uses.noneOfThese : words.uses.none}</p>` : tableOf(reader, shown)}
${reading.isFull ? html`<p class="notice">${words.uses.full}</p>` : goesOn ? moreLink(reader, view) : null}`,
  };
}

/** Nobody can be asked. */
export function noUsesPage({ words }: Reader): Content {
  return { title: words.pages.uses, content: html`<p class="notice">${words.noDirectory}</p>` };
}

function filterForm({ words, language }: Reader, reading: UsesReading, view: UsesView): Html {
  const option = (value: string, text: string, chosen: string) =>
    value === chosen
      ? html`<option value="${value}" selected>${text}</option>`
      : html`<option value="${value}">${text}</option>`;
  const years = view.years.map((year) => option(String(year), String(year), view.year));
  const receivers = [...reading.receivers].map(([member, name]) =>
    option(member, inLanguage(name, language), view.receiver),
  );
  const { filter, year, allYears, receiver, allReceivers, apply } = words.uses;
  return html`<form method="get" action="/uses"><fieldset class="row"><legend>${filter}</legend>
  <div><label for="year">${year}</label>
    <select id="year" name="year">${option("", allYears, view.year)}${years}</select></div>
  <div><label for="receiver">${receiver}</label>
    <select id="receiver" name="receiver">${option("", allReceivers, view.receiver)}${receivers}</select></div>
  <button>${apply}</button>
</fieldset></form>`;
}

function tableOf(reader: Reader, entries: readonly Entry[]): Html {
  const { when, who, why, result, details, caption } = reader.words.uses;
  const headings = [when, who, why, result, details].map((text) => html`<th scope="col">${text}</th>`);
  return html`<table><caption>${caption(String(entries.length))}</caption>
<thead><tr>${headings}</tr></thead>
<tbody>${entries.map((entry) => rowOf(reader, entry))}</tbody></table>`;
}

function rowOf(reader: Reader, entry: Entry): Html {
  const { words, language } = reader;
  const who = inLanguage(entry.to.name, language);
  if (entry.kind === "group") {
    const month = monthIn(language, entry.month);
    return html`<tr><td>${month}</td><td>${who}</td><td colspan="3">${words.uses.group(entry.count)}</td></tr>
`;
  }
  const purpose = entry.purpose === null ? words.uses.noPurpose : inLanguage(entry.purpose.title, language);
  const unit =
    entry.to.subsystemName === null
      ? null
      : html`<small>${inLanguage(entry.to.subsystemName, language)}</small>`;
  return html`<tr><td>${momentIn(language, entry.time)}</td><td>${who}${unit}</td>
<td>${purpose}<small>${inLanguage(entry.service.title, language)}</small></td>
<td>${resultOf(reader, entry)}</td><td><a href="/uses/${entry.exchange}${accountIn(entry)}">${words.uses.details}</a></td></tr>
`;
}

/** Which of several accounts of an exchange is meant: the query of a path. */
export function accountIn({ account }: Entry): string {
  return account === 0 ? "" : `?account=${account}`;
}

/** How it ended, and what is unusual about it. */
export function resultOf({ words }: Reader, use: Use): Html {
  const { outcomes, checked, emergency, oneOf } = words.uses;
  const notes = [
    ...(use.checked ? [checked] : []),
    ...(use.emergency ? [emergency] : []),
    ...(use.subjectCount > 1 ? [oneOf(use.subjectCount)] : []),
  ];
  return html`<span class="mark ${use.outcome}">${outcomes[use.outcome]}</span>${notes.map((note) => html`<small>${note}</small>`)}`;
}

function moreLink({ words }: Reader, view: UsesView): Html {
  return html`<p><a href="${view.morePath}">${words.uses.more}</a></p>`;
}
