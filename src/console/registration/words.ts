import { wordBook } from "../words/word-book.ts";
import { registrationInChinese } from "./words-chinese.ts";
import { registrationInEnglish } from "./words-english.ts";

/** What the pages of registration requests say. */
export const registrationWords = wordBook("registration", registrationInEnglish, registrationInChinese);
