import { generateKeyPairSync } from "node:crypto";
import t, { type Test } from "tap";
import type { ClientId, ServiceId } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { signAuthorityStatement } from "../../../src/message/authority-statement.ts";
import { signStatement } from "../../../src/message/signed-statement.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { termsDigest } from "../../../src/policy/agreements/agreement-act.ts";
import { answers } from "../../policy/agreements/acts.ts";
import { checkAnswer } from "../country/expectation.ts";
import { type Changes, forgeRequest, type Objects, theSealOf } from "../country/forgery.ts";
import { Peer, type PeerAnswer } from "../country/peer.ts";
import { bank, benefitsAgency, clients, rogueServer, services } from "../country/plan.ts";
import { SmallCountry } from "../country.ts";
import { call, keptOf, made, more, offered, requested, shown, terms } from "./agreement-scene.ts";

/*
 * Acts on agreements that somebody makes up, over real connections and with real keys: everything is right but one thing,
 * and that is refused by a signed message, is not kept, and changes nothing.
 */

const country = await SmallCountry.start(t, { more });
const { answering, asking } = country;
const seen = await country.watch(() => requested(t, country, terms("bank-a")));
const real = requestIn(seen.asking);
await made(t, answering, "approve", "bank-a");
const [bankSide, rogueSide] = [asking.parts.tls, country.rogue.tls].map((tls) => new Peer(country, tls));
t.teardown(() => [bankSide, rogueSide].map((peer) => peer?.close()));
const { head, termsDigest: agreed } = await shown(t, answering, "bank-a");
const bankSeal = asking.parts.seals.get(bank)!;
const other = "A".repeat(43);

function requestIn(messages: readonly { what: string; document: unknown; head: unknown }[]): Objects {
  const { document, head } = messages.find(({ what }) => what === "sent request")!;
  return { document, head } as Objects;
}

type States = { readonly [name: string]: unknown };

/** A good act of the bank's, then the changes. */
function act(changes: States = {}) {
  return {
    ...{ act: "suspend", agreement: "bank-a", by: "consumer", consumer: clients.onboarding, instance: "DEV" },
    ...{ previous: head, reason: "an incident", revision: 1, service: services.open.id, terms: agreed },
    ...{ time: country.clock.now(), ...changes },
  };
}

/** A good request of the bank's for something else, then the changes. */
function request(document: object, changes: States = {}) {
  const stated = { ...(document as { id: string; service: string }) };
  const { reason: _, ...rest } = act({ act: "request", agreement: stated.id, service: stated.service });
  const digest = termsDigest(stated as never);
  return { ...rest, previous: null, document: stated, terms: digest, answers, byLaw: null, ...changes };
}

function signed(
  statement: object,
  by: Identity = bankSeal,
  typ = "sealway-agreement-act+jws",
): Promise<Buffer> {
  const signer = new SignerPool(by.certificate, keyOperation(by.privateKey));
  return signStatement(signer, typ as "sealway-x+jws", statement as never);
}

const post = async (body: string, changes: Changes = {}): Promise<PeerAnswer> =>
  bankSide!.send(await forgeRequest(country, real, changes, Buffer.from(body)));
const send = (statement: Buffer) => post(JSON.stringify({ act: statement.toString("latin1") }));

async function checkRefused(t: Test, answer: PeerAnswer, code: string): Promise<void> {
  t.equal(answer.status, 200, JSON.stringify(answer.problem));
  t.equal(answer.signed?.document.type, "refusal");
  t.match(answer.problem, { code });
}

const asConsumer = (client: ClientId) => ({ consumer: client });

