import { preferredLanguage as preferred } from "../web/preferred-language.ts";
import { chinese } from "./words/chinese.ts";
import { english, type Words } from "./words/english.ts";

/** The languages of the pages, by their tags (BCP 47). */
export const languages = { en: english, "zh-Hans": chinese } as const satisfies Record<string, Words>;

export type Language = keyof typeof languages;

/** As languages are called in texts of the catalogue and of permissions. */
const inTexts = { en: "en", "zh-Hans": "zh" } as const satisfies Readonly<Record<Language, string>>;

/** A language by its tag, or undefined when there are no pages in it. */
export function languageOf(tag: string | undefined): Language | undefined {
  return tag !== undefined && Object.hasOwn(languages, tag) ? (tag as Language) : undefined;
}

/** The language that a browser prefers. @param header `Accept-Language`, an attacker's choice */
export function preferredLanguage(header: string | undefined): Language {
  return preferred(header, ["en", "zh-Hans"]);
}

/** What a language is called in such texts. */
export function textLanguage(language: Language): "en" | "zh" {
  return inTexts[language];
}

/** A text of a catalogue, in the language of the page where it has it. */
export function inLanguage(text: Readonly<Record<string, string>>, language: Language): string {
  return text[inTexts[language]] ?? text.en ?? Object.values(text)[0] ?? "";
}
