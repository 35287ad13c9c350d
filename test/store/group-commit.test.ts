import { setImmediate as turn } from "node:timers/promises";
import t from "tap";
import { type Group, GroupCommit } from "../../src/store/sqlite/group-commit.ts";

/* What goes together into one commit, without a writer: the test answers in its place. */

function openGroups() {
  const sent: Group[] = [];
  const groups = new GroupCommit((group) => sent.push(group));
  const bring = (count: number) =>
    Array.from({ length: count }, () => {
      groups.frame().counted({ counter: "c", noted: "", used: 1, expires: 0 });
      return groups.wait(1);
    });
  const commit = () => {
    const { frame } = sent.at(-1)!;
    groups.committed(new Float64Array(frame.items), [], frame.take());
  };
  return { bring, commit, sizes: () => sent.map(({ items }) => items) };
}

t.test("what comes turn after turn goes together, until a turn brings nothing", async (t) => {
  const { bring, sizes } = openGroups();
  for (const count of [1, 2, 1]) {
    bring(count);
    await turn();
    t.same(sizes(), [], "others may come");
  }
  await turn();
  t.same(sizes(), [4]);
});

t.test("eight wait for no more, and what comes meanwhile waits for them", async (t) => {
  const { bring, commit, sizes } = openGroups();
  const first = bring(8);
  t.same(sizes(), [8], "at once");
  const second = bring(11);
  await turn();
  await turn();
  t.same(sizes(), [8], "one commit after the other");
  commit();
  t.same(sizes(), [8, 11], "all that came meanwhile, at once");
  t.equal((await Promise.all(first)).length, 8);
  const third = bring(3);
  commit();
  t.same(sizes(), [8, 11], "few wait for a turn that brings none");
  t.equal((await Promise.all(second)).length, 11);
  for (let i = 0; i < 3 && sizes().length < 3; i++) await turn();
  t.same(sizes(), [8, 11, 3]);
  commit();
  t.equal((await Promise.all(third)).length, 3);
});