t.test("refused, and not kept", async (t) => {
  const before = await keptOf(answering, "agreement-act");
  const { privateKey: strangersKey } = generateKeyPairSync("ed25519");
  const strangers = (statement: object) =>
    signAuthorityStatement(strangersKey, "sealway-agreement-act+jws", statement as never);
  const open = services.open.id;
  const ordered = terms("by-law", offered.ordered.id, { purposes: [{ id: "account" }] });
  const cases: readonly (readonly [string, () => Buffer | Promise<Buffer>, string])[] = [
    ["out of order", () => signed(act({ previous: other })), "act_out_of_order"],
    [
      "replayed: a request that was approved",
      async () => (await keptOf(answering, "agreement-act"))[1]!,
      "access_denied",
    ],
    ["of another pair", () => signed(act(asConsumer(clients.inspection))), "access_denied"],
    [
      "about another service of the pair",
      () => signed(act({ service: services.small.id })),
      "agreement_mismatch",
    ],
    ["of another service's provider", () => signed(act({ service: services.companies.id })), "access_denied"],
    [
      "by another member's seal",
      () => signed(act(), theSealOf(country, "rogue")),
      "certificate_wrong_member",
    ],
    [
      "by another member's seal of the same server",
      () => signed(act(), sealOf(benefitsAgency)),
      "certificate_wrong_member",
    ],
    ["in the provider's name", () => signed(act({ by: "provider" })), "access_denied"],
    ["in the authority's name", () => signed(act({ by: "authority" })), "malformed_statement"],
    ["in the bank's name, by a key that is no seal's", () => strangers(act()), "malformed_statement"],
    ["with another terms digest", () => signed(act({ terms: other })), "agreement_mismatch"],
    ["about another revision", () => signed(act({ revision: 2 })), "agreement_mismatch"],
    ["that clears a flag nobody set", () => signed(act({ act: "resume" })), "transition_refused"],
    [
      "that only the provider makes",
      () => signed({ ...act({ act: "verify" }), attribute: "a", until: 1 }),
      "malformed_statement",
    ],
    ["of another instance", () => signed(act({ instance: "PROD" })), "malformed_statement"],
    ["of tomorrow", () => signed(act({ time: country.clock.now() + 86_400_000 })), "act_not_fresh"],
    ["of another kind", () => signed(act(), bankSeal, "sealway-erasure+jws"), "malformed_statement"],
    ["altered", () => altered(act()), "invalid_signature"],
    ["with more than it has", () => signed(act({ price: 1 })), "malformed_statement"],
    ["a request for what there is", () => signed(request(terms("bank-a"))), "act_out_of_order"],
    ["a request whose id is a file's", () => signed(request(terms("benefits-open"))), "act_refused"],
    [
      "a request with other terms than its digest",
      () => signed(request(terms("b"), { terms: other })),
      "malformed_statement",
    ],
    [
      "a request without complete answers",
      () => signed(request(terms("b"), { answers: { ...answers, answers: {} } })),
      "questionnaire_incomplete",
    ],
    [
      "a request by one that may not ask",
      () => signed(request(terms("b", offered.closed.id, { purposes: [{ id: "account" }] }))),
      "act_refused",
    ],
    [
      "a request for a purpose that there is not",
      () => signed(request(terms("b", offered.plain.id, { purposes: [{ id: "advertising" }] }))),
      "act_refused",
    ],
    [
      "a request for versions that there are not",
      () => signed(request(terms("b", open, { serviceVersions: "9" }))),
      "act_refused",
    ],
    [
      "a request for what would have ended",
      () =>
        signed(
          request(
            terms("b", open, { validity: { from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" } }),
          ),
        ),
      "act_refused",
    ],
    [
      "a request on what nobody offers",
      () => signed(request(terms("b", `${clients.population}/nothing` as ServiceId))),
      "act_refused",
    ],
    [
      "a request that claims a law that there is not",
      () => signed(request(terms("b"), { byLaw: { provision: "Data Act", withinDays: 1 } })),
      "act_refused",
    ],
    [
      "a request that claims a shorter deadline",
      () => signed(request(ordered, { byLaw: { provision: "Data Act, section 5", withinDays: 1 } })),
      "act_refused",
    ],
    ["a request that says nothing of the law", () => signed(request(ordered)), "act_refused"],
    [
      "a request with a condition of a kind that is none",
      () => signed(request(terms("b", open, { conditions: [{ kind: "trusted", attribute: "a" }] }))),
      "act_refused",
    ],
    [
      "a request for what is imported",
      () => signed(request(terms("b", open, { state: "migrated" }))),
      "act_refused",
    ],
    [
      "a request for the second revision",
      () => signed(request(terms("b", open, { revision: 2 }), { revision: 2 })),
      "agreement_mismatch",
    ],
  ];
  for (const [name, statement, code] of cases)
    t.test(name, async (t) => checkRefused(t, await send(await statement()), code));
  t.test("bodies that are none", async (t) => {
    for (const [body, code] of [
      ['{"act":"a","act":"b"}', "invalid_body"],
      ['{"act":"a"}', "malformed_statement"],
      ['"a"', "invalid_body"],
      [JSON.stringify({ act: "x".repeat(262_145) }), "invalid_body"],
    ] as const)
      await checkRefused(t, await post(body), code);
  });
  t.strictSame(await keptOf(answering, "agreement-act"), before, "nothing is kept");
  t.equal(await call(country), "200", "nothing changed");
});

function sealOf(member: typeof bank): Identity {
  return asking.parts.seals.get(member)!;
}

async function altered(statement: object): Promise<Buffer> {
  const [header, payload, value] = (await signed(statement)).toString("latin1").split(".");
  const text = Buffer.from(payload!, "base64url").toString().replace("an incident", "no incident");
  return Buffer.from(`${header}.${Buffer.from(text).toString("base64url")}.${value}`);
}

t.test("a third member neither acts on an agreement nor reads it", async (t) => {
  const asRogue = (method: string, path: string, template: string): Changes => ({
    document: (document) => ({
      ...document,
      client: clients.rogue,
      from: rogueServer,
      endpoint: { method, template },
    }),
    head: (head) => {
      const headers = head.headers.map(([name, value]) => {
        return [name, name.toLowerCase() === "x-road-client" ? clients.rogue : value] as const;
      });
      if (head.start.kind !== "request") return head;
      const target = head.start.target.replace("/acts", path);
      return { ...head, headers, start: { ...head.start, method, target } };
    },
    signedBy: theSealOf(country, "rogue"),
  });
  const ask = async (changes: Changes, body = "") =>
    rogueSide!.send(await forgeRequest(country, real, changes, Buffer.from(body)));
  const posted = JSON.stringify({ act: (await signed(act())).toString("latin1") });
  await checkRefused(t, await ask(asRogue("POST", "/acts", "/acts"), posted), "access_denied");
  const known = await ask(asRogue("GET", "/agreements/bank-a", "/agreements/{id}"));
  const unknown = await ask(asRogue("GET", "/agreements/nothing", "/agreements/{id}"));
  await checkRefused(t, known, "access_denied");
  const { exchange: _, ...told } = known.problem as { exchange: string };
  const { exchange: __, ...same } = unknown.problem as { exchange: string };
  t.strictSame(told, same, "what is there and what is not are refused alike");
});

t.test("no information system speaks for the gateway", async (t) => {
  const path = `/r1/${clients.population}/sealway.agreement/acts`;
  const headers = ["Content-Type", "application/json"];
  const ask = { method: "POST", path, headers, body: "{}", client: clients.onboarding };
  const seen = await country.watch(() => country.ask(ask));
  checkAnswer(t, seen.result, { code: "access_denied", hop: "consumer", rule: "builtin.caller" });
  t.same(seen.answering, [], "it stays at home");
});

t.test("an act that comes again is answered by the receipt that it had, and kept once", async (t) => {
  const good = await signed(act());
  const first = await send(good);
  t.equal(first.signed?.document.type, "response", JSON.stringify(first.problem));
  const before = await keptOf(answering, "agreement-receipt");
  const again = await send(good);
  t.strictSame(JSON.parse(again.body.toString()), JSON.parse(first.body.toString()));
  t.strictSame(await keptOf(answering, "agreement-receipt"), before);
  const seen = await country.watch(() => call(country));
  t.equal(seen.result, "agreement_suspended");
  t.equal(seen.calls, 0, "the register sees no call");
  t.match(seen.answering[1], { what: "sent refusal" });
});
