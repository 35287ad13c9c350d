import t, { type Test } from "tap";
import { memberOf } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { signStatement } from "../../../src/message/signed-statement.ts";
import { hourStatementType, signHourStatement } from "../../../src/messagelog/statement/hour-statement.ts";
import type { PairHour } from "../../../src/messagelog/statement/pair-hour.ts";
import { sumOf } from "../../../src/messagelog/statement/statement-tree.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { checkAnswer } from "../country/expectation.ts";
import { type Changes, forgeAnswer, forgeRequest, type Objects, theSealOf } from "../country/forgery.ts";
import { Peer, type PeerAnswer, PlayedServer, writeSigned } from "../country/peer.ts";
import {
  answeringServer,
  askingServer,
  benefitsAgency,
  clients,
  populationRegister,
  rogueAgency,
  rogueServer,
  services,
} from "../country/plan.ts";
import { pathOf, SmallCountry } from "../country.ts";

/*
 * Statements that a peer makes up, over real connections and with real keys: each is refused by a signed and recorded
 * message, and changes nothing.
 */

const hourMs = 3_600_000;
const country = await SmallCountry.start(t);
await country.ask({ path: pathOf(services.open) });
const hour = Math.floor(country.clock.now() / hourMs) * hourMs;
country.clock.ahead += 2 * hourMs;
const real = await realStatement();
const asking = new Peer(country, country.asking.parts.tls);
const rogue = new Peer(country, country.rogue.tls);
t.teardown(() => [asking, rogue].map((peer) => peer.close()));

/** A request of the asking gateway to `POST /statements`, as it was. */
async function realStatement(): Promise<Objects> {
  const seen = await country.watch(() => country.asking.gateway.reconcileNow());
  const { document, head } = seen.asking.find(({ what }) => what === "sent request")!;
  return { document, head };
}

const askingSide: PairHour = {
  ...{ member: benefitsAgency, server: askingServer, from: hour - hourMs },
  ...{ peer: populationRegister, peerServer: answeringServer },
};

/** A statement that nobody made before: the hour before the one in which there was traffic. */
function stated(changes: Partial<PairHour> & { time?: number; instance?: string } = {}, by?: Identity) {
  const { certificate, privateKey } = by ?? theSealOf(country, "asking");
  const { time = country.clock.now(), instance = "DEV", ...rest } = changes;
  const signer = new SignerPool(certificate, keyOperation(privateKey));
  return signHourStatement(signer, { instance, time, hour: { ...askingSide, ...rest }, sum: sumOf([]) });
}

const send = async (statement: Buffer): Promise<PeerAnswer> =>
  post(JSON.stringify({ statement: statement.toString("latin1") }));

/** @param path of the endpoint; the head of the real request is turned to it */
async function post(body: string, path = "/statements"): Promise<PeerAnswer> {
  const bytes = Buffer.from(body);
  return asking.send(await forgeRequest(country, real, turnedTo(path), bytes));
}

function turnedTo(path: string): Changes {
  return {
    document: (document) => ({ ...document, endpoint: { method: "POST", template: path } }),
    head: (head) => {
      if (head.start.kind !== "request") return head;
      return { ...head, start: { ...head.start, target: head.start.target.replace("/statements", path) } };
    },
  };
}

async function checkRefused(t: Test, answer: PeerAnswer, code: string): Promise<void> {
  t.equal(answer.status, 200, JSON.stringify(answer.problem));
  t.equal(answer.signed?.document.type, "refusal");
  t.match(answer.problem, { code });
}

async function kept(kind: "statement" | "reconciliation" = "statement"): Promise<number> {
  const log = openLogReader(`${country.answering.stateDirectory}/log`);
  const { length } = await log.documentsOf(kind);
  log.close();
  return length;
}

t.test("a good one is answered by the other side's", async (t) => {
  const answer = await send(await stated());
  t.equal(answer.signed?.document.type, "response", JSON.stringify(answer.problem));
  t.match(JSON.parse(answer.body.toString()), { statement: /^ey/ });
});

t.test("the same one again, in an exchange of its own, changes nothing", async (t) => {
  const statement = await stated({ from: hour - 2 * hourMs });
  await send(statement);
  const before = [await kept(), await kept("reconciliation")];
  t.equal((await send(statement)).signed?.document.type, "response");
  t.same([await kept(), await kept("reconciliation")], before);
});

