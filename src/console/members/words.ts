import { wordBook } from "../words/word-book.ts";
import { membersChinese } from "./chinese.ts";
import { membersEnglish } from "./english.ts";

export const membersWords = wordBook("members", membersEnglish, membersChinese);
