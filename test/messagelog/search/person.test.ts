import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeQuery } from "../../../src/messagelog/search/describe-query.ts";
import { soughtTags } from "../../../src/messagelog/search/sought-person.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { exchange, idsOf, searchScene } from "./search-scene.ts";

const test = await testOnStores();

const person = { scheme: "urn:sealway:dev:person", value: "38001010000" };
const subjects = [{ role: "asked-about", ...person }];
const day = 24 * 60 * 60 * 1000;

test("a person is found under every key that lives, and not where one was destroyed", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const { clock, vault } = scene;
  const start = Date.UTC(2026, 0, 15);
  const all = [0, 1, 2, 3].map((quarter) => exchange({ time: start + quarter * 91 * day, subjects }));
  const company = { consumer: "DEV/COM/20000001/bank", time: start + 5, subjects };
  const others = [
    exchange(company),
    exchange({ time: start + 9 }),
    exchange({ time: start + 10, subjects: [{ ...subjects[0]!, value: "49001010000" }] }),
    exchange({ time: start + 11, subjects: [{ ...subjects[0]!, scheme: "urn:sealway:dev:company" }] }),
  ];
  await scene.append(...all, ...others);
  clock.time = start + 300 * day;
  const wanted = [all[0]!, others[0]!, ...all.slice(1)].map(({ exchangeId }) => exchangeId);
  const found = async () => {
    const tags = await soughtTags(vault, person, start, clock.now());
    return idsOf(scene.search(), { tags }, { order: "oldest" });
  };
  t.strictSame(await found(), wanted, "beyond the index");
  await scene.build();
  t.strictSame(await found(), wanted, "in the index");
  for (const { id, part } of await vault.keysOf(Date.UTC(2026, 0, 1))) {
    if (part === "tags") await vault.destroy(id, clock.now());
  }
  t.strictSame(await found(), wanted.slice(2), "nothing of the quarter whose keys are gone");
});

test("the index has no identifier, no status and nothing of a head", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const answer = { type: "response", after: 20, code: null, status: 418 } as const;
  await scene.append(exchange({ time: scene.clock.now(), subjects, answer, queryId: "a-query" }));
  await scene.build();
  const bytes = readdirSync(scene.index).map((name) => readFileSync(join(scene.index, name), "latin1"));
  const all = bytes.join("");
  t.match(all, "a-query", "what stands in clear is read");
  // As a value of its own: three digits lie in one identifier out of forty by chance.
  const status = /(?<![\w-])418(?![\w-])/;
  for (const secret of [person.value, status, "persons/search?", "Accept"])
    t.notMatch(all, secret, `${secret}`);
});

test("the record of a read names a person by tags alone", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  await scene.append(exchange({ time: scene.clock.now(), subjects }));
  const tags = await soughtTags(scene.vault, person, scene.clock.now(), scene.clock.now());
  const what = describeQuery({ tags, since: 0, consumer: "A/B/C" });
  t.strictSame(what, [
    "subject",
    `subject-tag=${tags[0]!.tag}`,
    "since=1970-01-01T00:00:00.000Z",
    "consumer=A/B/C",
  ]);
  t.notMatch(what.join(), person.value);
  t.strictSame(describeQuery({}), ["everything"]);
});
