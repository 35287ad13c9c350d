import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import t, { type Test } from "tap";
import type { ErrorCode } from "../../src/core/error-codes.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { toWireHeaders, type WireMessage } from "../../src/message/wire.ts";
import type { SealEntry } from "./country/build.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { type Changes, type Forged, forgeAnswer, ocspOf, theSealOf } from "./country/forgery.ts";
import { PlayedServer, writeSigned } from "./country/peer.ts";
import {
  answeringServer,
  askingServer,
  clients,
  populationRegister,
  rogueAgency,
  services,
} from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";

/*
 * What a gateway makes of the answers of a malicious provider: a registered server with good keys, played by the test.
 * Whatever does not answer this very request, authentically and whole, is told to the information system as an error,
 * and recorded beside the request as a fault that the asking member signs; the forgery itself is not recorded.
 */

let alsoElsewhere: SealEntry | undefined;
const country = await SmallCountry.start(t, {
  moreSeals: (ca) => {
    const identity = ca.issueSeal(rogueAgency, "Rogue, hosted elsewhere");
    alsoElsewhere = { identity, member: rogueAgency, servers: [answeringServer] };
    return [alsoElsewhere];
  },
});
const rogue = await PlayedServer.start(country);
t.teardown(() => rogue.close());
let asked = 0;
/** Each time it is spread, another call: an X-Road-Id names one. */
const ask = {
  method: "POST",
  path: pathOf(services.rogue, "/a?b"),
  get headers() {
    return ["X-Road-Id", `q-${++asked}`];
  },
  body: "asked",
};

type Play = (request: WireMessage, response: ServerResponse) => Promise<void> | void;
type Row = readonly [name: string, code: ErrorCode, detail: RegExp, play: Play];

function play(name: string, rows: readonly Row[]): void {
  t.test(name, async (t) => {
    for (const [what, code, detail, answer] of rows) {
      await t.test(what, async (t) => {
        const before = rogue.count;
        rogue.play(({ message }, response) => answer(message, response));
        const expected = { code, detail, ...recorded.faultHere };
        const seen = await checkProblem(t, country, () => country.ask({ ...ask }), expected);
        t.equal(rogue.count, before + 1, "asked once");
        const fault = seen.asking[1]!.document;
        t.same([fault.signerRole, fault.from, fault.to], ["client", askingServer, askingServer]);
        t.equal(seen.result.header("x-road-id"), `q-${asked}`);
        t.equal(seen.result.json().contact, "operations@66666666.example");
      });
    }
  });
}

/** A signed answer that is in order but for the changes. */
const signed =
  (changes: Parameters<typeof forgeAnswer>[2] = {}, body?: Parameters<typeof forgeAnswer>[3]): Play =>
  async (request, response) =>
    writeSigned(response, await forgeAnswer(country, request, changes, body));
const doc = (change: (document: ExchangeDocument) => object): Play => signed({ document: change });
const said = (name: string, value: string | null): Play =>
  signed({ head: (head) => withHeader(head, name, value) });
/** A change of the document that the head goes along with. */
const both = (document: NonNullable<Changes["document"]>, name: string, value: string): Play =>
  signed({ document, head: (head) => withHeader(head, name, value) });
/** A good answer, changed on its way. */
const changed =
  (change: (forged: Forged) => { headers?: object; body?: Buffer }): Play =>
  async (request, response) => {
    const forged = await forgeAnswer(country, request);
    const { headers = toWireHeaders(forged.message), body = forged.body } = change(forged);
    response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
  };
const without = (name: string): Play =>
  changed(({ message }) => {
    const { [name]: _, ...headers } = toWireHeaders(message);
    return { headers };
  });
const unsigned =
  (status: number, body: string, headers: Record<string, string> = {}): Play =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

function withHeader(head: Head, name: string, value: string | null): Head {
  const others = head.headers.filter(([other]) => other !== name);
  return { ...head, headers: value === null ? others : [...others, [name, value]] };
}

const id = "01a20000-0000-7000-8000-000000000000";
const inconsistent = "inconsistent_response";
const zeros = "A".repeat(43);

