import { wordBook } from "../words/word-book.ts";
import { agreementsInChinese } from "./words-chinese.ts";
import { agreementsInEnglish } from "./words-english.ts";

/** What the pages of agreements say. */
export const agreementsWords = wordBook("agreements", agreementsInEnglish, agreementsInChinese);
