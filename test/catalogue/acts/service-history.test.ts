import fc from "fast-check";
import t from "tap";
import { type ActWord, actWords, type ServiceAct } from "../../../src/catalogue/acts/service-act.ts";
import {
  afterAct,
  afterVoidAct,
  emptyHistory,
  type ServiceHistory,
} from "../../../src/catalogue/acts/service-history.ts";

const more: Readonly<Record<ActWord, object>> = {
  publish: {},
  deprecate: { sunset: 9_000 },
  suspend: { reason: "s" },
  resume: { reason: "r" },
  archive: { liveAgreements: 0 },
  narrow: { fields: ["/a"], reason: "n" },
  observe: { until: 5_000, reason: "o" },
};

/** An act that follows the newest one. */
function next(history: ServiceHistory, word: ActWord, version = "1.0.0", changes: object = {}) {
  const act = {
    word,
    instance: "DEV",
    time: 1_000,
    service: "D/G/1/a/s",
    version,
    description: `d${version}`,
  };
  const whole = { ...act, previous: history.head, ...more[word], ...changes } as unknown as ServiceAct;
  return { act: whole, sha256: `act-${history.acts + 1}`, accepted: 2_000 };
}

function after(...words: readonly ActWord[]): ServiceHistory {
  return words.reduce((history, word) => afterAct(history, next(history, word)), emptyHistory);
}

const standing = (history: ServiceHistory) => history.versions.get("1.0.0")!.standing;

t.test("what each act leaves behind", async (t) => {
  const published = { state: "published", publishedAt: 2_000, deprecation: undefined, withdrawnFields: [] };
  t.match(standing(after("publish")), published);
  t.match(standing(after("publish", "narrow")), { publishedAt: 2_000 });
  t.match(standing(after("publish", "deprecate")), {
    state: "deprecated",
    deprecation: { since: 2_000, sunset: 9_000 },
  });
  t.match(standing(after("publish", "suspend")), {
    state: "suspended",
    suspension: { since: 2_000, reason: "s" },
  });
  t.match(standing(after("publish", "suspend", "resume")), { state: "published", suspension: undefined });
  t.match(standing(after("publish", "deprecate", "suspend", "resume")), {
    state: "deprecated",
    deprecation: { sunset: 9_000 },
  });
  t.match(standing(after("publish", "observe")), { state: "published", observedUntil: 5_000 });
  t.strictSame(standing(after("publish", "narrow", "narrow")).withdrawnFields, ["/a"]);
  t.match(standing(after("publish", "deprecate", "archive")), { state: "archived" });
});

t.test(
  "an act that does not follow the newest one, or is about another description, is refused",
  async (t) => {
    const history = after("publish");
    const wrong = { code: "act_out_of_order" };
    t.throws(() => afterAct(history, next(history, "suspend", "1.0.0", { previous: null })), wrong);
    t.throws(() => afterVoidAct(history, next(history, "suspend", "1.0.0", { previous: "x" })), wrong);
    t.throws(() => afterAct(history, next(history, "suspend", "1.0.0", { description: "other" })), wrong);
  },
);

t.test("an act without effect keeps its place", async (t) => {
  const history = after("publish");
  const voided = afterVoidAct(history, next(history, "suspend"));
  t.strictSame({ ...voided, acts: 1, head: "act-1", hasVoid: false }, history);
  t.match(voided, { acts: 2, head: "act-2" });
});

const step = fc.record({ word: fc.constantFrom(...actWords), version: fc.constantFrom("1.0.0", "1.1.0") });

t.test(
  "in any order of acts: the end is final, what is withdrawn stays so, and the order is proven",
  async (t) => {
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let history = emptyHistory;
      for (const { word, version } of steps) {
        const before = history;
        try {
          history = afterAct(history, next(history, word, version));
        } catch (error) {
          if ((error as { code?: string }).code !== "transition_refused") throw error;
          continue;
        }
        const [was, is] = [before.versions.get(version)?.standing, history.versions.get(version)!.standing];
        const isForward =
          was?.state !== "archived" && history.acts === before.acts + 1 && history.head !== before.head;
        const isKept = (was?.withdrawnFields ?? []).every((field) => is.withdrawnFields.includes(field));
        const others = [...before.versions].filter(([one]) => one !== version);
        const isAlone = others.every(([one, value]) => history.versions.get(one) === value);
        const isTold =
          (is.state === "suspended") === (is.suspension !== undefined) || is.state === "archived";
        if (!isForward || !isKept || !isAlone || !isTold) return false;
      }
      return true;
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }));
  },
);