/** An answer to an earlier call, as the rogue gave it. */
let earlier: Forged | undefined;
t.test("a good answer is delivered; its head cannot speak for the gateways", async (t) => {
  rogue.play(async ({ message }, response) => {
    const more: [string, string][] = [
      ["X-Road-Error", "server.fake"],
      ["Connection", "close"],
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "3"],
      ["Proxy-Authenticate", "Basic"],
      ["Server", "rogue"],
      ["Upgrade", "h2c"],
      ["tracestate", "a=b"],
      ["X-Kept", "yes"],
    ];
    earlier = await forgeAnswer(country, message, {
      head: (head) => ({ ...head, headers: [...more, ...head.headers] }),
    });
    writeSigned(response, earlier);
  });
  const { result, asking } = await country.watch(() => country.ask({ ...ask }));
  t.same([result.status, result.reason, result.body.toString()], [200, "Forged", "an answer"]);
  t.equal(result.header("X-Kept"), "yes");
  for (const name of [
    "X-Road-Error",
    "Transfer-Encoding",
    "Proxy-Authenticate",
    "Server",
    "Upgrade",
    "tracestate",
  ]) {
    t.equal(result.header(name), undefined, name);
  }
  t.equal(result.header("Content-Length"), "9");
  t.equal(result.header("Sealway-Demonstration"), "true");
  t.equal(result.header("Sealway-Exchange-Id"), asking[0]?.document.id);
  t.same(
    asking.map(({ what }) => what),
    ["sent request", "received response"],
  );
});

// biome-ignore format: a table is read by its columns
play("answers to something else", [
  ["another request's digest",     inconsistent, /answers another request/, doc((d) => ({ ...d, request: zeros }))],
  ["a replayed old answer",        inconsistent, /answers another request/, (_, response) => writeSigned(response, earlier!)],
  ["the request itself",           inconsistent, /answers another request/, (request, response) => writeSigned(response, { id: "" as never, message: request, body: Buffer.from("asked") })],
  ["another id",                   inconsistent, /its id/, both((d) => ({ ...d, id }), "x-road-request-id", id)],
  ["another conversation",         inconsistent, /its conversation/, doc((d) => ({ ...d, conversation: id }))],
  ["another client",               inconsistent, /its client/, both((d) => ({ ...d, client: clients.inspection }), "x-road-client", clients.inspection)],
  ["another query id",             inconsistent, /its queryId/, both((d) => ({ ...d, queryId: "another" }), "x-road-id", "another")],
  ["no query id",                  inconsistent, /its queryId/, doc((d) => ({ ...d, queryId: null }))],
  ["another represented party",    inconsistent, /its representedParty/, doc((d) => ({ ...d, representedParty: "GOV/1" }))],
  ["another deadline",             inconsistent, /its deadline/, doc((d) => ({ ...d, deadline: d.deadline + 1 }))],
  ["another instance",             inconsistent, /its instance/, doc((d) => ({ ...d, instance: "EE" }))],
  ["another service",              inconsistent, /its service/, both((d) => ({ ...d, service: { ...d.service, id: `${clients.rogue}/other` } }), "x-road-service", `${clients.rogue}/other`)],
  ["another version of the service", inconsistent, /its service/, doc((d) => ({ ...d, service: { ...d.service, version: "9.9.9" } }))],
  ["another description",          inconsistent, /its service/, doc((d) => ({ ...d, service: { ...d.service, sha256: zeros } }))],
  ["another endpoint",             inconsistent, /its endpoint/, doc((d) => ({ ...d, endpoint: { method: "GET", template: "/**" } }))],
  ["another use of the decision",  inconsistent, /its decisionUse/, doc((d) => ({ ...d, decisionUse: "automated" }))],
  ["to another server",            inconsistent, /its servers/, doc((d) => ({ ...d, to: "DEV/GOV/10000001/ss1" }))],
  ["from another of its servers",  inconsistent, /its servers/, signed({ signedBy: alsoElsewhere!.identity, document: (d) => ({ ...d, from: answeringServer }) })],
  ["another x-road-id",            "inconsistent_headers", /x-road-id/, said("x-road-id", "q-0")],
  ["another hash of the request",  inconsistent, /x-road-request-hash/, said("x-road-request-hash", randomBytes(64).toString("base64"))],
  ["no hash of the request",       inconsistent, /x-road-request-hash/, said("x-road-request-hash", null)],
  ["another kind of content",      inconsistent, /contentKind/, doc((d) => ({ ...d, contentKind: "json" }))],
  ["status 101",                   inconsistent, /status/, signed({ status: 101 }, Buffer.alloc(0))],
  ["status 199",                   inconsistent, /status/, signed({ status: 199 })],
  ["status 999",                   inconsistent, /status/, signed({ status: 999 })],
]);

