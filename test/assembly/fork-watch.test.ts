import { pino } from "pino";
import t from "tap";
import { ForkWatch } from "../../src/assembly/fork-watch.ts";
import { parseServerId } from "../../src/core/ids.ts";

const peer = parseServerId("DEV/GOV/66666666/ss1");
const other = parseServerId("DEV/GOV/10000001/ss1");

/** Uses version 5, "ours". */
function newWatch() {
  const clock = { time: 0, now: () => clock.time };
  const lines: { readonly peer: string; readonly sha256: string }[] = [];
  let polls = 0;
  const client = {
    compare: (version: number, sha256: string) =>
      version === 5 ? (sha256 === "ours" ? "same" : "fork") : version > 5 ? "newer" : "older",
    pollSoon: async () => void polls++,
  } as const;
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { watch: new ForkWatch(client, logger, clock), lines, clock, polls: () => polls };
}

t.test("a peer that invents a digest with every message has one line a minute and one alarm", async (t) => {
  const { watch, lines, clock } = newWatch();
  for (let i = 0; i < 100; i++) watch.note(peer, { version: 5, sha256: `invented ${i}` });
  t.match(lines, [{ peer, version: 5, sha256: "invented 0" }]);
  t.same(watch.forks(), [peer]);
  watch.note(other, { version: 5, sha256: "theirs" });
  t.equal(lines.length, 2, "another peer has its own");
  clock.time += 60_000;
  watch.note(peer, { version: 5, sha256: "invented again" });
  t.equal(lines.length, 3);
});

t.test("a peer that agrees and disagrees in turn has one line a minute too", async (t) => {
  const { watch, lines } = newWatch();
  for (let i = 0; i < 100; i++) watch.note(peer, { version: 5, sha256: i % 2 ? "ours" : "theirs" });
  t.equal(lines.length, 1);
});

t.test("the alarm ends when the peer agrees again, not when it names another version", async (t) => {
  const { watch, polls } = newWatch();
  watch.note(peer, { version: 5, sha256: "theirs" });
  watch.note(peer, { version: 4, sha256: "old" });
  watch.note(other, { version: 5, sha256: "ours" });
  t.same(watch.forks(), [peer]);
  watch.note(peer, { version: 6, sha256: "new" });
  t.equal(polls(), 1);
  t.same(watch.forks(), [peer]);
  watch.note(peer, { version: 5, sha256: "ours" });
  t.same(watch.forks(), []);
});

t.test("the memory for peers is bounded", async (t) => {
  const { watch } = newWatch();
  for (let i = 0; i < 10_100; i++)
    watch.note(parseServerId(`DEV/GOV/${i}/ss1`), { version: 5, sha256: "theirs" });
  t.equal(watch.forks().length, 10_000);
});
