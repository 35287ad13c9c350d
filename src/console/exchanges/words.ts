import { wordBook } from "../words/word-book.ts";
import { exchangesInChinese } from "./words-chinese.ts";
import { exchangesInEnglish } from "./words-english.ts";

/** What the auditor's pages say. */
export const exchangesWords = wordBook("exchanges", exchangesInEnglish, exchangesInChinese);
