import t from "tap";
import { type Decision, decide, type RuleOutcome, type RuleTrace } from "../../src/policy/decide.ts";
import type { Facts } from "../../src/policy/decision/facts.ts";
import type { Rule } from "../../src/policy/decision/rule.ts";
import { rules } from "../../src/policy/decision/rules.ts";
import { type Audience, refusalFor, traceFor } from "../../src/policy/decision/trace-for.ts";
import { purposeOf } from "../../src/policy/purpose.ts";
import { agreementOf, published } from "./grant.ts";

const { description } = published();
const purpose = purposeOf(description, "means-test")!;
const agreement = agreementOf();
const facts: Facts = {
  now: Date.UTC(2026, 10, 22),
  endpoint: { method: "GET", template: "/persons/{code}" },
  version: "1.0.0",
  purpose,
  purposeSource: "stated",
  lawfulBasis: purpose.recordedBasis,
  decisionUse: null,
  agreements: [agreement],
  named: null,
  answers: { description, endpoint: description.endpoints[0]!, withdrawnFields: [] },
  permission: null,
  emergency: null,
};
const audiences: readonly Audience[] = ["consumer", "provider", "auditor"];

t.test("every line says what was looked at, who can mend it, and where to read more", async (t) => {
  const decision = decide({ ...facts, decisionUse: "automated" });
  for (const audience of audiences) {
    const lines = traceFor(decision, audience);
    t.strictSame(
      new Set(lines.map(({ outcome }) => outcome)),
      new Set(["passed"]),
      `${audience} sees that all passed`,
    );
    const { id, revision, sha256 } = agreement;
    const granting = { kind: "agreement", id, revision, sha256 };
    t.match(
      lines.find(({ rule }) => rule === "agreement.purpose"),
      {
        inputs: [granting, { kind: "purpose", id: "means-test", revision: 1, sha256: purpose.sha256 }],
        mends: "consumer",
        link: "README.md#error-purpose_not_granted",
      },
    );
    t.match(lines.find(({ rule }) => rule === "agreement.fields")?.inputs.at(-1), {
      kind: "description",
      revision: "1.0.0",
      sha256: description.sha256,
    });
  }
});

t.test("a trace ends with the rule that failed, which names what was left before it", async (t) => {
  const decision = decide({ ...facts, endpoint: { method: "POST", template: "/persons/{code}" } });
  if (decision.verdict !== "deny") throw new TypeError("it is denied");
  const lines = traceFor(decision, "consumer");
  t.match(lines.at(-1), {
    rule: "agreement.endpoint",
    outcome: "failed",
    code: "access_denied",
    inputs: [{ kind: "agreement", id: agreement.id }],
    mends: "provider",
  });
  t.strictSame(refusalFor(decision, "consumer"), { rule: "agreement.endpoint", code: "access_denied" });
});

t.test("no trace holds a value of the call", async (t) => {
  const secret = { basis: "consent", provision: "38001010000" };
  const text = JSON.stringify(traceFor(decide({ ...facts, lawfulBasis: secret }), "auditor"));
  t.notMatch(text, /38001010000/);
});

/** What a decision would be whose table has these rules about persons behind the others. */
function withPersons(outcomes: readonly RuleOutcome[]): Decision {
  const decision = decide(facts);
  const others = decision.trace.filter(({ rule }) => rule.about === "call");
  const rule: Rule = {
    ...rules[0]!,
    ...({ about: "person", code: "permission_required", mends: "person" } as const),
    inputs: () => [{ kind: "permission", id: "p", revision: 1, sha256: "d" }],
  };
  const persons = outcomes.map(
    (outcome, i): RuleTrace => ({
      ...{ outcome, agreements: [], rule: { ...rule, name: `permission.${i}` } },
    }),
  );
  return { ...decision, trace: [...others.slice(0, 3), ...persons, ...others.slice(3)] };
}

t.test("rules about a person are one line to the consumer, whichever of them failed", async (t) => {
  const one = traceFor(withPersons(["failed"]), "consumer");
  const other = traceFor(withPersons(["passed", "passed", "failed"]), "consumer");
  t.strictSame(one, other);
  t.strictSame(one[3], {
    ...{ rule: "person", outcome: "failed", code: "permission_required", inputs: [], mends: "person" },
    link: "README.md#error-permission_required",
  });
  t.equal(traceFor(withPersons(["passed", "unknown"]), "consumer")[3]?.outcome, "unknown");
  t.equal(traceFor(withPersons(["passed", "passed"]), "consumer")[3]?.outcome, "passed");
  t.equal(traceFor(withPersons(["skipped", "skipped"]), "consumer")[3]?.outcome, "skipped");
  for (const audience of ["provider", "auditor"] as const) {
    const names = traceFor(withPersons(["passed", "failed"]), audience).map(({ rule }) => rule);
    t.ok(names.includes("permission.1"), `${audience} sees each of them`);
  }
});

t.test("a refusal by a rule about a person is the same one, whichever it was", async (t) => {
  const [failed] = rules.filter(({ about }) => about === "call");
  const base = { verdict: "deny", facts, trace: [] } as const;
  const refusals = ["permission.validity", "permission.uses"].map((name) =>
    refusalFor({ ...base, failed: { ...failed!, name, about: "person" } }, "consumer"),
  );
  t.strictSame(refusals[0], refusals[1]);
  t.strictSame(refusals[0], { rule: "person", code: "permission_required" });
});

t.test("rules have names of their own; those about persons stand together and have one code", async (t) => {
  t.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  const hidden = rules.flatMap(({ about }, i) => (about === "call" ? [] : [i]));
  t.strictSame(
    hidden,
    hidden.map((_, i) => hidden[0]! + i),
    "no other rule between them tells which one failed",
  );
  for (const { about, code } of rules) if (about !== "call") t.equal(code, "permission_required");
});
