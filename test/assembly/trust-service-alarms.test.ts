import t from "tap";
import { trustServiceAlarms } from "../../src/assembly/trust-service-alarms.ts";
import type { TrustServicesHealth } from "../../src/assembly/trust-services-health.ts";
import { expiryTeller } from "../../src/assembly/watch-alarms.ts";

const now = Date.UTC(2026, 10, 22, 12);
const minute = 60_000;
const day = 24 * 60 * minute;

const good: TrustServicesHealth = {
  authorities: [],
  sealing: {
    contradiction: undefined,
    tokens: { unexpected: undefined, second: { at: now, failure: undefined } },
  },
  ocsp: [],
  certificates: [],
  renewal: { state: "idle", progress: undefined, lookedAt: now, last: undefined, failure: undefined },
  notRenewed: [],
};

const inWords = (health: Partial<TrustServicesHealth>) =>
  trustServiceAlarms({ ...good, ...health }, now).map(({ severity, code, about = "" }) =>
    `${severity} ${code} ${about}`.trim(),
  );

t.test("when all is well nothing is told", async (t) => t.strictSame(inWords({}), []));

t.test(
  "a certificate is told 30 days, 7 days and 1 day before its end, and when it has expired",
  async (t) => {
    const alarmsAt = (days: number) =>
      trustServiceAlarms(
        { ...good, certificates: [{ use: "tls", name: "tls-1", expires: now + days * day }] },
        now,
      );
    t.strictSame(alarmsAt(31), []);
    for (const [days, severity, words] of [
      [30, "warning", /within 30 days/],
      [8, "warning", /within 30 days/],
      [7, "warning", /within 7 days/],
      [1, "critical", /within 1 day:/],
      [-1, "critical", /has expired/],
    ] as const) {
      t.match(alarmsAt(days), [
        { code: "certificate_expiring", severity, detail: words, about: "tls tls-1" },
      ]);
    }
  },
);

t.test("each use of a certificate has a remedy of its own", async (t) => {
  const uses = ["seal", "tls", "ca", "tsa"] as const;
  const certificates = uses.map((use) => ({ use, name: "x", expires: now }));
  const remedies = trustServiceAlarms({ ...good, certificates }, now).map(({ remedy }) => remedy);
  t.equal(new Set(remedies).size, uses.length);
});

t.test("an authority is told after five minutes of failures", async (t) => {
  const authority = {
    ...{
      url: "http://tsa/",
      failures: 3,
      reason: "status 503",
      lastGood: undefined,
      signerExpires: undefined,
    },
    ...{ unexpected: 0, lastUnexpected: undefined },
  };
  const since = (ms: number) => inWords({ authorities: [{ ...authority, failingSince: now - ms }] });
  t.strictSame(since(4 * minute), []);
  t.strictSame(since(5 * minute), ["warning timestamp_authority_failing http://tsa/"]);
});

t.test("an unexpected token is told for a day", async (t) => {
  const told = (time: number) => {
    const unexpected = { count: 1, authority: "http://tsa/", findings: ["the signature is wrong"], time };
    return inWords({ sealing: { ...good.sealing, tokens: { ...good.sealing.tokens, unexpected } } });
  };
  t.strictSame(told(now - minute), ["warning timestamp_unexpected http://tsa/"]);
  t.strictSame(told(now - day), []);
});

t.test("a second authority that stamps no root is told after two days", async (t) => {
  const told = (at: number | undefined) => {
    const second = { at, failure: "status 503" };
    return inWords({ sealing: { ...good.sealing, tokens: { ...good.sealing.tokens, second } } });
  };
  t.strictSame(told(now - day), []);
  t.strictSame(told(now - 3 * day), ["warning second_timestamp_missing"]);
  t.strictSame(told(undefined), ["warning second_timestamp_missing"]);
});

t.test("a record of a later time than its time-stamp is told", async (t) => {
  const contradiction = { batch: 7, genTime: now - day, recordTime: now };
  t.strictSame(inWords({ sealing: { ...good.sealing, contradiction } }), ["critical clock_contradiction"]);
});

t.test(
  "an OCSP response that cannot be refreshed is told while it is good, louder once it is stale",
  async (t) => {
    const told = (state: "good" | "stale" | "none" | "refused", failingSince: number | undefined) =>
      inWords({
        ocsp: [
          {
            ...{
              name: "DEV/GOV/10000001",
              fingerprint: "f",
              state,
              failingSince,
              failures: 3,
              reason: "status 503",
            },
            ...{ thisUpdate: now, freshUntil: now },
          },
        ],
      });
    t.strictSame(told("good", undefined), []);
    t.strictSame(told("good", now - minute), []);
    t.strictSame(told("good", now - 5 * minute), ["warning ocsp_not_refreshed DEV/GOV/10000001"]);
    t.strictSame(told("stale", now - 5 * minute), ["critical ocsp_not_refreshed DEV/GOV/10000001"]);
    t.strictSame(told("refused", undefined), ["critical certificate_refused DEV/GOV/10000001"]);
  },
);

t.test("a renewal that fails is told", async (t) => {
  const failure = { since: now - minute, reason: "no authority" };
  t.strictSame(inWords({ renewal: { ...good.renewal, failure } }), ["warning renewal_failing"]);
});

t.test("each stage of a certificate's end is one line in the log", async (t) => {
  const lines: unknown[] = [];
  const tell = expiryTeller({ warn: (line: unknown) => void lines.push(line) });
  const health = { ...good, certificates: [{ use: "seal", name: "m", expires: now + 40 * day }] as const };
  for (let hours = 0; hours < 42 * 24; hours += 6)
    tell(trustServiceAlarms(health, now + hours * 60 * minute) as never);
  const stages = ["within 30 days", "within 7 days", "within 1 day", "has expired"];
  t.match(
    lines,
    stages.map((words) => ({ about: "seal m", detail: new RegExp(words) })),
  );
  t.equal(lines.length, stages.length);
});

t.test("a certificate that its CA does not renew is told", async (t) => {
  const [alarm] = trustServiceAlarms(
    { ...good, notRenewed: [{ slot: "tls", since: now, reason: "no" }] },
    now,
  );
  t.match(alarm, { code: "enrolment_failing", about: "tls", detail: /since 2026-11-22.*: no/ });
});