t.test("two different ones of one hour are kept, and a finding", async (t) => {
  const from = hour - 3 * hourMs;
  await send(await stated({ from }));
  const { certificate, privateKey } = theSealOf(country, "asking");
  const signer = new SignerPool(certificate, keyOperation(privateKey));
  const sum = { ...sumOf([]), count: 1 };
  const said = { instance: "DEV", time: country.clock.now(), hour: { ...askingSide, from }, sum };
  const before = await kept();
  t.equal((await send(await signHourStatement(signer, said))).signed?.document.type, "response");
  t.equal(await kept(), before + 1);
  const codes = country.answering.gateway.health().alarms.map(({ code }) => code);
  t.ok(codes.includes("reconciliation_conflict"));
});

t.test("refused, and not kept", async (t) => {
  const before = await kept();
  const now = country.clock.now();
  const rogueSeal = theSealOf(country, "rogue");
  const bankSeal = [...country.asking.parts.seals].find(([member]) => member !== benefitsAgency)![1];
  const aligned = now - (now % hourMs);
  for (const [name, statement, code] of [
    ["signed by another member", stated({}, rogueSeal), "certificate_wrong_member"],
    ["signed by another member of the same server", stated({}, bankSeal), "certificate_wrong_member"],
    [
      "in another member's name",
      stated({ member: rogueAgency, server: rogueServer }, rogueSeal),
      "certificate_wrong_member",
    ],
    ["about another peer", stated({ peer: rogueAgency }), "certificate_wrong_member"],
    ["for another server", stated({ server: rogueServer }), "certificate_wrong_member"],
    ["about the hour that runs", stated({ from: aligned, time: aligned + hourMs }), "bad_request"],
    ["about a coming hour", stated({ from: aligned + 24 * hourMs }), "bad_request"],
    ["about an hour long ago", stated({ from: aligned - 24 * 30 * hourMs }), "bad_request"],
    ["about no full hour", stated({ from: hour - hourMs + 60_000 }), "malformed_statement"],
    ["made before the hour ended", stated({ time: hour - hourMs / 2 }), "malformed_statement"],
    ["made tomorrow", stated({ time: now + 24 * hourMs }), "malformed_statement"],
    ["of another instance", stated({ instance: "PROD" }), "malformed_statement"],
  ] as const) {
    t.test(name, async (t) => checkRefused(t, await send(await statement), code));
  }
  t.test("altered", async (t) => {
    const [header, payload, value] = (await stated()).toString("latin1").split(".");
    const other = Buffer.from(
      Buffer.from(payload!, "base64url").toString().replace('"count":0', '"count":1'),
    );
    const forged = Buffer.from(`${header}.${other.toString("base64url")}.${value}`);
    await checkRefused(t, await send(forged), "invalid_signature");
  });
  t.test("of another kind", async (t) => {
    const { certificate, privateKey } = theSealOf(country, "asking");
    const signer = new SignerPool(certificate, keyOperation(privateKey));
    const erasure = await signStatement(signer, "sealway-erasure+jws", { instance: "DEV", time: now });
    await checkRefused(t, await send(erasure), "malformed_statement");
    const other = await signStatement(signer, hourStatementType, { instance: "DEV", time: now });
    await checkRefused(t, await send(other), "malformed_statement");
  });
  t.test("a payload as deep as it is long", async (t) => {
    const bomb = Buffer.from(`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`).toString("base64url");
    const [header, , value] = (await stated()).toString("latin1").split(".");
    await checkRefused(t, await send(Buffer.from(`${header}.${bomb}.${value}`)), "invalid_signature");
  });
  t.equal(await kept(), before);
});

t.test("bodies that are none", async (t) => {
  for (const [name, body, code] of [
    ["a depth bomb", "[".repeat(60_000), "invalid_body"],
    ["nested deeper than it may", `${"[".repeat(100)}${"]".repeat(100)}`, "invalid_body"],
    ["larger than the service takes", JSON.stringify({ statement: "x".repeat(70_000) }), "body_too_large"],
    ["longer than a statement", JSON.stringify({ statement: "x".repeat(33_000) }), "invalid_body"],
    ["a member twice", '{"statement":"a","statement":"b"}', "invalid_body"],
    ["another member", '{"statement":"a","more":1}', "invalid_body"],
    ["no object", '"a"', "invalid_body"],
    ["nothing signed", '{"statement":"a"}', "malformed_statement"],
  ] as const) {
    t.test(name, async (t) => checkRefused(t, await post(body), code));
  }
});

