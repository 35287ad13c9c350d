import fc from "fast-check";
import t from "tap";
import { appearanceOf, type ListingRule, type Viewer, viewers } from "../../src/tracker/disclosure-rule.ts";

const day = 24 * 60 * 60 * 1000;

t.test("each rule, for each viewer", async (t) => {
  const table: readonly (readonly [rule: ListingRule, age: number, ...told: string[]])[] = [
    [{}, 0, "whole", "whole", "whole"],
    [{ disclosure: "show" }, 0, "whole", "whole", "whole"],
    [{ disclosure: "show-without-unit" }, 0, "without-unit", "without-unit", "without-unit"],
    [{ disclosure: "group" }, 0, "counted", "counted", "counted"],
    [{ disclosure: "withhold" }, 1000 * day, "absent", "absent", "absent"],
    [{ disclosure: { later: 10 } }, 10 * day - 1, "absent", "absent", "absent"],
    [{ disclosure: { later: 10 } }, 10 * day, "whole", "whole", "whole"],
    [{ protectsFromRepresentative: true }, 0, "whole", "absent", "absent"],
    [{ disclosure: "group", protectsFromRepresentative: true }, 0, "counted", "absent", "absent"],
    [{ disclosure: { later: 1 }, protectsFromRepresentative: true }, 0, "absent", "absent", "absent"],
    [{ disclosure: { later: 1 }, protectsFromRepresentative: true }, day, "whole", "absent", "absent"],
  ];
  for (const [rule, age, ...told] of table) {
    const found = viewers.map((viewer) => appearanceOf([rule], viewer, age));
    t.strictSame(found, told, `${JSON.stringify(rule)} after ${age / day} days`);
  }
  t.equal(appearanceOf([], "guardian", 0), "whole", "a use without a purpose");
});

const rules: fc.Arbitrary<ListingRule> = fc.record(
  {
    disclosure: fc.oneof(
      fc.constantFrom("show", "show-without-unit", "group", "withhold"),
      fc.record({ later: fc.integer({ min: 1, max: 30 }) }),
    ),
    protectsFromRepresentative: fc.constant(true),
  },
  { requiredKeys: [] },
);
const order = ["absent", "counted", "without-unit", "whole"];
const rankOf = (given: readonly ListingRule[], viewer: Viewer, age: number) =>
  order.indexOf(appearanceOf(given, viewer, age));

t.test(
  "one rule more never tells more, time never tells less, and nobody is told more than the person",
  async (t) => {
    const any = fc.property(
      fc.array(rules, { maxLength: 3 }),
      rules,
      fc.constantFrom(...viewers),
      fc.nat({ max: 40 }),
      fc.nat({ max: 40 }),
      (given, more, viewer, days, later) => {
        const rank = rankOf(given, viewer, days * day);
        return (
          rankOf([...given, more], viewer, days * day) <= rank &&
          rankOf(given, viewer, (days + later) * day) >= rank &&
          rank <= rankOf(given, "self", days * day)
        );
      },
    );
    t.doesNotThrow(() => fc.assert(any));
  },
);
