import fc from "fast-check";
import t from "tap";
import { SealwayError } from "../../src/core/errors.ts";
import { parseUsageQuery, type UsageForm } from "../../src/tracker/usage-query.ts";

const parse = (query: string, form: UsageForm = "findUsage") => parseUsageQuery(`?userCode=1&${query}`, form);

t.test("periods include both ends as they are written", async (t) => {
  const time = Date.UTC(2026, 0, 31, 10, 20, 30);
  const day = Date.UTC(2026, 0, 31);
  const cases: readonly (readonly [text: string, first: number, behind: number])[] = [
    ["2026-01-31", day, day + 86_400_000],
    ["2026-01-31T10:20:30", time, time + 1000],
    ["2026-01-31T10:20:30Z", time, time + 1000],
    ["2026-01-31T12:20:30%2B02:00", time, time + 1000],
    ["2026-01-31T10:20:30.250Z", time + 250, time + 251],
  ];
  for (const [text, first, behind] of cases) {
    t.equal(parse(`periodStart=${text}`).since, first, text);
    t.equal(parse(`periodEnd=${text}`).until, behind, text);
  }
  t.match(
    parse("periodStart=2026-01-31&periodEnd=2026-01-31"),
    { since: day, until: day + 86_400_000 },
    "one day",
  );
  t.match(parse(""), { since: null, until: null, page: { limit: 1000, from: { offset: 0 } } });
  t.match(parse("", "usages"), { page: { limit: 50 } });
});

t.test("bad parameters are refused, and not repeated", async (t) => {
  const secret = "38001010000";
  const bad = [
    ...[
      "limit=1001",
      "limit=0",
      "limit=-1",
      "limit=1e3",
      "limit=",
      "limit=10&limit=10",
      "offset=-1",
      "offset=2147483648",
    ],
    ...[
      "periodStart=2026-02-30",
      "periodStart=yesterday",
      "periodEnd=2026-01-01T25:00:00",
      "periodStart=2026-01-01T1:2:3Z",
    ],
    ...[
      "periodStart=2026-02-01&periodEnd=2026-01-31",
      "periodStart=2026-01-01T00:00:01Z&periodEnd=2026-01-01T00:00:00Z",
    ],
    ...[`userCode=${secret}`, `UserCode=${secret}`, `usercode[]=${secret}`, "cursor=W10", "representative=2"],
    ...["periodStart=2026-01-01'%20OR%201=1--", "limit=10;limit=2000", "offset=.*"],
  ];
  for (const query of bad) {
    const thrown = t.throws(
      () => parse(query),
      { code: "invalid_parameter" },
      query,
    ) as unknown as SealwayError;
    t.notMatch(thrown.detail, secret);
  }
  t.throws(() => parse("limit=201", "usages"), { code: "invalid_parameter" });
  t.throws(() => parse("representative=2", "usages"), { code: "invalid_parameter" }, "in one's own list");
  t.equal(parse("representative=2", "represented").representative, "2");
  t.throws(() => parse("offset=1", "usages"), { code: "invalid_parameter" }, "a cursor instead");
  t.throws(() => parseUsageQuery("", "findUsage"), { code: "missing_parameter" });
});

t.test("whatever is asked, it is refused or has a good page", async (t) => {
  const any = fc.property(
    fc.string({ unit: "binary" }),
    fc.constantFrom("findUsage", "usages"),
    (text, form) => {
      try {
        const { page, since, until } = parseUsageQuery(`?${text}`, form);
        return page.limit >= 1 && page.limit <= 1000 && (since === null || until === null || since < until);
      } catch (error) {
        return error instanceof SealwayError;
      }
    },
  );
  t.doesNotThrow(() => fc.assert(any));
});
