import t, { type Test } from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { restrictionType } from "../../../src/exchange/restriction-document.ts";
import { type StatementPayload, signStatement } from "../../../src/message/signed-statement.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import type { RestrictionAct } from "../../../src/policy/restrictions/restriction-act.ts";
import { type Changes, forgeRequest, theSealOf } from "../country/forgery.ts";
import { Peer, type PeerAnswer } from "../country/peer.ts";
import { bank, benefitsAgency, clients, rogueAgency } from "../country/plan.ts";
import { records } from "../country/records.ts";
import { pathOf } from "../country.ts";
import { newWorld, order } from "./world.ts";

/*
 * Acts that somebody with good keys makes up, at the door of the provider's gateway: each is refused by a signed and
 * recorded message that names the rule, nothing is kept, and the register hears of nothing.
 */

const world = await newWorld(t);
const { country } = world;
const day = 24 * 60 * 60 * 1000;
const { asking: sent } = await country.watch(() => order(world));
const { document, head } = sent.find(({ what }) => what === "sent request")!;
const real = { document, head };
const asking = new Peer(country, country.asking.parts.tls);
t.teardown(() => asking.close());
const now = country.clock.now();
const good: RestrictionAct = {
  ...{ v: 1, instance: "DEV", time: now, id: "01a203e7-89aa-71ef-9006-60e04cd25b13", revision: 1 },
  ...{ previous: null, state: "ordered", authority: benefitsAgency, provision: "Police Act § 1" },
  ...{ order: "A".repeat(43), ground: "investigation", reviewBy: now + 30 * day, from: now, until: null },
  covers: {
    ...{ consumer: clients.onboarding, service: records.enforced.id, purpose: "means-test" },
    exchanges: [],
  },
};

function sign(changes: object = {}, by: Identity = theSealOf(country, "asking")): Promise<Buffer> {
  const signer = new SignerPool(by.certificate, keyOperation(by.privateKey));
  const payload = JSON.parse(JSON.stringify({ ...good, ...changes })) as StatementPayload;
  return signStatement(signer, restrictionType, payload);
}

async function send(act: Buffer, changes: Changes = {}): Promise<PeerAnswer> {
  const body = Buffer.from(JSON.stringify({ act: act.toString("latin1") }));
  return asking.send(await forgeRequest(country, real, changes, body));
}

async function kept(): Promise<number> {
  const log = openReader({ stateDirectory: country.answering.stateDirectory } as never);
  const { length } = await log.documentsOf("restriction");
  log.close();
  return length;
}

async function checkRefused(t: Test, answer: PeerAnswer, problem: object): Promise<void> {
  t.equal(answer.status, 200, JSON.stringify(answer.problem));
  t.equal(answer.signed?.document.type, "refusal");
  t.match(answer.problem, problem);
}

const denied = (rule: string) => ({ code: "access_denied", rule: `restriction.${rule}` });

/** ECDSA signs differently each time. */
const ordered = await sign();
const lift = { state: "lifted", revision: 2, previous: sha256Base64Url(ordered) };

t.test("a good one is taken", async (t) => {
  const answer = await send(ordered);
  t.equal(answer.signed?.document.type, "response", JSON.stringify(answer.problem));
  t.match(JSON.parse(answer.body.toString()), { id: good.id, revision: 1 });
});

t.test("refused, and not kept", async (t) => {
  const before = [await kept(), country.register.begun];
  const rogue = theSealOf(country, "rogue");
  const anew = { id: "01a203e7-89aa-71ef-9006-60e04cd25b14" };
  for (const [name, act, problem] of [
    ["forged by a non-authority", sign({ ...anew, authority: rogueAgency }, rogue), denied("authority")],
    ["forged in the authority's name", sign(anew, rogue), denied("authority")],
    ["over 12 months", sign({ ...anew, reviewBy: now + 367 * day }), denied("review")],
    ["without provision", sign({ ...anew, provision: undefined }), { code: "malformed_statement" }],
    ["for a purpose that nobody marked", sign(withPurpose("letters")), denied("purpose")],
    ["lifted out of turn", sign({ ...lift, revision: 3 }), denied("order")],
    ["lifted by a stranger", sign({ ...lift, authority: rogueAgency }, rogue), denied("authority")],
    ["a second order of the same id", sign({ provision: "Police Act § 2" }), denied("order")],
    ["of another instance", sign({ ...anew, instance: "PROD" }), denied("instance")],
    ["no act", Promise.resolve(Buffer.from("e.e.e")), { code: "malformed_statement" }],
  ] as const) {
    t.test(name, async (t) => checkRefused(t, await send(await act), problem));
  }
  t.test("the authority's, sent by another member", async (t) => {
    const changes: Changes = {
      document: (of) => ({ ...of, client: clients.onboarding }),
      head: (of) => ({
        ...of,
        headers: of.headers.map(([name, value]) =>
          name.toLowerCase() === "x-road-client" ? [name, clients.onboarding] : [name, value],
        ),
      }),
      signedBy: country.asking.parts.seals.get(bank)!,
    };
    await checkRefused(t, await send(await sign(anew), changes), denied("authority"));
  });
  t.same([await kept(), country.register.begun], before);
});

t.test("replayed act, in an exchange of its own", async (t) => {
  const act = await sign(lift);
  t.equal((await send(act)).signed?.document.type, "response");
  const before = await kept();
  await checkRefused(t, await send(act), denied("replayed"));
  await checkRefused(t, await send(await sign({ ...lift, revision: 3 })), denied("order"));
  t.equal(await kept(), before);
});

t.test("no information system may send one, not even the authority's own", async (t) => {
  const path = pathOf({ id: `${clients.population}/sealway.restriction` }, "/acts");
  const headers = ["Content-Type", "application/json"];
  const body = JSON.stringify({ act: (await sign()).toString("latin1") });
  const answer = await country.ask({ method: "POST", path, headers, body });
  t.match(answer.json(), { code: "access_denied", rule: "builtin.caller" });
});

function withPurpose(purpose: string) {
  return { id: "01a203e7-89aa-71ef-9006-60e04cd25b15", covers: { ...good.covers, purpose } };
}
