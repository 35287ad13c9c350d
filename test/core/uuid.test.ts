import fc from "fast-check";
import t from "tap";
import { isUuidV7, uuidV7, uuidV7Time } from "../../src/core/uuid.ts";

t.test("a UUIDv7 carries its time and sorts by it", async (t) => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
  const property = fc.property(time, time, (a, b) => {
    const [first, second] = [uuidV7(a), uuidV7(b)];
    return isUuidV7(first) && uuidV7Time(first) === a && (a === b || first < second === a < b);
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("two of one millisecond differ", async (t) => {
  const made = new Set(Array.from({ length: 2000 }, () => uuidV7(1_795_000_000_000)));
  t.equal(made.size, 2000);
  t.ok([...made].every(isUuidV7));
});

const good = "019ab000-0000-7000-8000-000000000001";
const none: [string, string][] = [
  ["upper case", good.toUpperCase()],
  ["version 4", "3f1d7c1e-9b1a-4c3d-8e2f-0123456789ab"],
  ["another variant", "019ab000-0000-7000-c000-000000000001"],
  ["braces", `{${good}}`],
  ["no hyphens", good.replaceAll("-", "")],
  ["a line break behind", `${good}\n`],
];
t.equal(isUuidV7(good), true);
for (const [name, text] of none) t.test(`none: ${name}`, async (t) => t.equal(isUuidV7(text), false));