const rogueSeal = theSealOf(country, "rogue");
const wrongMember = "certificate_wrong_member";
const revoked = { status: "revoked", revokedAt: country.clock.now(), reason: 1 } as const;
const stale = { thisUpdate: country.clock.now() - 9 * 3_600_000 };
const unregistered = country.ca.issueSeal(rogueAgency, "Rogue");
const late = (seconds: number): Play =>
  signed({ late: seconds, document: (d) => ({ ...d, ts: d.ts + 1000 * seconds }) });
const header = (change: (text: string) => string): Play => signed({ header: change });

// biome-ignore format: a table is read by its columns
play("answers that are not authentic", [
  ["unsigned",                     "missing_signature", /./, without("sealway-signature")],
  ["without a document",           "malformed_message", /./, without("sealway-exchange")],
  ["no message at all",            "malformed_message", /./, unsigned(200, "an answer")],
  ["signed by another member",     wrongMember, /./, signed({ signedBy: theSealOf(country, "answering") })],
  ["signed by the asking member",  wrongMember, /./, signed({ signedBy: theSealOf(country, "asking") })],
  ["from another server",          wrongMember, /./, doc((d) => ({ ...d, from: `${populationRegister}/ss1` }))],
  ["signed with the TLS key",      "certificate_unknown", /./, signed({ signedBy: country.rogue.tls })],
  ["signed by nobody registered",  "certificate_unknown", /./, signed({ signedBy: unregistered })],
  ["revoked certificate",          "certificate_revoked", /./, signed({ ocsp: ocspOf(country, rogueSeal.certificate, { state: revoked }) })],
  ["stale OCSP",                   "ocsp_stale", /./, signed({ ocsp: ocspOf(country, rogueSeal.certificate, stale) })],
  ["OCSP of another certificate",  "ocsp_invalid", /./, signed({ ocsp: ocspOf(country, unregistered.certificate) })],
  ["signed 62 seconds ago",        "clock_skew", /./, late(-62)],
  ["signed 62 seconds ahead",      "clock_skew", /./, late(62)],
  ["alg none",                     "malformed_signature", /./, header((text) => text.replace("ES256", "none"))],
  ["crit with more",               "malformed_signature", /./, header((text) => text.replace('"sigD"]', '"sigD","x"]'))],
  ["another version",              "unsupported_version", /./, doc((d) => ({ ...d, v: 2 }))],
  ["a refusal that permits",       "malformed_message", /./, doc((d) => ({ ...d, type: "refusal" }))],
  ["a conclusion of our own",      "malformed_message", /./, doc((d) => ({ ...d, signerRole: "client" }))],
  ["x-road-request-id twice",      "inconsistent_headers", /./, signed({ head: (h) => ({ ...h, headers: [...h.headers, ["X-Road-Request-Id", id]] }) })],
  ["a head that says otherwise",   "inconsistent_headers", /./, said("x-road-service", services.open.id)],
  ["document altered",             "digest_mismatch", /./, changed(({ message }) => ({ headers: { ...toWireHeaders(message), "sealway-exchange": Buffer.from(message.exchange.toString().replace('"decisionUse":null', '"decisionUse":"none"')).toString("base64url") } }))],
  ["head altered",                 "digest_mismatch", /./, changed(({ message }) => ({ headers: { ...toWireHeaders(message), "sealway-head": Buffer.from(message.head.toString("latin1").replace("Forged", "forged")).toString("base64url") } }))],
  ["body altered",                 "digest_mismatch", /./, changed(() => ({ body: Buffer.from("an Answer") }))],
  ["body longer",                  "digest_mismatch", /./, changed(() => ({ body: Buffer.from("an answer!") }))],
  ["body shorter",                 "digest_mismatch", /./, changed(() => ({ body: Buffer.from("an") }))],
  ["body missing",                 "digest_mismatch", /./, changed(() => ({ body: Buffer.alloc(0) }))],
  ["a large body altered",         "digest_mismatch", /./, largeAltered],
]);

