/** A pattern that must be refused, and a text that shows why: `before`, then `again` as often as it may be, then `after`. */
export interface SlowPattern {
  readonly source: string;
  readonly maxLength?: number;
  readonly before: string;
  readonly again: string;
  readonly after: string;
}

type Row = readonly [source: string, again: string, after: string, before?: string, maxLength?: number];

// biome-ignore format: a table is read by its columns
const slowRows: readonly Row[] = [
  // Repetitions in repetitions
  ["^(a+)+$", "a", "!"],
  ["^(a*)*$", "a", "!"],
  ["^(?:a+)*$", "a", "!"],
  ["^(a+)+$", "a", "!", "", 100],
  ["^([a-z]+)*$", "x", "!"],
  ["^(?:\\d+)+x$", "1", "!"],
  ["^(?:\\w+\\s?)+$", "a", "!"],
  ["^(?:\\w+[ -]?)*$", "a", "!"],
  ["^(\\w+\\s*)+:$", "a", "!"],
  ["(x+x+)+y", "x", ""],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", ""],
  ["^(?:(?:a+)+)+$", "a", "!"],
  ["^(?:.*)*x$", "a", ""],
  ["^(?:.+)+\\d$", "a", "!"],
  ["^(?:(?:ab)+)+$", "ab", "!"],
  ["^(?:a+b?)+$", "a", "!"],
  ["^(?:[^,]+,?)*;$", "a", ""],
  ["^(?:a*b*)*$", "ab", "!"],
  ["^(?:(a)|b?a)+$", "a", "!"],
  // Alternatives that overlap
  ["^(a|a)*$", "a", "!"],
  ["^(?:a|aa)+$", "a", "!"],
  ["^(?:a|ab|b)*c$", "ab", ""],
  ["^(?:\\d|[0-9])*$", "1", "!"],
  ["^(?:\\w|_)*$", "_", "!"],
  ["^(?:[a-f]|[d-k])+$", "e", "!"],
  ["^(?:.|\\s)*x$", " ", ""],
  ["^(?:foo|fo|o)+$", "foo", "!"],
  ["^(?:ab|a|b)+$", "ab", "!"],
  ["^(?:a|b|ab)*c$", "ab", ""],
  ["^(?:\\s|\\t)+$", "\t", "!"],
  ["^(?:aaaa|aaaa)*$", "aaaa", "!"],
  ["^(?:a|[ab]|[abc])*$", "a", "!"],
  // In wide use, and known to be slow
  ["^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$", "a", "!", "a"],
  ["^([\\w.-]+)*@example\\.org$", "a", ""],
  ["^(?:[A-Za-z]+[ '-]?)*$", "A", "!"],
  ["^(?:\\+?\\d+[ -]?)*$", "1", "!"],
  ["^(?:(?:https?:\\/\\/)?[\\w.-]+\\/?)+$", "a", "!"],
  ["^\"(?:[^\"]|\\\\.|\\\\)*\"$", "\\", "", "\""],
  ["^(?:[-+]?\\d+(?:[.,]?\\d+)*)+$", "1", "!"],
  // Unicode
  ["^(?:\\p{L}+\\p{M}*)+$", "\u00e9", "!"],
  ["^(?:\\p{L}|\\p{Lu})*$", "\u00c4", "!"],
  ["^(?:\\p{Script=Greek}+)+$", "\u03b1", "!"],
  ["^(?:[\\u{1F600}-\\u{1F64F}]+)+$", "\u{1f600}", "!"],
  ["^(?:\\p{L}|\u0431)+$", "\u0431", "!"],
  ["^(?:[^\\p{N}]+)+$", "a", "1"],
  // Counted
  ["^(?:a?){30}a{30}$", "a", "!", "", 100],
  ["^(?:a{1,9}){1,30}$", "a", "!", "", 200],
  ["^(?:a{0,20}){0,20}b$", "a", "", "", 60],
  ["^(?:a|a){30}b$", "a", "", "", 40],
  ["^(?:a{2,3}){5,60}$", "a", "!", "", 150],
  ["^(?:(?:a|b)?){40}c$", "ab", "", "", 50],
  ["^(?:[ab]{1,5}[bc]{1,5}){1,30}$", "b", "!", "", 150],
  [`^${"(?:a|a)".repeat(36)}b$`, "a", "", "", 40],
  [`^${"a?".repeat(39)}${"a".repeat(39)}$`, "a", "!", "", 40],
  ["^a(?:|x){40}b$", "x", "!", "a", 22],
  ["^a{0,300}a{0,300}a{0,300}$", "a", "!", "", 900],
  // Lazy
  ["^(?:a+?)+?$", "a", "!"],
  ["^(?:a*?)*?b$", "a", ""],
  ["^(?:.*?,)*?x$", ",", ""],
  ["^(?:a|a)*?b$", "a", ""],
  // Side by side: polynomial, and the text has no limit
  ["^\\s*\\w*\\s*\\w*\\s*$", "a", "!"],
  ["^a*a*$", "a", "!"],
  ["^.*,.*,.*$", ",", "\n"],
  ["^\\d+\\d+\\d+$", "1", "!"],
  ["^(?:a|b)*a*$", "a", "!"],
  ["^.*?a.*?b$", "a", ""],
  // Sought everywhere
  ["\\s+$", " ", "!"],
  ["a.*b", "a", ""],
  ["[a-z]+@", "a", ""],
  ["\\d+[a-z]", "1", ""],
  ["(?:ab)+c", "ab", ""],
  ["(?:^|x)(?:a+)+b", "a", ""],
  ["x*y", "x", ""],
  // Looking ahead
  ["^(?=(?:a+)+b)a", "a", ""],
  ["^(?:(?=a*b)a)*c$", "a", "b"],
  ["^(?!(?:a|a)*b)a+!$", "a", ""],
];

