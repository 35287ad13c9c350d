import t from "tap";
import { unsafeId } from "../../src/core/ids.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { type Changes, forgeRequest, realRequest, theSealOf } from "./country/forgery.ts";
import { Peer, type PeerAnswer } from "./country/peer.ts";
import { clients, rogueServer, services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";

/* Answers that a gateway keeps for a resend: whom they go to, and that they cost nothing twice. */

const country = await SmallCountry.start(t);
const asking = new Peer(country, country.asking.parts.tls);
const rogue = new Peer(country, country.rogue.tls);
t.teardown(() => {
  for (const peer of [asking, rogue]) peer.close();
});

const person = await realRequest(country, { path: pathOf(services.persons, "/persons/46808039945") });

function renamed(headers: Head["headers"], values: Readonly<Record<string, string>>): Head["headers"] {
  return headers.map(([name, value]) => [name, values[name.toLowerCase()] ?? value]);
}

/** The rogue's own message under somebody else's exchange id, in order otherwise. */
function underId(id: string): Changes {
  const values = { "x-road-request-id": id, "x-road-client": clients.rogue };
  return {
    signedBy: theSealOf(country, "rogue"),
    document: (d) => ({
      ...d,
      ...{
        id: unsafeId<ExchangeDocument["id"]>(id),
        client: clients.rogue,
        from: rogueServer,
        agreement: null,
      },
    }),
    head: (head) => ({ ...head, headers: renamed(head.headers, values) }),
  };
}

t.test("who knows another's exchange id does not get the answer that is kept under it", async (t) => {
  const forged = await forgeRequest(country, person);
  const first = await asking.send(forged);
  t.equal(first.signed?.document.type, "response");
  const own = await forgeRequest(country, person, underId(forged.id));
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
