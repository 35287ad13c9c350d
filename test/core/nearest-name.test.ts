import t from "tap";
import { nearestName } from "../../src/core/nearest-name.ts";

for (const [typed, expected] of [
  ["prot", "port"],
  ["ptro", undefined],
  ["por", "port"],
  ["authorty", "authority"],
  ["port", "port"],
  ["xyzzy", undefined],
  ["p".repeat(65), undefined],
] as const) {
  t.test(`${typed.slice(0, 20)}: ${expected}`, async (t) => {
    t.equal(nearestName(typed, ["authority", "port", "configuration"]), expected);
  });
}