export const slowPatterns: readonly SlowPattern[] = slowRows.map(
  ([source, again, after, before = "", maxLength]) => ({
    ...{ source, again, after, before },
    ...(maxLength !== undefined && { maxLength }),
  }),
);

/** What administrations write, and must be let through. */
// biome-ignore format: a table is read by its columns
export const safePatterns: readonly (readonly [source: string, maxLength?: number])[] = [
  // Codes
  ["^[0-9]{11}$", 11], ["^[1-6]\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])\\d{4}$", 11], ["^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$", 34],
  ["^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$", 11], ["^\\d{4}-\\d{2}-\\d{2}$", 10], ["^[0-9]{4}-(?:0[1-9]|1[0-2])$", 7],
  ["^[A-Z]{3}$", 3], ["^(?:AD|AE|AF|AG|AI|AL|AM|AO)$", 2], ["^[A-Z]\\d{7}[A-Z]?$", 9], ["^[A-Za-z0-9_-]{43}$", 43],
  ["^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", 36], ["^\\d{5}(?:-\\d{4})?$", 10], ["^EE\\d{9}$", 11],
  ["^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$", 17], ["^[A-Z]{1,3}-?\\d{1,4}$", 8], ["^\\d{1,3}(?:,\\d{3})*(?:\\.\\d{2})?$", 20],
  ["^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$", 30], ["^(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}$", 15],
  ["^\\d{4}/\\d{1,6}$", 11], ["^[A-Z]{2}-[A-Z0-9]{1,3}$", 6], ["^(?:\\d{2}\\.){2}\\d{4}$", 10],
  // Addresses of networks and people
  ["^[^@\\s]+@[^@\\s]+$", 320], ["^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$", 254], ["^\\+[0-9 ]{5,38}$", 40],
  ["^https://[a-z0-9.-]{1,253}(?:/[!-~]*)?$", 2000], ["^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", 253],
  ["^[a-z][a-z0-9-]{0,62}$", 63], ["^(?:/(?:[^~/]|~[01])*)*$", 1000], ["^urn:[a-z0-9][a-z0-9-]{0,31}:[!-~]+$", 300],
  // Names and texts
  ["^\\p{L}[\\p{L}\\p{M}' .-]{0,99}$", 100], ["^\\p{Lu}\\p{Ll}*(?:[ -]\\p{Lu}\\p{Ll}*)*$", 200], ["^[^\\p{Cc}]{1,500}$", 500],
  ["^.{1,2000}$", 2000], ["^\\S(?:.*\\S)?$", 200], ["^[\\p{Script=Latin}\\p{Script=Cyrillic} -]+$", 100], ["^\\w+(?: \\w+)*$"],
  ["^[A-Z\u00c5\u00c4\u00d6\u00d5\u00dc][a-z\u00e5\u00e4\u00f6\u00f5\u00fc]+$", 100], ["^[\\u{20}-\\u{7e}]*$"], ["^[^<>]*$"], ["^\\P{Cc}+$"],
  // Alternatives with a common beginning are told apart by what follows
  ["^(?:ab|ac)*$"], ["^(?:[a-z]+-|[a-z]+_)*x$"], ["^(?:foo|bar|baz)(?:,(?:foo|bar|baz))*$"], ["^(?:abc|abd|abe)+$"],
  ["^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$", 3], ["^(?:a|b|c)*$"], ["^(?:a+b)*$"], ["^(?:a+b|c)*$"],
  // Repetitions in repetitions, with a sign between
  ["^(?:\\w+\\s)*\\w+$"], ["^(?:\\d+,)*\\d+$"], ["^(?:[^,]*,)*[^,]*$"], ["^(?:(?:a+b)+c)+$"], ["^(?:a{1,9}b){1,9}$", 90],
  ["^\"(?:[^\"\\\\]|\\\\.)*\"$"], ["^(?:\\([^()]*\\))*$"],
  // Sought anywhere, at once or in short texts
  ["\\d"], ["[A-Z]+"], ["foo"], ["\\d{4}"], ["^a"], ["z$"], ["\\s+$", 100], ["a.*b", 100], ["^\\s+|\\s+$", 100], ["^a*a*$", 100], [""],
  ["(?:^|,)x"], ["[^ ]"],
  // Nothing that fails can follow
  ["^(?:a+)+"], ["^(a|a)*"], ["(?:a*)*"], ["^(?:\\w+\\s?)*"],
  // Counted, lazy, looking ahead
  ["^(?:ab){1,200}$", 400], ["^[a-z]{1,1000}$", 1000], ["^(?:[A-Z]{1,3}\\d){1,20}$", 80], ["^(?:a?b){30}$", 60],
  ["^a+?b$"], ["^.*?;$", 100], ["^(?:a+?b)*?$"], ["^(?=.*[a-z])(?=.*\\d).{8,64}$", 64], ["^(?!0000)\\d{4}$", 4], ["^(?!.*--)[a-z-]+$"],
  ["^\\bword\\b$", 20], ["^(?<year>\\d{4})(?<month>\\d{2})$", 6],
];

/** What is refused since nobody can tell. */
export const unjudgedPatterns: readonly (readonly [source: string, why: RegExp])[] = [
  ["^(a)\\1$", /back-reference/],
  ["^(?<x>a)\\k<x>$", /back-reference/],
  ["(?<=a)b", /look behind/],
  ["(?<!a)b", /look behind/],
  ["^(?i:a)$", /switched/],
  ["^[ab]*a[ab]{20}$", /too complex/],
  ["^.{1,6000}$", /too complex/],
  ["^(?:){1000000000}$", /too complex/],
  ["^(?:a{1000}){1000}$", /too complex/],
  ["x".repeat(2001), /more than 2000/],
];

export const invalidPatterns = [
  "(",
  "[z-a]",
  "\\p{Nothing}",
  "a{2,1}",
  "\\-",
  "(?<a>x)(?<a>y)",
  "*",
  "\\u{110000}",
  "a**",
];
