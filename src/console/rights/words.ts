import { wordBook } from "../words/word-book.ts";
import { rightsInChinese } from "./words-chinese.ts";
import { rightsInEnglish } from "./words-english.ts";

/** What the pages of permissions, cases and restrictions say. */
export const rightsWords = wordBook("rights", rightsInEnglish, rightsInChinese);
