import { wordBook } from "../words/word-book.ts";
import { peopleChinese } from "./chinese.ts";
import { peopleEnglish } from "./english.ts";

export const peopleWords = wordBook("people", peopleEnglish, peopleChinese);
