import { chinese } from "./words/chinese.ts";
import { english, type Words } from "./words/english.ts";

/** The languages of the pages, by their tags (BCP 47). */
export const languages = { en: english, "zh-Hans": chinese } as const satisfies Record<string, Words>;

export type Language = keyof typeof languages;

/** As languages are called in texts of the catalogue and of permissions. */
const inTexts = { en: "en", "zh-Hans": "zh" } as const satisfies Readonly<Record<Language, string>>;

const mostRanges = 20;

/** A language by its tag, or undefined when there are no pages in it. */
export function languageOf(tag: string | undefined): Language | undefined {
  return tag !== undefined && Object.hasOwn(languages, tag) ? (tag as Language) : undefined;
}

/**
 * The language that a browser prefers (RFC 9110 §12.5.4); English when it names none of ours.
 * @param header `Accept-Language`, an attacker's choice
 */
export function preferredLanguage(header: string | undefined): Language {
  const ranges = (header ?? "").slice(0, 500).split(",").slice(0, mostRanges).map(parseRange);
  const best = ranges
    .filter(({ language, weight }) => language !== undefined && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)[0];
  return best?.language ?? "en";
}

function parseRange(text: string): { language: Language | undefined; weight: number } {
  const [, tag = "", quality] =
    /^\s*([A-Za-z*-]{1,35})\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/.exec(text) ?? [];
  const primary = tag.toLowerCase().split("-")[0]!;
  const known = { en: "en", zh: "zh-Hans" } as const;
  const language = Object.hasOwn(known, primary) ? known[primary as keyof typeof known] : undefined;
  return { language, weight: quality === undefined ? 1 : Number(quality) };
}

/** What a language is called in such texts. */
export function textLanguage(language: Language): "en" | "zh" {
  return inTexts[language];
}

/** A text of a catalogue, in the language of the page where it has it. */
export function inLanguage(text: Readonly<Record<string, string>>, language: Language): string {
  return text[inTexts[language]] ?? text.en ?? Object.values(text)[0] ?? "";
}
