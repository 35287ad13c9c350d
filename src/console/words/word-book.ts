/** Texts by name, in groups. `{name}` in a text stands for a value: see `fill`. */
export interface Texts {
  readonly [name: string]: string | Texts;
}

/** The same names with texts of another language. */
export type InShapeOf<Given> = {
  readonly [Name in keyof Given]: Given[Name] extends string ? string : InShapeOf<Given[Name]>;
};

/** What the pages of one folder say. */
export interface WordBook<Given> {
  /** Of the folder; a message file of a further language has it, too. */
  readonly name: string;
  readonly en: Given;
  /** Simplified Chinese. */
  readonly zh: Given;
}

/** A folder's words; the compiler sees to it that Chinese has what English has. */
export function wordBook<const Given extends Texts>(
  name: string,
  en: Given,
  zh: InShapeOf<Given>,
): WordBook<InShapeOf<Given>> {
  return { name, en: en as InShapeOf<Given>, zh };
}

/** A text with its values: `fill("Signed in as {name}", { name })`. A name without a value stays as it is. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{([a-z]+)\}/gi, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}

/** A text that stands for a word of a machine (a role, a state); the word itself where there is none. */
export function named(texts: Readonly<Record<string, string>>, word: string): string {
  return Object.hasOwn(texts, word) ? texts[word]! : word;
}
