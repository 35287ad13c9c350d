/** A phrase by its words, or as one run of characters where words are not separated. */
export interface Phrase {
  readonly words: ReadonlySet<string>;
  /** Han characters, politeness left out; empty for texts in other scripts. */
  readonly run: string;
}

// biome-ignore format: words, by language
const said = new Set([
  // What a form says around what it asks for
  ..."a an the of on in at to for from by and or is are was were be do does did has have had it this that there here".split(" "),
  ..."you your yours my our his her their its please enter give provide state tell fill write choose select what which when who how if any".split(" "),
  ..."der die das des dem den ein eine einer ihr ihre ihren bitte geben sie an ist und von im le la les un une de du des votre veuillez palun teie oma ja on".split(" "),
  // Whose it is, when it is the person who is asked; what forms wrap fields in
  ..."person personal applicant claimant citizen customer user individual form application request data detail detail info information body payload item field section answer question value".split(" "),
]);

const runsSaid =
  /请|输入|填写|提供|选择|您的|您|你的|你|我的|申请人|本人|是什么|什么|哪里|是|的|？|。|、|：/gu;

/** What a text says, politeness left out: `What is your date of birth?` and `birthDate` have the same words. */
export function phraseOf(text: string): Phrase {
  const short = text.slice(0, 500);
  const run = (short.replace(runsSaid, "").match(/\p{Script=Han}+/gu) ?? []).join("");
  return { words: new Set(wordsOf(short)), run };
}

function wordsOf(text: string): string[] {
  return text
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "" && !/\p{Script=Han}/u.test(word))
    .map(singular)
    .filter((word) => !said.has(word));
}

/** Enough for names of fields: `names` and `name`, `children’s`, which is split before, and `address`, which stays. */
function singular(word: string): string {
  return /[^s]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word === "s" ? "the" : word;
}
