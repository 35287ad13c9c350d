import { type Html, html } from "../../web/html.ts";
import type { Visit } from "../visit.ts";

/** A text of the catalogue, by language (BCP 47). */
export type Texts = Readonly<Record<string, string>>;

/** In the language of the page where the text has it; marked with its own where it has not. */
export function textIn({ language }: Pick<Visit, "language">, text: Texts | undefined): Html | null {
  if (text === undefined) return null;
  const tag = tagOf(language, text);
  return tag === undefined ? null : html`<span lang="${tag}">${text[tag]!}</span>`;
}

/** The same for places that take no markup. */
export function plainTextIn({ language }: Pick<Visit, "language">, text: Texts | undefined): string {
  const tag = text === undefined ? undefined : tagOf(language, text);
  return tag === undefined ? "" : text![tag]!;
}

function tagOf(language: string, text: Texts): string | undefined {
  const wanted = [language, language.split("-")[0]!, "en", Object.keys(text)[0]];
  return wanted.find((tag) => tag !== undefined && Object.hasOwn(text, tag));
}
