import t from "tap";
import { parseClientId } from "../../../src/core/ids.ts";
import { isUnsuspended, stopKey } from "../../../src/policy/agreement.ts";
import {
  type AgreementAct,
  agreementActWords,
  parseAgreementAct,
  termsDigest,
} from "../../../src/policy/agreements/agreement-act.ts";
import { agreementHint } from "../../../src/policy/agreements/agreement-hint.ts";
import {
  type AgreementHistory,
  afterAgreementAct,
} from "../../../src/policy/agreements/agreement-history.ts";
import { agreementsAfter, stateAt, termsAt } from "../../../src/policy/agreements/agreement-standing.ts";
import { actOn, day, historyAfter, kept, now, terms } from "./acts.ts";

/*
 * What acts make of an agreement: computed alike by both sides.
 */

type Word = AgreementAct["act"];
const states: Readonly<Record<string, () => AgreementHistory | undefined>> = {
  absent: () => undefined,
  requested: () => historyAfter(["request"]),
  approved: () => historyAfter(["request", "approve"]),
  "change-requested": () => historyAfter(["request", "approve", "change"]),
  declined: () => historyAfter(["request", "decline"]),
  ended: () => historyAfter(["request", "approve", "end"]),
};

const allowed: Readonly<Record<string, readonly Word[]>> = {
  absent: ["request"],
  requested: ["approve", "decline", "change", "suspend", "end"],
  approved: ["change", "suspend", "end"],
  "change-requested": ["approve", "decline", "change", "suspend", "end"],
  declined: [],
  ended: [],
};

/** What needs more than a state is tested by itself below. */
const special: readonly Word[] = ["resume", "declare", "verify", "withdraw"];

for (const [state, before] of Object.entries(states)) {
  t.test(`an agreement that is ${state}`, async (t) => {
    for (const word of agreementActWords.filter((one) => !special.includes(one))) {
      const history = before();
      const isDone = allowed[state]!.includes(word);
      const act = actOn(history === undefined || isDone ? history : { ...history, proposal: null }, word);
      const take = () => afterAgreementAct(history, { ...kept(act), received: now });
      if (isDone) t.doesNotThrow(take, `${word} is done`);
      else t.throws(take, { code: "transition_refused" }, `${word} is refused`);
    }
  });
}

const approved = () => historyAfter(["request", "approve"]);
const twoTerms = () => historyAfter(["request", "approve", "change"]);

t.test("the whole life of one", async (t) => {
  t.match(historyAfter(["request"]), { state: "requested", inForce: null, proposal: { by: "consumer" } });
  t.match(approved(), { state: "approved", proposal: null, inForce: { agreement: { revision: 1 } } });
  const changed = twoTerms();
  t.match(changed, { state: "change-requested", proposal: { agreement: { revision: 2 } } });
  t.equal(agreementsAfter(changed)[0]!.revision, 1, "what is in force stays until the other side approves");
  t.equal(agreementsAfter(historyAfter(["request", "approve", "change", "approve"]))[0]!.revision, 2);
  const declined = historyAfter(["request", "approve", "change", "decline"]);
  t.match(declined, { state: "approved", proposal: null, inForce: { agreement: { revision: 1 } } });
  t.strictSame(agreementsAfter(historyAfter(["request", "approve", "end"])), []);
  t.strictSame(agreementsAfter(historyAfter(["request"])), [], "what is asked for only permits nothing");
});

t.test("a provider may propose other terms than it was asked for, and the consumer approves", async (t) => {
  const history = historyAfter(["request", ["change", { by: "provider" }], ["approve", { by: "consumer" }]]);
  t.match(history, { state: "approved", inForce: { agreement: { revision: 2 } } });
});

