import t from "tap";
import { stateAfter, type VersionState } from "../../../src/catalogue/acts/life-cycle.ts";
import { type ActWord, actWords } from "../../../src/catalogue/acts/service-act.ts";

/** What each act makes of each state; all that is not here is refused. */
// biome-ignore format: a table is read by its columns
const allowed: Readonly<Partial<Record<VersionState, Partial<Record<ActWord, VersionState>>>>> = {
  absent:     { publish: "published" },
  published:  { deprecate: "deprecated", suspend: "suspended", narrow: "published", observe: "published" },
  deprecated: { suspend: "suspended", archive: "archived", narrow: "deprecated", observe: "deprecated" },
  suspended:  { resume: "deprecated", archive: "archived", narrow: "suspended" },
  archived:   {},
};

for (const [state, acts] of Object.entries(allowed)) {
  for (const word of actWords) {
    const after = acts[word];
    t.test(
      `${word} of a version that is ${state} is ${after === undefined ? "refused" : "taken"}`,
      async (t) => {
        const make = () => stateAfter(state as VersionState, word, "deprecated");
        if (after === undefined)
          t.throws(make, { code: "transition_refused", detail: new RegExp(`${word} is not for`) });
        else t.equal(make(), after);
      },
    );
  }
}

t.test("a version that was not deprecated is published again when it is resumed", async (t) => {
  t.equal(stateAfter("suspended", "resume", "published"), "published");
});
