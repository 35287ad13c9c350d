import { chinese } from "./chinese.ts";
import { english } from "./english.ts";
import { wordBook } from "./word-book.ts";

/** What every page says. */
export const layoutWords = wordBook("layout", english, chinese);
