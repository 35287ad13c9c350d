import { type Child, type Html, html } from "../../web/html.ts";
import { inLanguage, textLanguage } from "../languages.ts";
import type { ShownPermission, ShownText } from "../permissions/permission-answer.ts";
import { type Content, formToken, type Reader } from "./page.ts";
import { stateAt } from "./permissions-page.ts";
import { momentIn } from "./times.ts";

/**
 * One permission or request.
 * @param text of what is asked for, when that waits for the person
 * @param now milliseconds since the epoch
 */
export function permissionPage(
  reader: Reader,
  shown: ShownPermission,
  text: ShownText | undefined,
  now: number,
): Content {
  const { words } = reader;
  const state = stateAt(shown, now);
  const terms = termsOf(reader, shown, now)
    .filter(([, value]) => value !== null)
    .map(
      ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>
`,
    );
  return {
    title: words.permission.kinds[shown.permission.kind],
    content: html`<dl>${terms}</dl>
${state === "requested" ? askedFor(reader, shown, text) : null}
${state === "active" ? inForce(reader, shown, now) : null}
<p><a href="/permissions">${words.back}</a></p>`,
  };
}

/** The text of an extension, to be read before signing in for it. */
export function textPage(reader: Reader, shown: ShownPermission, text: ShownText): Content {
  const { words } = reader;
  const { name, permission } = shown;
  const { kind } = permission;
  return {
    title: words.permission.extendTitle,
    content: html`${textOf(reader, text)}
<div class="acts">${giveForm(reader, shown, text, words.permission.extend[kind])}</div>
<p><a href="/permissions/${name}">${words.back}</a></p>`,
  };
}

function termsOf(
  { words, language }: Reader,
  shown: ShownPermission,
  now: number,
): readonly (readonly [name: string, value: Child])[] {
  const { permission, words: named, used } = shown;
  const { validity, limits, representation, service, consumer } = permission;
  const say = words.permission;
  const elements = named.elements.map((title) => html`<li>${inLanguage(title, language)}</li>`);
  return [
    [say.state, words.permissions.states[stateAt(shown, now)]],
    [say.consumer, html`${named.consumer}<small>${consumer}</small>`],
    [say.provider, named.provider],
    [say.representative, representation === null ? null : words.acting.kinds[representation.kind]],
    [say.purpose, inLanguage(named.purpose, language)],
    [say.service, html`${inLanguage(named.service, language)}<small>${service}</small>`],
    [say.data, html`<ul>${elements}</ul>`],
    [say.validity, say.from(momentIn(language, validity.from), momentIn(language, validity.to))],
    [say.used, used === null || permission.state === "requested" ? null : say.times(used, limits.uses)],
  ];
}

function askedFor(reader: Reader, shown: ShownPermission, text: ShownText | undefined): Html {
  const { words } = reader;
  const { name, permission } = shown;
  if (text === undefined) return html`<p class="notice">${words.permission.noText}</p>`;
  return html`${textOf(reader, text)}
<div class="acts">${giveForm(reader, shown, text, words.permission.give[permission.kind])}
  <form method="post" action="/permissions/${name}/decline">${formToken(reader)}
    <button>${words.permission.decline}</button></form></div>`;
}

/** Shown line by line as its digest was taken, in the language of the page. */
function textOf({ words, language }: Reader, { lines }: ShownText): Html {
  const shown = textLanguage(language);
  return html`<h2 id="text">${words.permission.text}</h2>
<div class="text" lang="${language}">${lines[shown].map((line) => html`<p>${line}</p>`)}</div>
<p>${words.permission.freshSignIn}</p>`;
}

function giveForm(reader: Reader, { name }: ShownPermission, { digest }: ShownText, words: string): Html {
  return html`<form method="post" action="/permissions/${name}/give">${formToken(reader)}
    <input type="hidden" name="text" value="${digest}">
    <button class="main" aria-describedby="text">${words}</button></form>`;
}

function inForce(reader: Reader, { name, permission }: ShownPermission, now: number): Html {
  const { words } = reader;
  const { validity } = permission;
  const { withdraw, withdrawHint, extendTitle, extendTo, showText } = words.permission;
  const [least, usual] = [now, validity.to + 365 * 86_400_000].map((time) =>
    new Date(time).toISOString().slice(0, 10),
  );
  return html`<h2>${withdraw}</h2>
<p>${withdrawHint}</p>
<form method="post" action="/permissions/${name}/withdraw">${formToken(reader)}<button class="main">${withdraw}</button></form>
<h2>${extendTitle}</h2>
<form method="get" action="/permissions/${name}/extend"><div class="row">
  <div><label for="to">${extendTo}</label><input type="date" id="to" name="to" required min="${least}" value="${usual}"></div>
  <button>${showText}</button></div></form>`;
}
