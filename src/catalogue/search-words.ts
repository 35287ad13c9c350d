const marks = /\p{M}+/gu;
const runs = /[\p{L}\p{N}]+/gu;
/** Scripts that are written without spaces. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const unspacedRuns =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]+/gu;
/** Letters that have no decomposition and are written without their mark all the same. */
const letters: Readonly<Record<string, string>> = {
  ß: "ss",
  ø: "o",
  đ: "d",
  ł: "l",
  æ: "ae",
  œ: "oe",
  ı: "i",
};
/** Most texts are of these: the classes of Unicode cost five times as much. */
const isPlain = /^[\x00-\x7f]*$/;
const plainRuns = /[A-Za-z0-9]+/g;
const namesInNames = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u;

/**
 * The words of a text as they are compared: without case and accents; names such as `birthDate` whole and in parts;
 * of scripts without spaces each two neighbouring characters.
 */
export function wordsOf(text: string): readonly string[] {
  if (isPlain.test(text)) return (text.match(plainRuns) ?? []).flatMap(plainWords);
  return (text.match(runs) ?? []).flatMap((run) => {
    const parts = run.split(namesInNames);
    return [...(parts.length > 1 ? [run] : []), ...parts].flatMap(spelled);
  });
}

function plainWords(run: string): readonly string[] {
  if (!/[a-z0-9][A-Z]/.test(run)) return [run.toLowerCase()];
  return [run, ...run.split(/(?<=[a-z0-9])(?=[A-Z])/)].map((word) => word.toLowerCase());
}

function spelled(word: string): readonly string[] {
  const folded = fold(word);
  if (!unspaced.test(folded)) return [folded];
  return (folded.match(unspacedRuns) ?? []).flatMap((run) => (unspaced.test(run) ? pairsOf(run) : [run]));
}

function fold(word: string): string {
  return word
    .toLowerCase()
    .normalize("NFD")
    .replace(marks, "")
    .replace(/[ßøđłæœı]/g, (letter) => letters[letter]!);
}

/** A single character stands for itself. */
function pairsOf(run: string): readonly string[] {
  const characters = [...run];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => characters[i] + character);
}
