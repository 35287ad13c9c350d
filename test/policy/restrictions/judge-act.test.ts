import t from "tap";
import { foldActs } from "../../../src/policy/restrictions/fold-acts.ts";
import { type ActFacts, judgeAct } from "../../../src/policy/restrictions/judge-act.ts";
import type { Restriction } from "../../../src/policy/restrictions/restriction.ts";
import type { RestrictionAct } from "../../../src/policy/restrictions/restriction-act.ts";
import { authority, day, now, other, sampleAct, sampleFacts } from "./sample-act.ts";

const ordered: Restriction = { act: sampleAct(), acts: ["digest of the order"] };

/** The act that follows the order. */
function following(changes: Partial<RestrictionAct> = {}): RestrictionAct {
  const next = { state: "reviewed", revision: 2, previous: "digest of the order", time: now + day } as const;
  return sampleAct({ ...next, reviewBy: now + 60 * day, ...changes });
}

const later = { known: ordered, digest: "digest of the second act", now: now + day };

t.test("an authority orders, reviews and lifts", async (t) => {
  const order = judgeAct(sampleAct(), sampleFacts());
  t.strictSame(order, { verdict: "taken", restriction: ordered });
  const reviewed = judgeAct(following(), sampleFacts(later));
  t.match(reviewed, { verdict: "taken", restriction: { act: { reviewBy: now + 60 * day } } });
  const lift = following({ state: "lifted", reviewBy: ordered.act.reviewBy });
  t.match(judgeAct(lift, sampleFacts(later)), {
    verdict: "taken",
    restriction: { act: { state: "lifted" } },
  });
});

/** Everything is right but one thing. */
const faults: [rule: string, what: string, act: RestrictionAct, facts: Partial<ActFacts>][] = [
  ["instance", "of another instance", sampleAct({ instance: "EE" }), {}],
  [
    "authority",
    "forged by a non-authority in its own name",
    sampleAct({ authority: other }),
    { signer: other },
  ],
  ["authority", "forged by a non-authority in the authority's name", sampleAct(), { signer: other }],
  ["replayed", "the order once more", sampleAct(), { known: ordered }],
  ["replayed", "the order once more, behind its lift", sampleAct(), { known: lifted(), now: now + 2 * day }],
  ["time", "dated ahead", sampleAct({ time: now + 60_001, from: now + 60_001 }), {}],
  ["unknown", "a lift of what nobody ordered", following({ state: "lifted" }), { now: now + day }],
  ["order", "an order that is not the first act", sampleAct({ revision: 2 }), {}],
  ["order", "a second order of one id", sampleAct({ provision: "Another Act § 1" }), later],
  ["order", "a review that leaves one out", following({ revision: 3 }), later],
  ["order", "a review behind another act", following({ previous: "B".repeat(43) }), later],
  ["party", "lifted by another authority", following({ state: "lifted", authority: other }), byOther()],
  ["ended", "a review a moment late", following({ time: now + 30 * day }), { ...later, now: now + 30 * day }],
  ["ended", "a review of what was lifted", thirdAct(), { ...later, known: lifted(), digest: "third" }],
  [
    "ended",
    "an order whose review is past",
    sampleAct({ time: now - 2 * day, from: now, reviewBy: now }),
    {},
  ],
  ["changed", "a review that covers another purpose", withPurpose("any"), later],
  ["changed", "a review under another provision", following({ provision: "Another Act § 1" }), later],
  ["changed", "a review that begins earlier", following({ from: now - 1 }), later],
  ["purpose", "a purpose that the governing authority did not mark", sampleAct(), unmarked()],
  ["review", "over 12 months", sampleAct({ reviewBy: Date.UTC(2027, 10, 22, 12) + 1 }), {}],
  ["review", "a review over 12 months", following({ reviewBy: Date.UTC(2027, 10, 23, 12) + 1 }), later],
  ["period", "ends where it begins", sampleAct({ until: now }), {}],
  ["retroactive", "what was made before", sampleAct({ from: now - 1 }), {}],
];

for (const [rule, what, act, facts] of faults) {
  t.test(`refused: ${what}`, async (t) => {
    t.match(judgeAct(act, sampleFacts(facts)), { verdict: "refused", rule: `restriction.${rule}` });
  });
}

t.test("twelve months to the millisecond are twelve months", async (t) => {
  t.match(judgeAct(sampleAct({ reviewBy: Date.UTC(2027, 10, 22, 12) }), sampleFacts()), { verdict: "taken" });
});

t.test("a lift is taken also when the purpose is marked no more", async (t) => {
  const lift = following({ state: "lifted", reviewBy: ordered.act.reviewBy });
  t.match(judgeAct(lift, sampleFacts({ ...later, ...unmarked() })), { verdict: "taken" });
});

t.test("acts of a log fold in their order; what does not follow hides nothing", async (t) => {
  const lift = following({ state: "lifted" });
  const acts = [
    { act: lift, digest: "second" },
    { act: sampleAct(), digest: "digest of the order" },
  ];
  t.equal(foldActs(acts).get(lift.id)?.act.state, "lifted");
  t.equal(foldActs(acts.slice(0, 1)).all().length, 0, "an act whose order is gone");
});

function lifted(): Restriction {
  const act = following({ state: "lifted" });
  return { act, acts: ["digest of the order", "digest of the lift"] };
}

function thirdAct(): RestrictionAct {
  return following({ revision: 3, previous: "digest of the lift" });
}

function withPurpose(purpose: string): RestrictionAct {
  return following({ covers: { ...ordered.act.covers, purpose } });
}

function byOther(): Partial<ActFacts> {
  const law = { ...sampleFacts().law, orderingAuthorities: new Set([authority, other]) };
  return { ...later, signer: other, law };
}

function unmarked(): Partial<ActFacts> {
  return { law: { ...sampleFacts().law, restrictablePurposes: [] } };
}
