import fc from "fast-check";
import t from "tap";
import { soughtTags } from "../../../src/messagelog/search/sought-person.ts";
import { exchange, searchScene } from "./search-scene.ts";

const person = { scheme: "urn:sealway:dev:person", value: "38001010000" };
const named = [{ role: "asked-about", ...person }];
const start = Date.UTC(2026, 4, 1);

t.test("the outline of a person's rows is what pages of them have, in the index and beyond", async (t) => {
  const scene = await searchScene(t);
  const services = ["A/GOV/3/r/one", "A/GOV/3/r/two", "A/GOV/33/r/one"];
  const random = fc.sample(
    fc.record({
      time: fc.integer({ min: start, max: start + 500 }),
      role: fc.constantFrom("consumer" as const, "provider" as const),
      service: fc.constantFrom(...services),
      consumer: fc.constantFrom("A/GOV/1/x", "A/COM/2/z"),
      subjects: fc.constantFrom(named, []),
    }),
    { numRuns: 400, seed: 7 },
  );
  for (const part of [random.slice(0, 150), random.slice(150, 300)]) {
    await scene.append(...part.map(exchange));
    await scene.build();
  }
  await scene.append(...random.slice(300).map(exchange));
  scene.clock.time = start + 1000;
  const tags = await soughtTags(scene.vault, person, start, start + 1000);
  const search = scene.search();
  const base = { tags, role: "provider", provider: "A/GOV/3/r" } as const;
  for (const query of [base, { ...base, since: start + 100, until: start + 300 }, { ...base, tags: [] }]) {
    const { rows } = await search.page({ query, order: "newest", limit: 1000 });
    const outlined = await search.outlined(query, async (found) =>
      found.map(({ whole, ...row }) => {
        t.match(whole(), row, "what is outlined is what stands there");
        return whole();
      }),
    );
    const key = ({ time, exchangeId }: (typeof rows)[number]) => `${time} ${exchangeId}`;
    t.strictSame(outlined.map(key).sort(), rows.map(key).sort());
    if (query.tags.length > 0) t.ok(rows.length > 10);
  }
});

t.test(
  "a period begins with its first millisecond and ends before its last, in the index and beyond",
  async (t) => {
    const scene = await searchScene(t);
    const edges = [99, 100, 299, 300].map((after) => start + after);
    await scene.append(...edges.map((time) => exchange({ time, subjects: named })));
    await scene.build();
    await scene.append(...edges.map((time) => exchange({ time, subjects: named })));
    scene.clock.time = start + 1000;
    const tags = await soughtTags(scene.vault, person, start, start + 1000);
    const query = { tags, since: start + 100, until: start + 300 };
    const times = await scene
      .search()
      .outlined(query, async (found) => found.map(({ time }) => time - start));
    t.strictSame(times.sort(), [100, 100, 299, 299]);
  },
);
