import fc from "fast-check";
import t from "tap";
import { parseClientId, parseServiceId } from "../../src/core/ids.ts";
import type { Agreement } from "../../src/policy/agreement.ts";
import { decide, defaultPurpose } from "../../src/policy/decide.ts";
import type { Facts, JudgedPurpose } from "../../src/policy/decision/facts.ts";
import { residence } from "../catalogue/residence.ts";
import { published } from "./grant.ts";

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
const named = { id: "a", revision: 1, sha256: "digest-a" };
const basis = { basis: "public-task", provision: "Act%204" } as const;
const purposeNamed = (id: string, revision = 1, more: Partial<JudgedPurpose> = {}): JudgedPurpose => ({
  ...{ id, revision, sha256: `digest-${id}-${revision}`, elements: ["person.residence"] },
  ...{ ends: now + 1, recordedBasis: basis },
  ...more,
});
const meansTest = (more: Partial<JudgedPurpose>) => ({ purpose: purposeNamed("means-test", 1, more) });
/** Of a service whose endpoint answers this. */
const answersOf = (changes: object = {}, more: object = {}) => {
  const { description } = published(changes);
  return { description, endpoint: description.endpoints[0]!, withdrawnFields: [], ...more };
};
const facts: Facts = {
  now,
  endpoint: { method: "GET", template: "/persons/{code}" },
  version: "1.2.3",
  purpose: purposeNamed("means-test"),
  purposeSource: "stated",
  lawfulBasis: basis,
  decisionUse: null,
  agreements: [agreement],
  named,
  answers: answersOf(),
  permission: null,
  emergency: null,
};
const withAgreement = (changes: Partial<Agreement>): Partial<Facts> => ({
  agreements: [{ ...agreement, ...changes }],
});

const claimed = { userNamed: true, suspended: new Set<string>() };
const inNeed = { ...meansTest({ emergency: true }), ...withAgreement({ emergency: true }) };

const permits: [string, Partial<Facts>][] = [
  ["everything fits", {}],
  ["none is named", { named: null }],
  ["any method is granted", withAgreement({ endpoints: [{ method: "*", path: "/persons/{code}" }] })],
  ["every endpoint is granted", withAgreement({ endpoints: [{ method: "GET", path: "/**" }] })],
  ["another purpose in its revision is asked for", { purpose: purposeNamed("audit", 2) }],
  [
    "no purpose is asked for and none is agreed",
    { ...withAgreement({ purposes: null }), purpose: null, lawfulBasis: null },
  ],
  ["a purpose is asked for and none is agreed", withAgreement({ purposes: null })],
  ["the purpose is found for the caller", { purposeSource: "defaulted" }],
  ["the purpose must be stated, and is", withAgreement({ statedPurpose: "required" })],
  [
    "the use is one of those allowed",
    { ...meansTest({ decisionUses: ["caseworker"] }), decisionUse: "caseworker" },
  ],
  ["any use is allowed", { decisionUse: "automated" }],
  ["neither purpose nor call names a basis", { ...meansTest({ recordedBasis: null }), lawfulBasis: null }],
  [
    "content that is not read",
    { ...meansTest({ elements: ["income"] }), answers: answersOf({ contentKind: "opaque" }) },
  ],
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
    t.strictSame(new Set(decision.trace.map(({ outcome }) => outcome)), new Set(["passed"]));
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
    "no purpose, where one needs a permission and none is agreed",
    {
      ...withAgreement({ purposes: null }),
      ...{ purpose: null, purposeSource: null, lawfulBasis: null },
      answers: answersOf({ purposes: [{ ...residence.purposes[0], permission: "consent" }] }),
    },
    "purpose.named",
    "purpose_not_granted",
  ],
  ["another purpose", { purpose: purposeNamed("marketing") }, "agreement.purpose", "purpose_not_granted"],
  [
    "another revision of the purpose",
    { purpose: purposeNamed("audit") },
    "agreement.purpose",
    "purpose_not_granted",
  ],
  [
    "other bytes are named",
    { named: { ...named, sha256: "digest-b" } },
    "agreement.named",
    "agreement_mismatch",
  ],
  ["another id is named", { named: { ...named, id: "b" } }, "agreement.named", "agreement_mismatch"],
  [
    "another revision is named",
    { named: { ...named, revision: 2 } },
    "agreement.named",
    "agreement_mismatch",
  ],
  ["the purpose has ended", { ...meansTest({ ends: now }) }, "purpose.validity", "purpose_expired"],
  ["it ends on no day", { ...meansTest({ ends: Number.NaN }) }, "purpose.validity", "purpose_expired"],
  ["no basis is named", { lawfulBasis: null }, "purpose.basis", "lawful_basis_mismatch"],
  [
    "another basis is named",
    { lawfulBasis: { ...basis, basis: "consent" } },
    "purpose.basis",
    "lawful_basis_mismatch",
  ],
  [
    "another provision is named",
    { lawfulBasis: { ...basis, provision: "Act%205" } },
    "purpose.basis",
    "lawful_basis_mismatch",
  ],
  [
    "a basis is named where the purpose has none",
    { ...meansTest({ recordedBasis: null }) },
    "purpose.basis",
    "lawful_basis_mismatch",
  ],
  [
    "an automated use where a caseworker's is allowed",
    { ...meansTest({ decisionUses: ["caseworker"] }), decisionUse: "automated" },
    "purpose.decision-use",
    "decision_use_not_allowed",
  ],
  [
    "no use where only some are allowed",
    { ...meansTest({ decisionUses: ["caseworker", "analytics"] }) },
    "purpose.decision-use",
    "decision_use_not_allowed",
  ],
  [
    "a use for no decision where only some are allowed",
    { ...meansTest({ decisionUses: ["caseworker"] }), decisionUse: "none" },
    "purpose.decision-use",
    "decision_use_not_allowed",
  ],
  [
    "an emergency that the agreement does not grant",
    { ...meansTest({ emergency: true }), emergency: claimed },
    "emergency.granted",
    "emergency_not_granted",
  ],
  [
    "an emergency that the purpose does not allow",
    { ...withAgreement({ emergency: true }), emergency: claimed },
    "emergency.granted",
    "emergency_not_granted",
  ],
  [
    "an emergency under a suspended grant",
    { ...inNeed, emergency: { ...claimed, suspended: new Set(["a"]) } },
    "emergency.granted",
    "emergency_not_granted",
  ],
  [
    "an emergency for which nobody answers",
    { ...inNeed, emergency: { ...claimed, userNamed: false } },
    "emergency.user",
    "emergency_user_missing",
  ],
  [
    "an emergency outside of the agreement's time",
    { ...inNeed, emergency: claimed, now: now + 1 },
    "agreement.validity",
    "access_denied",
  ],
  [
    "signed content that would have to be cut",
    { answers: answersOf({ contentKind: "signed" }) },
    "content.signed",
    "signed_not_filtered",
  ],
  [
    "signed content that nobody described",
    {
      answers: answersOf({
        contentKind: "signed",
        endpoints: [{ method: "GET", path: "/persons/{code}" }],
      }),
    },
    "content.signed",
    "signed_not_filtered",
  ],
  [
    "nothing would be left",
    { ...meansTest({ elements: ["income"], sha256: "digest-income" }) },
    "agreement.fields",
    "nothing_granted",
  ],
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
    t.match(decision, { verdict: "deny", failed: { name: rule, code } });
    t.match(
      decision.trace.at(-1),
      { rule: { name: rule }, outcome: "failed" },
      "the trace ends with the rule that failed",
    );
  });
}

