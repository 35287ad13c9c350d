import { html } from "../../web/html.ts";
import type { Person } from "../session.ts";
import type { Content, Reader } from "./page.ts";
import { momentIn } from "./times.ts";

/** The first page of somebody who is not signed in. */
export function welcomePage({ words }: Reader): Content {
  const { title, introduction, why } = words.home;
  return {
    title,
    content: html`<p>${introduction}</p>
<p>${why}</p>
<p><a class="button" href="/sign-in">${words.signIn}</a></p>`,
  };
}

/** The first page of somebody who is. */
export function homePage({ words, language, signedIn }: Reader, person: Person): Content {
  const { acting, home, pages } = words;
  const others =
    signedIn?.mayAct === true
      ? html`
  <li><h2><a href="/acting">${acting.title}</a></h2><p>${acting.hint}</p></li>`
      : null;
  return {
    title: home.title,
    content: html`<p>${home.introduction}</p>
<ul class="cards">
  <li><h2><a href="/uses">${pages.uses}</a></h2><p>${home.usesHint}</p></li>
  <li><h2><a href="/permissions">${pages.permissions}</a></h2><p>${home.permissionsHint}</p></li>${others}
</ul>
<h2>${home.you}</h2>
<dl>
  <dt>${home.name}</dt><dd>${person.name}</dd>
  <dt>${home.code}</dt><dd>${person.identifier}</dd>
  <dt>${home.assurance}</dt><dd>${levelOf(home.levels, person.acr)}</dd>
  <dt>${home.since}</dt><dd>${momentIn(language, person.signedInAt)}</dd>
</dl>`,
  };
}

/** A level by the name that people know; other providers have words of their own. */
function levelOf(levels: Readonly<Record<string, string>>, acr: string): string {
  return Object.hasOwn(levels, acr) ? levels[acr]! : acr;
}
