/*
 * How different spellings of one identifier become one. What both gateways commit to, what records are found by and what
 * holds are about goes through here, or a person would be two.
 */

/** Longest identifier, UTF-16 code units: what a commitment takes. */
const maxLength = 1024;

/** The rules by which schemes normalise; composed, so that accents have one form (Unicode NFC). */
const rules = {
  "trim-upper": (text: string) => text.trim().toUpperCase().normalize("NFC"),
  // There and back: some letters have two lower cases (σ and ς), and some of two upper ones fall together (ẞ and SS).
  "trim-lower": (text: string) => text.trim().toLowerCase().toUpperCase().toLowerCase().normalize("NFC"),
  "compact-upper": (text: string) => compact(text).toUpperCase().normalize("NFC"),
  digits: compact,
} as const satisfies Readonly<Record<string, (text: string) => string>>;

export type IdentifierRule = keyof typeof rules;

/** The rule of schemes that no vocabulary knows. */
export const plainRule: IdentifierRule = "trim-upper";

/**
 * An identifier as a rule spells it.
 * @param raw anybody's
 * @returns undefined for what is none: empty, too long, or with U+0000, or with U+FFFD, which stands for bytes that are no
 *   text and that a service may read as another identifier
 */
export function spell(rule: IdentifierRule, raw: string): string | undefined {
  const text = rules[rule](raw);
  return text === "" || text.length > maxLength || /[\0\ufffd]/.test(text) ? undefined : text;
}

/** All spellings under which an identifier may be known, each once. */
export function spellings(by: Iterable<IdentifierRule>, raw: string): readonly string[] {
  return [...new Set([...by].flatMap((rule) => spell(rule, raw) ?? []))];
}

export function isIdentifierRule(text: string): text is IdentifierRule {
  return Object.hasOwn(rules, text);
}

/** Whether a text spells out a normalised identifier, in whatever case and with whatever separators. */
export function mentions(text: string, identifier: string): boolean {
  const bare = (one: string) => rules["compact-upper"](one);
  return (
    text.toUpperCase().includes(identifier.toUpperCase()) ||
    bare(text).includes(bare(identifier) || identifier)
  );
}

function compact(text: string): string {
  return text.replace(/[\s.-]/g, "");
}
