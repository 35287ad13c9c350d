import { type ErrorCode, errorCodes } from "../../core/error-codes.ts";
import { errorsInChinese } from "./error-words-chinese.ts";
import { wordBook } from "./word-book.ts";

type Said = Readonly<Record<ErrorCode, { readonly title: string; readonly remedy: string }>>;

const inEnglish = Object.fromEntries(
  Object.entries(errorCodes).map(([code, { remedy, title }]) => [code, { title, remedy }]),
) as Said;

/** What each error is and what to do about it. */
export const errorWords = wordBook<Said>("errors", inEnglish, errorsInChinese);