for (const party of ["consumer", "provider"]) {
  t.test(`the flag of the ${party} alone stops calls, and nobody else clears it`, async (t) => {
    const suspended = historyAfter(["request", "approve", ["suspend", { by: party }]]);
    const [agreement] = agreementsAfter(suspended);
    t.strictSame(agreement!.standing!.suspendedBy, [party]);
    t.notOk(isUnsuspended(agreement!, now, {}));
    for (const other of ["consumer", "provider"].filter((one) => one !== party)) {
      const act = actOn(suspended, "resume", { by: other });
      t.throws(() => afterAgreementAct(suspended, { ...kept(act), received: now }), {
        code: "transition_refused",
      });
    }
    const again = actOn(suspended, "suspend", { by: party });
    t.throws(() => afterAgreementAct(suspended, { ...kept(again), received: now }), {
      code: "transition_refused",
    });
    const resumed = actOn(suspended, "resume", { by: party });
    const [after] = agreementsAfter(afterAgreementAct(suspended, { ...kept(resumed), received: now }));
    t.ok(isUnsuspended(after!, now, {}));
  });
}

t.test("what the authority stopped, nobody relies on, in a file too", async (t) => {
  const [agreement] = agreementsAfter(approved());
  const { standing: _, ...ofFile } = agreement!;
  for (const state of ["suspended", "ended"] as const) {
    const stop = { state, since: now, reason: "an inspection" };
    const stops = new Map([[stopKey(agreement!), stop]]);
    t.notOk(isUnsuspended(agreement!, now, { stops }));
    t.notOk(isUnsuspended(ofFile, now, { stops }));
    t.match(
      agreementHint("agreement.suspended", [agreement!], now, { stops }),
      /suspended by the authority$/,
    );
    const ofOthers = { ...agreement!, consumer: parseClientId("DEV/COM/30000009/other") };
    t.ok(isUnsuspended(ofOthers, now, { stops }), "another pair may have given the same id");
  }
});

t.test("two flags are cleared one by one", async (t) => {
  const words = [
    "request",
    "approve",
    ["suspend", { by: "provider" }],
    ["suspend", { by: "consumer" }],
  ] as const;
  const history = historyAfter([...words, ["resume", { by: "provider" }]]);
  t.strictSame(agreementsAfter(history)[0]!.standing!.suspendedBy, ["consumer"]);
});

const ordered = { provision: "Data Act, section 5", withinDays: 20 };
const byLaw = ["request", { byLaw: ordered }] as const;

t.test("where the law orders the access, the provider has a deadline", async (t) => {
  const history = historyAfter([byLaw]);
  const deadline = now + 20 * day;
  t.equal(history.proposal!.deadline, deadline, "from when the provider took the request");
  t.equal(stateAt(history, deadline - 1), "requested");
  t.equal(stateAt(history, deadline), "approved", "to the millisecond");
  t.equal(termsAt(history, deadline - 1), null);
  t.equal(termsAt(history, deadline)!.agreement.revision, 1);
  const [agreement] = agreementsAfter(history);
  t.equal(agreement!.validity.from, deadline, "calls are permitted from then on");
  t.equal(
    historyAfter([byLaw], null).proposal!.deadline,
    null,
    "a request that did not arrive has no deadline",
  );
});

t.test("where the law orders the access, the provider has no veto", async (t) => {
  const vetoes = ["decline", "suspend", "end", "change"] as const;
  for (const word of vetoes) {
    const history = historyAfter([byLaw]);
    const act = actOn(history, word, { by: "provider" });
    t.throws(
      () => afterAgreementAct(history, { ...kept(act), received: now }),
      { code: "agreement_by_law" },
      word,
    );
  }
  const inForce = historyAfter([byLaw, "approve"]);
  for (const word of ["suspend", "end"] as const) {
    const act = actOn(inForce, word, { by: "provider" });
    t.throws(
      () => afterAgreementAct(inForce, { ...kept(act), received: now }),
      { code: "agreement_by_law" },
      word,
    );
    for (const by of ["consumer"])
      t.doesNotThrow(
        () => afterAgreementAct(inForce, { ...kept(actOn(inForce, word, { by })), received: now }),
        `${word} ${by}`,
      );
  }
  const proposed = actOn(inForce, "change", { by: "provider" });
  t.doesNotThrow(() => afterAgreementAct(inForce, { ...kept(proposed), received: now }), "it may propose");
  // A provider may sign a receipt of its own act: of a message the consumer discloses, by terms that it never approved.
  const widened = actOn(inForce, "change", { by: "provider", byLaw: ordered });
  const after = afterAgreementAct(inForce, { ...kept(widened), received: now - 40 * day });
  t.equal(after.proposal!.deadline, null, "and waits for the consumer, whatever law it names");
  t.strictSame(
    agreementsAfter(after).map(({ revision }) => revision),
    [1],
  );
});