async function largeAltered(request: WireMessage, response: ServerResponse): Promise<void> {
  const forged = await forgeAnswer(country, request, {}, Buffer.alloc(300_000, "a"));
  writeSigned(response, { ...forged, body: Buffer.alloc(300_000, "a").fill("b", 299_999) });
}

const problem = JSON.stringify({ code: "certificate_expired", detail: "the seal has ended" });
// biome-ignore format: a table is read by its columns
play("no signed answer: the peer's word, and no more", [
  ["500 with nothing",             "peer_rejected", /answered 500 internal_error/, unsigned(500, "")],
  ["400 with its reason",          "peer_rejected", /400 certificate_expired: the seal has ended/, unsigned(400, problem)],
  ["403 with a page",              "peer_rejected", /403/, unsigned(403, "<html>")],
  ["a code that is no code",       "peer_rejected", /400 internal_error/, unsigned(400, '{"code":"constructor"}')],
  ["a megabyte of reasons",        "peer_rejected", /400/, unsigned(400, "x".repeat(1_000_000))],
  ["a signed fault that fills the memory", "invalid_response", /longer/, signed({ type: "fault" }, Buffer.alloc(1_000_000, " "))],
  ["a redirect, which nobody follows", "peer_rejected", /302/, unsigned(302, "", { location: "https://127.0.0.1:1/" })],
  ["204",                          "peer_rejected", /204/, unsigned(204, "")],
  ["replay, told for good",        "peer_rejected", /409 replay/, unsigned(409, '{"code":"replay"}')],
  ["garbage instead of HTTP",      "malformed_message", /./, (_, response) => void response.socket!.end("what?\r\n\r\n")],
  ["more headers than are taken",  "malformed_message", /./, unsigned(200, "", { "sealway-head": "A".repeat(70_000) })],
  ["an interim status only",       "malformed_message", /./, (_, response) => void response.socket!.write("HTTP/1.1 103 Early Hints\r\n\r\n")],
]);

t.test("an X-Road-Id that stands in the head alone is compared there", async (t) => {
  rogue.play(({ message }, response) => said("x-road-id", "case 8")(message, response));
  const act = () => country.ask({ ...ask, headers: ["X-Road-Id", "case 7"] });
  const expected = { code: "inconsistent_response", detail: /x-road-id/, ...recorded.faultHere } as const;
  const { asking } = await checkProblem(t, country, act, expected);
  t.equal(asking[0]?.document.queryId, null);
});

t.test("refusals and faults that the provider signed are delivered as its own word", async (t: Test) => {
  const word =
    (body: string, type: "refusal" | "fault") => async (message: WireMessage, response: ServerResponse) =>
      writeSigned(response, await forgeAnswer(country, message, { type }, Buffer.from(body)));
  const rows: [name: string, play: Play, code: ErrorCode, type: string][] = [
    [
      "a refusal",
      word('{"code":"access_denied","detail":"no","hop":"consumer"}', "refusal"),
      "access_denied",
      "refusal",
    ],
    ["a fault", word('{"code":"service_timeout","detail":"late"}', "fault"), "service_timeout", "fault"],
    ["a refusal that gives no reason", word("", "refusal"), "internal_error", "refusal"],
    ["a refusal in no JSON", word("no!", "refusal"), "internal_error", "refusal"],
  ];
  for (const [name, answer, code, type] of rows) {
    await t.test(name, async (t) => {
      rogue.play(({ message }, response) => answer(message, response));
      const { result, asking } = await country.watch(() => country.ask({ ...ask }));
      t.match(result.json(), { code, hop: "provider", exchange: asking[0]?.document.id });
      t.same(
        asking.map(({ what }) => what),
        ["sent request", `received ${type}`],
      );
    });
  }
});

t.test("the chain is whole", async (t) => {
  t.same(await country.asking.log.findings(), []);
});
