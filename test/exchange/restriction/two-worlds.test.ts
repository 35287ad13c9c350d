import t from "tap";
import { command } from "../../cli/service-command.ts";
import { service as permitted } from "../permissions/permission-scene.ts";
import {
  newWorld,
  order,
  outputsOf,
  permit,
  permittedLookUp,
  personsPermissions,
  restrictedLookUp,
  restrictedTrial,
  traffic,
  type World,
} from "./world.ts";

/*
 * Two worlds that differ in one restricted look-up, and one dry run of it: what either tells anybody is the same. `world.ts` names what differs
 * between any two runs.
 */

const [with_, without] = await Promise.all([newWorld(t), newWorld(t)]);

async function play({ country }: World, isAsked: boolean): Promise<string | undefined> {
  for (const ask of traffic.before) await country.ask(ask);
  const restricted = isAsked ? await country.ask(restrictedLookUp("restricted")) : undefined;
  const used = isAsked ? await country.ask(permittedLookUp("restricted-use", "lending")) : undefined;
  for (const answer of [restricted, used])
    if (answer !== undefined && answer.status !== 200) throw new Error(answer.body.toString());
  const tried = isAsked ? await country.ask(restrictedTrial()) : undefined;
  if (tried !== undefined && tried.json().verdict !== "permit") throw new Error(tried.body.toString());
  await country.ask(permittedLookUp("use", "onboarding"));
  for (const ask of traffic.after) await country.ask(ask);
  for (const { gateway } of [country.asking, country.answering]) await gateway.sealNow();
  return restricted?.header("Sealway-Exchange-Id");
}

const [ordered] = await Promise.all([order(with_), order(without)]);
const ofPermission = { service: permitted.id, purpose: "lending" };
await Promise.all([with_, without].map((world) => order(world, ofPermission)));
const [permitsHere, permitsThere] = await Promise.all([permit(with_), permit(without)]);
const [exchangeId] = [await play(with_, true), await play(without, false)];

t.test("the order reached both gateways", async (t) => {
  t.match(ordered, { state: "ordered", revision: 1 });
  t.strictSame(
    ordered.deliveries.map(({ failure }) => failure),
    [null],
  );
});

t.test("every output is the same in both worlds", async (t) => {
  const [here, there] = [await outputsOf(t, with_, permitsHere), await outputsOf(t, without, permitsThere)];
  for (const [name, output] of Object.entries(here)) t.strictSame(output, there[name], name);
});

t.test("nothing of it has the exchange's id", async (t) => {
  t.ok(exchangeId);
  for (const { logLines } of [with_.country.asking, with_.country.answering])
    t.notOk(
      logLines.some((line) => line.includes(exchangeId!)),
      "the process log",
    );
});

t.test("the records are there, chained and sealed, and the log check says nothing of which", async (t) => {
  for (const server of [with_.country.asking, with_.country.answering]) {
    t.same(await server.log.findings(), []);
    const { code, out } = await command(t, "log", "check", "--config", server.configurationFile, "--offline");
    t.equal(code, 0, out);
    t.notMatch(out, exchangeId!);
    t.notMatch(out, /restrict/i);
  }
});

t.test("the list of reconciled hours counts the same", async (t) => {
  const counted: unknown[] = [];
  for (const { country } of [with_, without]) {
    country.clock.ahead += 75 * 60_000;
    await Promise.all([country.asking.gateway.reconcileNow(), country.answering.gateway.reconcileNow()]);
    for (const { configurationFile } of [country.asking, country.answering]) {
      const { out } = await command(t, "log", "reconcile", "--config", configurationFile, "--json");
      counted.push(sums(out.trim().split("\n")));
    }
  }
  const [asking, answering, ...others] = counted;
  t.strictSame([asking, answering], others);
  t.match(asking, { outcomes: ["agreed"] });
});

t.test("uses of a permission are told, but for the restricted one", async (t) => {
  const { permissions } = await personsPermissions(with_.country);
  const told = permissions as { readonly permission: { readonly id: string }; readonly used: number }[];
  t.same(
    permitsHere.map((id) => told.find(({ permission }) => permission.id === id)?.used),
    [0, 1],
  );
});

/** Of all hours together, since the clock may begin another one at any time. */
function sums(lines: readonly string[]) {
  const hours = lines.map((line) => JSON.parse(line));
  const counts: Record<string, number> = {};
  for (const { member, peer, here } of hours) {
    const pair = `${member} ${peer}`;
    counts[pair] = (counts[pair] ?? 0) + here.count;
  }
  return { counts, outcomes: [...new Set(hours.map(({ outcome }) => outcome))] };
}
