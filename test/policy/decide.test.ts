import fc from "fast-check";
import t from "tap";
import { parseClientId, parseServiceId } from "../../src/core/ids.ts";
import type { Agreement } from "../../src/policy/agreement.ts";
import { decide, defaultPurpose, type Facts } from "../../src/policy/decide.ts";

const now = Date.UTC(2026, 10, 22);
const agreement: Agreement = {
  id: "a",
  revision: 1,
  sha256: "digest-a",
  bytes: Buffer.alloc(0),
  consumer: parseClientId("DEV/GOV/1/c"),
  service: parseServiceId("DEV/GOV/2/s/x"),
  endpoints: [{ method: "GET", path: "/persons/{code}" }],
  validity: { from: now, to: now + 1 },
  serviceVersions: "^1.2",
  purposes: [{ id: "means-test" }, { id: "audit", revision: 2 }],
  statedPurpose: "optional",
  fields: null,
  reason: null,
};
const facts: Facts = {
  now,
  endpoint: { method: "GET", template: "/persons/{code}" },
  version: "1.2.3",
  purpose: { id: "means-test", revision: 1 },
  purposeSource: "stated",
  agreements: [agreement],
  named: "digest-a",
};
const withAgreement = (changes: Partial<Agreement>): Partial<Facts> => ({
  agreements: [{ ...agreement, ...changes }],
});

const permits: [string, Partial<Facts>][] = [
  ["everything fits", {}],
  ["none is named", { named: null }],
  ["any method is granted", withAgreement({ endpoints: [{ method: "*", path: "/persons/{code}" }] })],
  ["every endpoint is granted", withAgreement({ endpoints: [{ method: "GET", path: "/**" }] })],
  ["another purpose in its revision is asked for", { purpose: { id: "audit", revision: 2 } }],
  ["no purpose is asked for and none is agreed", { ...withAgreement({ purposes: null }), purpose: null }],
  ["a purpose is asked for and none is agreed", withAgreement({ purposes: null })],
  ["the purpose is found for the caller", { purposeSource: "defaulted" }],
  ["the purpose must be stated, and is", withAgreement({ statedPurpose: "required" })],
  ["no versions are agreed", { ...withAgreement({ serviceVersions: null }), version: "7.0.0" }],
  ["a later version of the range", { version: "1.9.0" }],
  [
    "another one does not fit",
    { agreements: [{ ...agreement, endpoints: [], sha256: "digest-b" }, agreement] },
  ],
];
for (const [what, changes] of permits) {
  t.test(`permitted: ${what}`, async (t) => {
    const decision = decide({ ...facts, ...changes });
    t.match(decision, { verdict: "permit", agreement: { id: "a" } });
    t.ok(decision.trace.every(({ outcome }) => outcome === "passed"));
  });
}

const denies: [string, Partial<Facts>, rule: string, code: string][] = [
  ["no agreement", { agreements: [] }, "agreement.exists", "access_denied"],
  ["it has not begun", { now: now - 1 }, "agreement.validity", "access_denied"],
  ["it has ended", { now: now + 1 }, "agreement.validity", "access_denied"],
  [
    "another method",
    { endpoint: { method: "POST", template: "/persons/{code}" } },
    "agreement.endpoint",
    "access_denied",
  ],
  [
    "another endpoint",
    { endpoint: { method: "GET", template: "/persons" } },
    "agreement.endpoint",
    "access_denied",
  ],
  [
    "a wider endpoint than granted",
    { endpoint: { method: "GET", template: "/**" } },
    "agreement.endpoint",
    "access_denied",
  ],
  ["an earlier version", { version: "1.1.9" }, "agreement.version", "version_not_granted"],
  ["the next major version", { version: "2.0.0" }, "agreement.version", "version_not_granted"],
  [
    "the purpose must be stated, and is found for the caller",
    { ...withAgreement({ statedPurpose: "required" }), purposeSource: "defaulted" },
    "agreement.stated",
    "purpose_not_stated",
  ],
  [
    "a purpose must be stated, and there is none",
    { ...withAgreement({ statedPurpose: "required", purposes: null }), purpose: null, purposeSource: null },
    "agreement.stated",
    "purpose_not_stated",
  ],
  ["no purpose", { purpose: null }, "agreement.purpose", "purpose_not_granted"],
  [
    "another purpose",
    { purpose: { id: "marketing", revision: 1 } },
    "agreement.purpose",
    "purpose_not_granted",
  ],
  [
    "another revision of the purpose",
    { purpose: { id: "audit", revision: 1 } },
    "agreement.purpose",
    "purpose_not_granted",
  ],
  ["another one is named", { named: "digest-b" }, "agreement.named", "agreement_mismatch"],
  [
    "it has ended, and which is named is not known",
    { now: now + 1, named: "unknown" },
    "agreement.validity",
    "access_denied",
  ],
];
for (const [what, changes, rule, code] of denies) {
  t.test(`denied: ${what}`, async (t) => {
    const decision = decide({ ...facts, ...changes });
    t.match(decision, { verdict: "deny", rule, code });
    t.strictSame(
      decision.trace.at(-1),
      { rule, outcome: "failed" },
      "the trace ends with the rule that failed",
    );
  });
}

