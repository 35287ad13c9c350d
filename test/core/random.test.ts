import t from "tap";
import { randomOctets } from "../../src/core/random.ts";

t.test("octets are as many as asked for, and never given twice", async (t) => {
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const octets = randomOctets(16);
    if (octets.length !== 16) t.fail(`${octets.length} octets`);
    seen.add(octets.toString("hex"));
  }
  t.equal(seen.size, 2000);
});

t.test("what was given does not change when the pool is filled again", async (t) => {
  const kept = randomOctets(32);
  const before = kept.toString("hex");
  for (let i = 0; i < 1000; i++) randomOctets(32);
  t.equal(kept.toString("hex"), before);
});
