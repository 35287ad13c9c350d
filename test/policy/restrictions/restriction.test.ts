import fc from "fast-check";
import t from "tap";
import {
  type CoverableExchange,
  coveredBy,
  type Restriction,
} from "../../../src/policy/restrictions/restriction.ts";
import {
  parseRestrictionAct,
  type RestrictionAct,
} from "../../../src/policy/restrictions/restriction-act.ts";
import { Restrictions } from "../../../src/policy/restrictions/restrictions.ts";
import { day, now, police, sampleAct, service } from "./sample-act.ts";

const exchange: CoverableExchange = {
  exchangeId: "0197a0c4-5e00-7000-8000-00000000000a",
  ...{ consumer: police, service, purpose: "investigation", time: now },
};

function restriction(changes: Partial<RestrictionAct> = {}): Restriction {
  return { act: sampleAct(changes), acts: ["digest"] };
}

function isCovered(changes: Partial<RestrictionAct>, of: Partial<CoverableExchange> = {}, at = now): boolean {
  const all = [restriction(changes)];
  const found = coveredBy({ ...exchange, ...of }, all, at);
  t.equal(new Restrictions(all).covering({ ...exchange, ...of }, at), found, "the index finds the same");
  return found !== undefined;
}

t.test("covers consumer, service and purpose while it is in force", async (t) => {
  t.ok(isCovered({}));
  t.notOk(isCovered({}, { consumer: "DEV/GOV/10000007/other" }));
  t.notOk(isCovered({}, { service: `${service}2` }));
  t.notOk(isCovered({}, { purpose: "other" }));
  t.notOk(isCovered({}, { purpose: null }), "what has no purpose is covered by nothing");
  t.notOk(isCovered({ state: "lifted" }));
});

t.test("the period: its first moment belongs to it, its last does not", async (t) => {
  const until = now + day;
  t.notOk(isCovered({ until }, { time: now - 1 }));
  t.ok(isCovered({ until }, { time: until - 1 }, until + day), "what was made in it stays covered behind it");
  t.notOk(isCovered({ until }, { time: until }));
});

t.test("expired review: it lifts itself, and the person sees", async (t) => {
  const reviewBy = now + day;
  t.ok(isCovered({ reviewBy }, {}, reviewBy - 1));
  t.notOk(isCovered({ reviewBy }, {}, reviewBy));
});

t.test("single exchanges, whenever they were made, and no other", async (t) => {
  const covers = { ...sampleAct().covers, exchanges: [exchange.exchangeId] };
  t.ok(isCovered({ covers }, { time: now - 100 * day }));
  t.notOk(isCovered({ covers }, { exchangeId: "0197a0c4-5e00-7000-8000-00000000000b" }));
});

t.test("what a lift uncovers does not depend on the others", async () => {
  const states = fc.array(fc.constantFrom("ordered", "reviewed", "lifted"), { maxLength: 8 });
  fc.assert(
    fc.property(states, (list) => {
      const all = list.map((state, i) => {
        return restriction({ state, id: `0197a0c4-5e00-7000-8000-00000000000${i}` });
      });
      const found = new Restrictions(all).covering(exchange, now);
      return (found !== undefined) === list.some((state) => state !== "lifted");
    }),
  );
});

const shapes: [what: string, changes: object][] = [
  ["without provision", { provision: undefined }],
  ["with an empty provision", { provision: "     " }],
  ["with a ground of its own", { ground: "because" }],
  ["with the order's reference in clear", { reference: "case 1" }],
  ["for another spelling of a consumer", { covers: { ...sampleAct().covers, consumer: `${police}%41` } }],
  ["with an id that is none", { id: "1" }],
];

for (const [what, changes] of shapes) {
  t.test(`an act ${what} cannot be read`, async (t) => {
    const act = JSON.parse(JSON.stringify({ ...sampleAct(), ...changes }));
    t.throws(() => parseRestrictionAct(act), { code: "malformed_statement" });
  });
}

t.test("an act can be read", async (t) => {
  t.strictSame(parseRestrictionAct(JSON.parse(JSON.stringify(sampleAct()))), sampleAct());
});