const opens: [string, Partial<Facts>, string[]][] = [
  ["the agreements are not known", { agreements: "unknown" }, ["agreements"]],
  ["which is named is not known", { named: "unknown" }, ["named"]],
  ["the purpose is not known", { purpose: "unknown" }, ["purpose"]],
  ["who named the purpose is not known", { purposeSource: "unknown" }, ["purposeSource"]],
  ["neither is known", { agreements: "unknown", named: "unknown" }, ["agreements", "named"]],
];
for (const [what, changes, needed] of opens) {
  t.test(`open: ${what}`, async (t) =>
    t.match(decide({ ...facts, ...changes }), { verdict: "open", needed }),
  );
}

const digest = fc.constantFrom("digest-a", "digest-b", "digest-c");
const endpoint = fc.record({ method: fc.constantFrom("GET", "POST"), template: fc.constantFrom("/a", "/b") });
const agreements = fc.array(
  fc.record({
    sha256: digest,
    endpoints: fc.array(
      fc.record({ method: fc.constantFrom("GET", "*"), path: fc.constantFrom("/a", "/**") }),
      { maxLength: 2 },
    ),
    purposes: fc.option(fc.constant([{ id: "means-test" }])),
    statedPurpose: fc.constantFrom("required" as const, "optional" as const),
    validity: fc.record({
      from: fc.integer({ min: now - 2, max: now }),
      to: fc.integer({ min: now, max: now + 2 }),
    }),
  }),
  { maxLength: 3 },
);
const purpose = fc.option(
  fc.record({ id: fc.constantFrom("means-test", "other"), revision: fc.constantFrom(1, 2) }),
);
const purposeSource = fc.constantFrom("stated" as const, "defaulted" as const);
const known = fc.record({ endpoint, agreements, purpose, purposeSource, named: fc.option(digest) }).map(
  (some): Facts => ({
    ...some,
    ...{ now, version: "1.2.3" },
    agreements: some.agreements.map((changes) => ({ ...agreement, ...changes })),
  }),
);

t.test(
  "it never permits while a fact is unknown, and what it denies stays denied when more is known",
  async (t) => {
    const hide = fc.subarray(["agreements", "purpose", "purposeSource", "named"] as const);
    const property = fc.property(known, hide, (all, hidden) => {
      const verdict = decide({
        ...all,
        ...Object.fromEntries(hidden.map((name) => [name, "unknown"])),
      }).verdict;
      const final = decide(all).verdict;
      if (final === "open") return false;
      if (verdict === "deny") return final === "deny";
      return hidden.length === 0 ? verdict === final : verdict === "open";
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
  },
);

t.test(
  "it permits only by an agreement that is in force, grants the endpoint and is the one named",
  async (t) => {
    const property = fc.property(known, (all) => {
      const decision = decide(all);
      if (decision.verdict !== "permit") return true;
      const { validity, endpoints, purposes, statedPurpose, sha256 } = decision.agreement;
      return (
        (statedPurpose === "optional" || all.purposeSource === "stated") &&
        validity.from <= now &&
        now < validity.to &&
        endpoints.some(({ path }) => path === "/**" || path === all.endpoint.template) &&
        (all.named === null || all.named === sha256) &&
        (purposes === null || purposes.some(({ id }) => id === (all.purpose as { id: string } | null)?.id))
      );
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
  },
);

const one = { ...agreement, purposes: [{ id: "means-test" }] };
const defaults: [string, Partial<Facts>, string | undefined][] = [
  ["one agreement with one purpose", { agreements: [one] }, "means-test"],
  [
    "the other one is for another version",
    { agreements: [{ ...agreement, serviceVersions: "2" }, one] },
    "means-test",
  ],
  ["one agreement with two purposes", {}, undefined],
  [
    "one agreement with one purpose, which must be stated",
    { agreements: [{ ...one, statedPurpose: "required" }] },
    undefined,
  ],
  [
    "two agreements, in one of which the purpose must be stated",
    { agreements: [one, { ...one, id: "b", statedPurpose: "required" }] },
    "means-test",
  ],
  ["one agreement that asks for none", withAgreement({ purposes: null }), undefined],
  ["two agreements with one purpose each", { agreements: [one, { ...one, id: "b" }] }, undefined],
  [
    "two agreements, of which one asks for none",
    { agreements: [one, { ...one, purposes: null }] },
    undefined,
  ],
  ["it has ended", { agreements: [one], now: now + 1 }, undefined],
  ["no agreement", { agreements: [] }, undefined],
  ["agreements that are not known", { agreements: "unknown" }, undefined],
];
for (const [what, changes, expected] of defaults) {
  t.test(`purpose of a call that names none: ${what}`, async (t) =>
    t.equal(defaultPurpose({ ...facts, ...changes }), expected),
  );
}