const opens: [string, Partial<Facts>, string[]][] = [
  ["the agreements are not known", { agreements: "unknown" }, ["agreements"]],
  ["which is named is not known", { named: "unknown" }, ["named"]],
  ["the purpose is not known", { purpose: "unknown" }, ["purpose"]],
  ["who named the purpose is not known", { purposeSource: "unknown" }, ["purposeSource"]],
  ["the basis is not known", { lawfulBasis: "unknown" }, ["lawfulBasis"]],
  ["the use is not known", { decisionUse: "unknown" }, ["decisionUse"]],
  ["what it answers is not known", { answers: "unknown" }, ["answers"]],
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
  fc
    .record({
      id: fc.constantFrom("means-test", "other"),
      revision: fc.constantFrom(1, 2),
      more: fc.record({
        ends: fc.constantFrom(now, now + 1),
        decisionUses: fc.constantFrom(undefined, ["caseworker"] as const),
        elements: fc.constantFrom(["person.residence"], ["income"]),
      }),
    })
    .map(({ id, revision, more: { decisionUses, ...more } }) =>
      purposeNamed(id, revision, {
        ...more,
        ...(decisionUses && { decisionUses }),
        sha256: `digest-${more.elements}`,
      }),
    ),
);
const decisionUse = fc.constantFrom("caseworker" as const, "automated" as const, null);
const lawfulBasis = fc.constantFrom(basis, { ...basis, provision: "other" }, null);
const purposeSource = fc.constantFrom("stated" as const, "defaulted" as const);
const signedFor = fc.option(digest.map((sha256) => ({ ...named, sha256 })));
const stated = { purpose, purposeSource, decisionUse, lawfulBasis, named: signedFor };
const known = fc.record({ endpoint, agreements, ...stated }).map(
  (some): Facts => ({
    ...facts,
    ...some,
    agreements: some.agreements.map((changes) => ({ ...agreement, ...changes })),
  }),
);

t.test(
  "it never permits while a fact is unknown, and what it denies stays denied when more is known",
  async (t) => {
    const hide = fc.subarray([
      ...(["agreements", "purpose", "purposeSource", "named"] as const),
      ...(["lawfulBasis", "decisionUse", "answers"] as const),
    ]);
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
        (all.named === null || (all.named as { sha256: string }).sha256 === sha256) &&
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

t.test("an emergency passes rules about permissions by, and asks for none", async (t) => {
  const decision = decide({ ...facts, ...inNeed, emergency: claimed, permission: "unknown" });
  t.equal(decision.verdict, "permit");
  for (const { rule, outcome } of decision.trace)
    t.equal(outcome, rule.about === "person" ? "skipped" : "passed", rule.name);
});
