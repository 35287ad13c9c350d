import { type Html, html } from "../../web/html.ts";
import { type Language, languages } from "../languages.ts";
import type { Words } from "../words/english.ts";

/** Who sees a page. */
export interface Reader {
  readonly language: Language;
  readonly words: Words;
  /** Path of this page, without a query. */
  readonly path: string;
  /** Of this page; null for the answer to a form, to which no link leads. */
  readonly query: URLSearchParams | null;
  /** Whoever is signed in: what the page calls them, and the token of its forms. */
  readonly signedIn: {
    readonly name: string;
    readonly formToken: string;
    /** What the page calls whom they act for; null for the own data. */
    readonly actsFor: string | null;
    /** Whether there is anybody who knows for whom they may act. */
    readonly mayAct: boolean;
  } | null;
  readonly demonstration: boolean;
}

/** What a page says; everything else is the same on all. */
export interface Content {
  readonly title: string;
  readonly content: Html;
}

const places = [
  ["/", "home"],
  ["/uses", "uses"],
  ["/permissions", "permissions"],
] as const;

/** A whole page. */
export function pageFor(reader: Reader, { title, content }: Content): Html {
  const { language, words, demonstration } = reader;
  return html`<!doctype html>
<html lang="${language}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} – ${words.portal}</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
${demonstration ? html`<p class="demonstration">${words.demonstration}</p>` : null}
<div class="band"><header>
  <a class="name" href="/">${words.portal}</a>
  ${reader.signedIn === null ? null : navigation(reader)}
  <div class="person">${person(reader)}</div>
</header></div>
<main id="content">
${actingBand(reader)}
<h1>${title}</h1>
${content}
</main>
<footer>${languageLinks(reader)}</footer>
</body>
</html>
`;
}

/** The hidden field by which a form shows that it is ours. */
export function formToken({ signedIn }: Reader): Html | null {
  return signedIn === null ? null : html`<input type="hidden" name="token" value="${signedIn.formToken}">`;
}

/** For whom somebody acts stands on every page: nobody is to take another one's data for the own. */
function actingBand(reader: Reader): Html | null {
  const { signedIn, words } = reader;
  if (signedIn === null || signedIn.actsFor === null) return null;
  return html`<div class="notice" role="status"><p>${words.acting.now(signedIn.actsFor)}</p>
<form method="post" action="/acting/end">${formToken(reader)}<button>${words.acting.end}</button></form></div>`;
}

function navigation({ words, path }: Reader): Html {
  const items = places.map(([place, name]) => {
    const isHere = place === "/" ? path === "/" : path.startsWith(place);
    return isHere
      ? html`<li><a class="tab" href="${place}" aria-current="page">${words.pages[name]}</a></li>`
      : html`<li><a class="tab" href="${place}">${words.pages[name]}</a></li>`;
  });
  return html`<nav aria-label="${words.navigation}"><ul>${items}</ul></nav>`;
}

function person(reader: Reader): Html {
  const { signedIn, words } = reader;
  if (signedIn === null) return html`<a href="/sign-in">${words.signIn}</a>`;
  return html`<span>${words.signedInAs(signedIn.name)}</span>
    <form method="post" action="/sign-out">${formToken(reader)}<button>${words.signOut}</button></form>`;
}

function languageLinks({ language, path, query }: Reader): Html[] {
  if (query === null) return [];
  return Object.entries(languages)
    .filter(([tag]) => tag !== language)
    .map(([tag, { language: name }]) => {
      const asked = new URLSearchParams(query);
      asked.set("language", tag);
      return html`<a href="${path}?${asked.toString()}" lang="${tag}" hreflang="${tag}" rel="nofollow">${name}</a> `;
    });
}
