import t from "tap";
import {
  type ActWord,
  actWords,
  parseServiceAct,
  payloadOf,
} from "../../../src/catalogue/acts/service-act.ts";

const common = {
  instance: "DEV",
  time: 1_800_000_000_000,
  service: "DEV/GOV/10000001/population/residence",
  version: "1.0.0",
  description: "a".repeat(43),
  previous: "b".repeat(43),
};

const more: Readonly<Record<ActWord, object>> = {
  publish: {},
  deprecate: { sunset: 1_900_000_000_000 },
  suspend: { reason: "Wrong answers." },
  resume: { reason: "Mended." },
  archive: { liveAgreements: 0 },
  narrow: { fields: ["/persons/*/name", "/a~1b"], reason: "A leak." },
  observe: { until: 1_800_000_100_000, reason: "The schema is too narrow." },
};

for (const word of actWords) {
  t.test(`${word}: every member is needed, and no other`, async (t) => {
    const payload: Record<string, unknown> = { ...common, ...more[word] };
    const act = parseServiceAct(word, payload);
    t.match(act, { word, ...payload });
    t.strictSame(payloadOf(act), payload);
    for (const name of Object.keys(payload)) {
      const { [name]: _, ...rest } = payload;
      t.throws(() => parseServiceAct(word, rest), {
        code: "malformed_statement",
        detail: `act on a service: /${name} is not what it must be`,
      });
    }
    t.throws(() => parseServiceAct(word, { ...payload, more: 1 }), { code: "malformed_statement" });
  });
}

// biome-ignore format: a table is read by its columns
const malformed: readonly (readonly [what: string, word: ActWord, changes: object])[] = [
  ["a service in another spelling",        "publish",   { service: "DEV/GOV/10000001/population/r%65sidence" }],
  ["a service of four parts",              "publish",   { service: "DEV/GOV/10000001/population" }],
  ["a version that is a path",             "publish",   { version: "1.0.0/../x" }],
  ["a version of two numbers",             "publish",   { version: "1.0" }],
  ["a digest that is too short",           "publish",   { description: "abc" }],
  ["a previous act that is no digest",     "publish",   { previous: "x" }],
  ["a time that is a text",                "publish",   { time: "2026-11-22" }],
  ["a reason with a line feed",            "suspend",   { reason: "a\nb" }],
  ["a reason that turns the text around",  "suspend",   { reason: "a\u202eb" }],
  ["an empty reason",                      "suspend",   { reason: " " }],
  ["a reason of 501 characters",           "suspend",   { reason: "x".repeat(501) }],
  ["no field",                             "narrow",    { fields: [] }],
  ["a field twice",                        "narrow",    { fields: ["/a", "/a"] }],
  ["a field that is no pointer",           "narrow",    { fields: ["a"] }],
  ["the whole document as a field",        "narrow",    { fields: [""] }],
  ["201 fields",                           "narrow",    { fields: Array.from({ length: 201 }, (_, i) => `/f${i}`) }],
  ["a sunset that no calendar shows",      "deprecate", { sunset: Number.MAX_SAFE_INTEGER }],
  ["a negative count of agreements",       "archive",   { liveAgreements: -1 }],
];
for (const [what, word, changes] of malformed) {
  t.test(`malformed: ${what}`, async (t) => {
    const payload = { ...common, ...more[word], ...changes };
    t.throws(() => parseServiceAct(word, payload), { code: "malformed_statement" });
  });
}
