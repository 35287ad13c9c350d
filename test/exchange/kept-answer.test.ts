import t from "tap";
import { unsafeId } from "../../src/core/ids.ts";
import { byRogueUnder, forgeRequest, realRequest, renamed } from "./country/forgery.ts";
import { Peer, type PeerAnswer } from "./country/peer.ts";
import { clients, services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";

/* Answers that a gateway keeps for a resend: whom they go to, and that they cost nothing twice. */

const country = await SmallCountry.start(t);
const asking = new Peer(country, country.asking.parts.tls);
const rogue = new Peer(country, country.rogue.tls);
t.teardown(() => {
  for (const peer of [asking, rogue]) peer.close();
});

const person = await realRequest(country, { path: pathOf(services.persons, "/persons/46808039945") });

t.test("who knows another's exchange id does not get the answer that is kept under it", async (t) => {
  const forged = await forgeRequest(country, person);
  const first = await asking.send(forged);
  t.equal(first.signed?.document.type, "response");
  const own = await forgeRequest(country, person, byRogueUnder(country, forged.id));
  const answers: PeerAnswer[] = [];
  for (const _ of [1, 2, 3]) answers.push(await rogue.send(own));
  for (const { body, signed } of answers) {
    t.notOk(body.includes("46808039945") || body.equals(first.body), "nothing of the person");
    t.notOk(signed?.document.client === clients.benefits, "nothing that was said to another");
  }
});

t.test("a refusal that is sent for again is the same refusal, and costs no signature", async (t) => {
  const denied = await forgeRequest(country, person, {
    document: (d) => ({ ...d, ...{ client: clients.onboarding, agreement: null } }),
    head: (head) => ({ ...head, headers: renamed(head.headers, { "x-road-client": clients.onboarding }) }),
    signedBy: country.asking.parts.seals.get(unsafeId("DEV/COM/30000001"))!,
  });
  const first = await asking.send(denied);
  t.equal(first.signed?.document.type, "refusal");
  const again = await country.watch(() => asking.send(denied));
  t.same(again.result.headers, first.headers, "byte for byte");
  t.same(again.result.body, first.body);
  t.same([again.answering, again.calls], [[], 0]);
});
