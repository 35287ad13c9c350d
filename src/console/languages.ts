import { preferredLanguage } from "../web/preferred-language.ts";
import { layoutWords } from "./words/layout-words.ts";
import type { Texts, WordBook } from "./words/word-book.ts";

/** The languages of the pages, by their tags (BCP 47): two that are built in, and those of message files. */
export class Languages {
  readonly #tags: readonly [string, ...string[]];
  /** Of message files: a book's texts by its name. */
  readonly #further: ReadonlyMap<string, Texts>;

  constructor(further: ReadonlyMap<string, Texts> = new Map()) {
    this.#further = further;
    this.#tags = ["en", "zh-Hans", ...further.keys()];
  }

  /** Tags with what each language calls itself. */
  names(): readonly (readonly [tag: string, name: string])[] {
    return this.#tags.map((tag) => [tag, this.words(tag, layoutWords).language]);
  }

  /** Undefined for a language in which there are no pages. @param tag an attacker's choice */
  known(tag: string | null | undefined): string | undefined {
    return this.#tags.find((one) => one === tag);
  }

  /** @param header `Accept-Language`, an attacker's choice */
  preferred(header: string | undefined): string {
    return preferredLanguage(header, this.#tags);
  }

  /** A folder's words in one of the languages. */
  words<Given>(tag: string, book: WordBook<Given>): Given {
    if (tag === "zh-Hans") return book.zh;
    return (this.#further.get(tag)?.[book.name] as Given | undefined) ?? book.en;
  }
}