t.test("terms that the law puts in the place of others follow them without a gap", async (t) => {
  const history = historyAfter(["request", "approve", ["change", { byLaw: ordered }]]);
  const deadline = now + 20 * day;
  const [before, after] = agreementsAfter(history);
  t.strictSame([before!.validity.to, after!.validity.from], [deadline, deadline]);
  t.strictSame([before!.revision, after!.revision], [1, 2]);
});

const withConditions = (kind: string) => {
  const document = terms({ conditions: [{ kind, attribute: "audited" }] });
  return ["request", { document, terms: termsDigest(document) }] as const;
};

t.test("a condition that the provider verifies: until its time, and until it is withdrawn", async (t) => {
  const request = withConditions("verified");
  const [unmet] = agreementsAfter(historyAfter([request, "approve"]));
  t.notOk(isUnsuspended(unmet!, now, {}), "nobody has vouched yet");
  const [met] = agreementsAfter(historyAfter([request, "approve", "verify"]));
  t.ok(isUnsuspended(met!, now + 30 * day - 1, {}));
  t.notOk(isUnsuspended(met!, now + 30 * day, {}), "its loss suspends, to the millisecond");
  const [lost] = agreementsAfter(
    historyAfter([request, "approve", "verify", ["withdraw", { by: "provider" }]]),
  );
  t.notOk(isUnsuspended(lost!, now, {}));
});

t.test("a condition that the consumer declares: until it is withdrawn", async (t) => {
  const request = withConditions("declared");
  const [met] = agreementsAfter(historyAfter([request, "declare", "approve"]));
  t.ok(isUnsuspended(met!, now + 1000 * day, {}));
  const [lost] = agreementsAfter(historyAfter([request, "declare", "approve", "withdraw"]));
  t.notOk(isUnsuspended(lost!, now, {}));
});

t.test("an attribute counts only as its condition asks", async (t) => {
  const verified = historyAfter([withConditions("verified")]);
  t.throws(() => afterAgreementAct(verified, { ...kept(actOn(verified, "declare")), received: now }), {
    code: "act_refused",
  });
  const declared = historyAfter([withConditions("declared"), "declare"]);
  const act = actOn(declared, "withdraw", { by: "provider" });
  t.throws(() => afterAgreementAct(declared, { ...kept(act), received: now }), {
    code: "transition_refused",
  });
  const plain = historyAfter(["request"]);
  t.throws(() => afterAgreementAct(plain, { ...kept(actOn(plain, "declare")), received: now }), {
    code: "act_refused",
  });
});

t.test("a condition that the authority certifies: by the configuration, until its time", async (t) => {
  const [agreement] = agreementsAfter(historyAfter([withConditions("certified"), "approve"]));
  const certified = new Map([["audited", now + day]]);
  t.notOk(isUnsuspended(agreement!, now, {}), "nothing is certified");
  t.notOk(isUnsuspended(agreement!, now, { certified: new Map([["other", now + day]]) }));
  t.ok(isUnsuspended(agreement!, now + day - 1, { certified }));
  t.notOk(isUnsuspended(agreement!, now + day, { certified }), "its end suspends, to the millisecond");
  const { standing: _, ...ofFile } = agreement!;
  t.ok(isUnsuspended(ofFile, now, { certified }), "on which nobody acts");
  t.match(
    agreementHint("agreement.suspended", [agreement!], now, {}),
    /suspended by a condition that the consumer does not meet/,
  );
  const bySide = historyAfter([withConditions("certified"), "approve"]);
  t.throws(() => afterAgreementAct(bySide, { ...kept(actOn(bySide, "declare")), received: now }), {
    code: "act_refused",
  });
});

