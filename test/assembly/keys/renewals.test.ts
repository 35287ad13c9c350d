import t from "tap";
import { isSettled, pickKey, settleTime } from "../../../src/assembly/keys/key-choice.ts";
import { CertificateRenewals, dueAt, type Renewable } from "../../../src/assembly/keys/renewals.ts";
import { until } from "../../until.ts";

const day = 86_400_000;

t.test("a certificate is renewed before its end: so many days, or a third of its time", async (t) => {
  t.equal(dueAt({ notBefore: 0, notAfter: 365 * day }, 30 * day), 335 * day);
  t.equal(dueAt({ notBefore: 0, notAfter: 6 * day }, 30 * day), 4 * day);
});

t.test("renewal: on a schedule with jitter, tried again, told while it fails", async (t) => {
  const one: Renewable = {
    slot: "tls",
    use: "tls",
    of: "DEV/GOV/1/ss1" as never,
    notBefore: 0,
    notAfter: 90 * day,
  };
  let listed: Renewable = one;
  const clock = { time: 50 * day, now: () => clock.time };
  const pauses: number[] = [];
  let [next, outcome, renewed]: [() => void, string | undefined, number] = [() => {}, "the CA is away", 0];
  const words: string[] = [];
  const registered: string[] = [];
  const renewals = new CertificateRenewals({
    ...{ clock, random: () => 0.5, before: 30 * day, list: async () => [listed] },
    after: (pause, run) => {
      pauses.push(pause);
      next = run;
      return () => {};
    },
    renew: async () => {
      if (outcome !== undefined) throw new Error(outcome);
      renewed++;
      return "tls-2";
    },
    register: async (key) => void registered.push(key),
    done: (slot) => void words.push(`done ${slot}`),
    failed: (slot, error) => void words.push(`${slot}: ${error.message}`),
  });
  t.strictSame(pauses, [7.5 * 60_000]);
  await renewals.look();
  t.strictSame(words, [], "nothing is due");
  clock.time = 61 * day;
  await renewals.look();
  clock.time += day;
  await renewals.look();
  t.strictSame(renewals.failures(), [{ slot: "tls", since: 61 * day, reason: "the CA is away" }]);
  outcome = undefined;
  next();
  await renewals.look();
  t.strictSame(renewals.failures(), []);
  t.ok(renewed > 0);
  await until(() => pauses.length === 2);
  t.equal(pauses[1], 4.5 * 3_600_000);
  t.strictSame(new Set(registered), new Set(["tls-2"]));
  const asked = registered.length;
  listed = { ...one, notAfter: 200 * day, unlisted: "tls-2" };
  await renewals.look();
  t.equal(registered.length, asked, "officers may take their time");
  listed = { ...listed, unlisted: "tls-3" };
  await renewals.look();
  t.equal(registered.at(-1), "tls-3", "what an earlier run could not have registered");
  t.match(words, ["tls: the CA is away", "tls: the CA is away", "done tls"]);
  [outcome, listed] = ["the CA is away again", { ...one, notAfter: 62 * day }];
  await renewals.look();
  t.equal(renewals.failures().length, 1);
  listed = { ...one, notAfter: 200 * day };
  await renewals.look();
  t.strictSame(renewals.failures(), [], "an operator has imported another one meanwhile");
  renewals.close();
});

t.test("of several keys, one is used", async (t) => {
  const key = (name: string, notAfter: number, listedSince: number | undefined, problem?: string) => {
    return { name, notAfter, listedSince, problem };
  };
  const now = 10 * settleTime;
  const [old, young] = [key("old", 100, 0), key("young", 200, 0)];
  const name = (keys: Parameters<typeof pickKey>[0], rest = {}) => pickKey(keys, { now, ...rest })?.name;
  t.equal(name([]), undefined);
  t.equal(name([old, young]), "young", "the one that ends last");
  t.equal(name([old, young], { chosen: "old" }), "old", "the chosen one");
  t.equal(name([old, key("young", 200, now - 1)]), "old", "none that others may not know yet");
  t.equal(name([old, key("young", 200, now - 1)], { chosen: "young" }), "old", "though it is chosen");
  t.equal(name([key("old", 100, 0, "revoked"), key("young", 200, now)]), "young", "unless there is no other");
  t.equal(name([old, key("young", 200, 0, "revoked")], { chosen: "young" }), "old", "none that is not good");
  const bad = [key("old", 100, 0, "stale"), key("young", 200, 0, "stale")];
  t.equal(name(bad, { used: "old" }), "old", "when none is good, the one before");
  t.notOk(isSettled(undefined, now));
});