t.test("questions about ranges", async (t) => {
  const from = "0".repeat(32);
  const to = "f".repeat(32);
  const question = (ranges: object[], at = hour) => JSON.stringify({ from: at, ranges });
  for (const [name, body, code] of [
    ["too many", question(Array.from({ length: 257 }, () => ({ from, to }))), "invalid_body"],
    ["none", question([]), "invalid_body"],
    ["one that ends before it begins", question([{ from: to, to: from }]), "invalid_body"],
    ["no id", question([{ from: "x", to }]), "invalid_body"],
    ["a time that has not come", question([{ from, to }], hour + 24 * hourMs), "bad_request"],
  ] as const) {
    for (const path of ["/ranges", "/entries"])
      t.test(`${name}: ${path}`, async (t) => checkRefused(t, await post(body, path), code));
  }
  const answer = await post(question([{ from, to }]), "/entries");
  const { entries } = JSON.parse(answer.body.toString());
  t.equal(entries.length, 1, "what the two had in that hour");
});

t.test("a third member learns nothing of others' exchanges", async (t) => {
  const asRogue = (path: string): Changes => {
    const turned = turnedTo(path);
    return {
      document: (document) => ({ ...turned.document!(document), client: clients.rogue, from: rogueServer }),
      head: (head) => {
        const { headers, ...rest } = turned.head!(head);
        const named = headers.map(([name, value]) => {
          return [name, name.toLowerCase() === "x-road-client" ? clients.rogue : value] as const;
        });
        return { ...rest, headers: named };
      },
      signedBy: theSealOf(country, "rogue"),
    };
  };
  const ask = async (body: string, path: string) =>
    rogue.send(await forgeRequest(country, real, asRogue(path), Buffer.from(body)));
  const range = { from: "0".repeat(32), to: "f".repeat(32) };
  const listed = await ask(JSON.stringify({ from: hour, ranges: [range] }), "/entries");
  t.same(JSON.parse(listed.body.toString()), { entries: [] });
  const others = JSON.stringify({ statement: (await stated()).toString("latin1") });
  await checkRefused(t, await ask(others, "/statements"), "certificate_wrong_member");
});

t.test("no information system calls it", async (t) => {
  const path = `/r1/${clients.population}/sealway.statement/statements`;
  const headers = ["Content-Type", "application/json"];
  const seen = await country.watch(() => country.ask({ method: "POST", path, headers, body: "{}" }));
  checkAnswer(t, seen.result, { code: "access_denied", hop: "consumer", rule: "builtin.caller" });
  t.same(seen.answering, [], "it stays at home");
});

t.test("a code that begins so is nobody else's", async (t) => {
  const path = `/r1/${clients.population}/sealway.other/x`;
  checkAnswer(t, await country.ask({ path }), { code: "unknown_service", hop: "consumer" });
});

t.test("a peer that answers for another hour has made no statement", async (t) => {
  const played = await PlayedServer.start(country);
  t.teardown(() => played.close());
  const statement = await signHourStatement(
    new SignerPool(
      theSealOf(country, "rogue").certificate,
      keyOperation(theSealOf(country, "rogue").privateKey),
    ),
    {
      ...{ instance: "DEV", time: country.clock.now(), sum: sumOf([]) },
      hour: {
        ...{ member: rogueAgency, server: rogueServer, from: hour - hourMs },
        ...{ peer: benefitsAgency, peerServer: askingServer },
      },
    },
  );
  played.play(async ({ message }, response) => {
    const asked = JSON.parse(message.exchange.toString("latin1"));
    const isOwn = asked.service.id.endsWith("/sealway.statement");
    const body = isOwn ? JSON.stringify({ statement: statement.toString("latin1") }) : "an answer";
    const json = (document: object) => ({ ...document, contentKind: "json" });
    const forged = await forgeAnswer(country, message, isOwn ? { document: json } : {}, Buffer.from(body));
    writeSigned(response, forged);
  });
  t.equal((await country.ask({ path: pathOf(services.rogue) })).status, 200);
  country.clock.ahead += 2 * hourMs;
  const before = played.count;
  await country.asking.gateway.reconcileNow();
  t.equal(played.count, before + 1, "it was asked");
  const codes = country.asking.gateway.health().alarms.map(({ code }) => code);
  t.notOk(codes.includes("reconciliation_differs"), "nothing was compared");
  const log = openLogReader(`${country.asking.stateDirectory}/log`);
  const found = (await log.documentsOf("statement")).map(({ bytes }) => bytes.toString("latin1"));
  log.close();
  t.notOk(found.includes(statement.toString("latin1")), "and its statement was not kept");
  t.equal(memberOf(clients.rogue), rogueAgency);
});