type Fault = readonly [
  what: string,
  code: string,
  history: () => AgreementHistory,
  act: (history: AgreementHistory) => AgreementAct,
];

const other = "A".repeat(43);
const faults: readonly Fault[] = [
  ["out of order", "act_out_of_order", approved, (history) => actOn(history, "end", { previous: other })],
  ["replayed", "act_out_of_order", approved, () => actOn(historyAfter(["request"]), "approve")],
  ["a first one where there is one", "act_out_of_order", approved, () => actOn(undefined, "request")],
  [
    "by another consumer",
    "agreement_mismatch",
    approved,
    (history) => actOn(history, "end", { consumer: "DEV/GOV/9/x" }),
  ],
  [
    "on another service",
    "agreement_mismatch",
    approved,
    (history) => actOn(history, "end", { service: "DEV/GOV/9/x/y" }),
  ],
  [
    "with another terms digest",
    "agreement_mismatch",
    approved,
    (history) => actOn(history, "end", { terms: other }),
  ],
  [
    "about another revision",
    "agreement_mismatch",
    approved,
    (history) => actOn(history, "suspend", { revision: 2 }),
  ],
  [
    "about what is not proposed any more",
    "agreement_mismatch",
    twoTerms,
    (history) => actOn(history, "suspend", { revision: 2 }),
  ],
  [
    "that skips a revision",
    "agreement_mismatch",
    approved,
    (history) => {
      const document = terms({ revision: 3 });
      return actOn(history, "change", { document, revision: 3, terms: termsDigest(document) });
    },
  ],
  [
    "whose document has another id",
    "agreement_mismatch",
    approved,
    (history) => {
      const document = terms({ revision: 2, id: "b" });
      return actOn(history, "change", { document, terms: termsDigest(document) });
    },
  ],
  [
    "that approves its own terms",
    "access_denied",
    twoTerms,
    (history) => actOn(history, "approve", { by: "consumer" }),
  ],
];
for (const [what, code, before, make] of faults) {
  t.test(`refused: an act ${what}`, async (t) => {
    const history = before();
    t.throws(() => afterAgreementAct(history, { ...kept(make(history)), received: now }), { code });
  });
}

t.test("refused: a request for another revision than the first, and one by the provider", async (t) => {
  const document = terms({ revision: 2 });
  t.throws(() => historyAfter([["request", { document, revision: 2, terms: termsDigest(document) }]]), {
    code: "agreement_mismatch",
  });
  t.throws(() => historyAfter([["request", { by: "provider" }]]), { code: "access_denied" });
});

const good = actOn(undefined, "request") as unknown as Readonly<Record<string, unknown>>;
const malformed: readonly (readonly [string, object])[] = [
  ["no act", { act: "promise" }],
  ["another maker", { by: "citizen" }],
  ["a digest that is not that of its document", { terms: other }],
  ["a consumer that is a member", { consumer: "DEV/GOV/10000003" }],
  ["a service in another spelling", { service: "DEV/GOV/10000001/population/%70ersons" }],
  ["a time that is none", { time: -1 }],
  ["more than it has", { price: 1 }],
  ["less than it has", { answers: undefined }],
  ["a law without a deadline", { byLaw: { provision: "Data Act" } }],
  ["a deadline of nought days", { byLaw: { provision: "Data Act", withinDays: 0 } }],
  ["a document that is none", { document: [] }],
];
for (const [what, changes] of malformed) {
  t.test(`refused: an act with ${what}`, async (t) => {
    t.throws(() => parseAgreementAct({ ...good, ...changes }), { code: "malformed_statement" });
  });
}

t.test("refused: a reason that turns text around, and one without end", async (t) => {
  const act = actOn(approved(), "end") as unknown as Readonly<Record<string, unknown>>;
  for (const reason of ["", " ", "a\u202eb", "a\nb", "x".repeat(501)])
    t.throws(() => parseAgreementAct({ ...act, reason }), { code: "malformed_statement" });
});
