import { agreementsWords } from "../agreements/words.ts";
import { catalogueWords } from "../catalogue/words.ts";
import { workWords } from "../catalogue/work-words.ts";
import { holdsWords } from "../exchanges/holds-words.ts";
import { exchangesWords } from "../exchanges/words.ts";
import { membersWords } from "../members/words.ts";
import { peopleWords } from "../people/words.ts";
import { registrationWords } from "../registration/words.ts";
import { rightsWords } from "../rights/words.ts";
import { startWords } from "../start/words.ts";
import { errorWords } from "./error-words.ts";
import { layoutWords } from "./layout-words.ts";
import type { Texts, WordBook } from "./word-book.ts";

/** All that the console says: a folder's book stands here, so that further languages are checked against it. */
export const wordBooks: readonly WordBook<Texts>[] = [
  // Of every page
  layoutWords,
  errorWords,
  // Of folders
  startWords,
  exchangesWords,
  holdsWords,
  catalogueWords,
  workWords,
  agreementsWords,
  rightsWords,
  membersWords,
  registrationWords,
  peopleWords,
];
