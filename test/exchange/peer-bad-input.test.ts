import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { type ErrorCode, errorCodes } from "../../src/core/error-codes.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { toWireHeaders } from "../../src/message/wire.ts";
import type { SealEntry } from "./country/build.ts";
import {
  type Changes,
  type Forged,
  forgeRequest,
  type Objects,
  ocspOf,
  realRequest,
} from "./country/forgery.ts";
import { Peer, type PeerAnswer, type Sending } from "./country/peer.ts";
import {
  answeringServer,
  askingServer,
  bank,
  benefitsAgency,
  clients,
  type PlannedService,
  rogueServer,
  services,
} from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";

/*
 * What a gateway says to peers that send it bad messages, written with real keys and sent over real connections. What is
 * not authentic gets an unsigned error, costs no signature and leaves no record; what is authentic but not permitted is
 * refused by a signed and recorded message.
 */

const hour = 3_600_000;
const bad: Record<string, SealEntry> = {};
/** Known to its parties alone, of whom there are none. */
const hidden: PlannedService = {
  ...{ id: unsafeId(`${clients.population}/hidden`), contentKind: "opaque", target: "register" },
  ...{ endpoints: [["*", "/**"]], described: { visibility: "parties" } },
};
const country = await SmallCountry.start(t, {
  more: { services: [hidden], agreements: [] },
  moreSeals: (ca, now) => {
    const entry = (
      options: Parameters<typeof ca.issueSeal>[2],
      more: Partial<SealEntry> = {},
    ): SealEntry => ({
      ...{ identity: ca.issueSeal(benefitsAgency, "Benefits", options), member: benefitsAgency },
      ...{ servers: [askingServer], ...more },
    });
    bad.expired = entry({ notBefore: now - 9 * hour, notAfter: now - hour });
    bad.early = entry({ notBefore: now + hour });
    bad.elsewhere = entry({}, { servers: [answeringServer] });
    const withdrawn = [
      { state: "granted", from: "2020-01-01T00:00:00Z" },
      { state: "withdrawn", from: "2021-01-01T00:00:00Z" },
    ] as const;
    bad.withdrawn = entry({}, { history: withdrawn });
    return Object.values(bad);
  },
});

const seal = country.asking.parts.seals.get(benefitsAgency)!;
const populationSeal = [...country.answering.parts.seals.values()][0]!;
const rogueSeal = [...country.rogue.seals.values()][0]!;
const unregistered = country.ca.issueSeal(benefitsAgency, "Benefits");
const otherCa = new DevelopmentCa({ instance: "DEV", clock: country.clock, ocspUrl: "http://127.0.0.1:1/" });
const ofOtherCa = otherCa.issueSeal(benefitsAgency, "Benefits");

const posted = { method: "POST", path: pathOf(services.open, "/thing?a=b"), body: "whatever" };
const plain = await realRequest(country, {
  ...posted,
  headers: ["X-Road-Id", "query-1", "X-Road-UserId", "EE1", "X-Road-Issue", "B-7"],
});
const aboutPerson = await realRequest(country, { path: pathOf(services.persons, "/persons/46808039945") });
const aboutOther = await realRequest(country, { path: pathOf(services.persons, "/persons/60001019906") });
const body = Buffer.from("whatever");

const asking = new Peer(country, country.asking.parts.tls);
const rogue = new Peer(country, country.rogue.tls);
t.teardown(() => {
  for (const peer of [asking, rogue]) peer.close();
});

let signatures = 0;
const { sign } = crypto;
crypto.sign = ((...args: Parameters<typeof sign>) => {
  signatures++;
  return sign(...args);
}) as typeof sign;
syncBuiltinESMExports();

/** Sends and checks that the answer is an unsigned error and that nothing else came of it. */
async function checkUnsigned(
  t: Test,
  code: ErrorCode,
  send: () => Promise<PeerAnswer>,
  exchange: string | null = null,
): Promise<PeerAnswer> {
  const before = signatures;
  const seen = await country.watch(send);
  const { problem, status, headers, signed } = seen.result;
  const { remedy, title } = errorCodes[code];
  t.match(problem, { code, hop: "provider", exchange, rule: null, remedy, title });
  t.type(problem.detail, "string");
  t.equal(status, errorCodes[code].status, "status");
  t.equal(signed, undefined, "unsigned");
  t.equal(headers["retry-after"], undefined, "no invitation to try again");
  t.same(
    [seen.asking.length, seen.answering.length, seen.calls],
    [0, 0, 0],
    "no record, no call of the register",
  );
  t.equal(signatures, before, "no signature made");
  return seen.result;
}

/** A change of the message before it is signed, or of what is sent afterwards. */
interface Attempt extends Changes {
  readonly base?: Objects;
  readonly from?: Peer;
  readonly send?: (forged: Forged) => Sending;
}

type Row = readonly [name: string, code: ErrorCode, attempt: Attempt];

/** What sends it, and the id of its exchange. */
async function make({ base = plain, from = asking, send, ...changes }: Attempt) {
  const forged = await forgeRequest(country, base, changes, base.head.body === null ? undefined : body);
  return Object.assign(() => from.send(forged, send?.(forged)), { id: forged.id });
}

/** @param named whether the exchange was known when the error was found, and so is named */
function play(name: string, rows: readonly Row[], named: "no" | "yes" = "no"): void {
  t.test(name, async (t) => {
    for (const [what, code, attempt] of rows) {
      await t.test(what, async (t) => {
        const send = await make(attempt);
        await checkUnsigned(t, code, send, named === "yes" ? send.id : null);
      });
    }
  });
}

/** The four headers, changed. */
const wire = (change: (headers: Record<string, string>) => Record<string, string>) => ({
  send: ({ message }: Forged) => ({ headers: Object.entries(change(toWireHeaders(message))).flat() }),
});
const without = (name: string) => wire(({ [name]: _, ...rest }) => rest);
const replaced = (name: string, change: (value: string) => string) =>
  wire((headers) => ({ ...headers, [name]: change(headers[name]!) }));
const twice = (name: string): Attempt => ({
  send: ({ message }) => {
    const headers = toWireHeaders(message);
    return { headers: [...Object.entries(headers).flat(), name.toUpperCase(), headers[name]!] };
  },
});
const ex = "sealway-exchange";
const head = "sealway-head";
const sig = "sealway-signature";
const ocsp = "sealway-ocsp";
/** Decodes, changes and encodes again. */
const bytes = (name: string, change: (text: string) => string) =>
  replaced(name, (text) => {
    return Buffer.from(change(Buffer.from(text, "base64url").toString("latin1")), "latin1").toString(
      "base64url",
    );
  });

t.test("a good message is answered", async (t) => {
  const seen = await country.watch(await make({}));
  t.equal(seen.result.signed?.document.type, "response");
  t.same(
    seen.answering.map(({ what }) => what),
    ["received request", "sent response"],
  );
});

const malformed = "malformed_message";
// biome-ignore format: a table is read by its columns
play("the four headers", [
  ["no Sealway-Exchange",                 malformed, without(ex)],
  ["no Sealway-Head",                     malformed, without(head)],
  ["no Sealway-OCSP",                     malformed, without(ocsp)],
  ["unsigned: no Sealway-Signature",      "missing_signature", without(sig)],
  ["unsigned: empty Sealway-Signature",   "missing_signature", replaced(sig, () => "")],
  ["Sealway-Exchange twice",              malformed, twice(ex)],
  ["Sealway-Head twice",                  malformed, twice(head)],
  ["Sealway-Signature twice",             malformed, twice(sig)],
  ["Sealway-OCSP twice",                  malformed, twice(ocsp)],
  ["exchange with padding",               malformed, replaced(ex, (text) => `${text}=`)],
  ["exchange in the other alphabet",      malformed, replaced(ex, (text) => text.replace(/.$/, "+"))],
  ["exchange with a space inside",        malformed, replaced(ex, (text) => `${text.slice(0, 8)} ${text.slice(8)}`)],
  ["exchange truncated",                  malformed, replaced(ex, (text) => text.slice(0, -8))],
  ["exchange of more than 11 KiB",        malformed, replaced(ex, (text) => text + "A".repeat(15_000))],
  ["head that is not base64url",          malformed, replaced(head, (text) => `${text}!`)],
  ["OCSP in the other alphabet",          malformed, replaced(ocsp, (text) => `${text.slice(0, 9)}_${text.slice(10)}`)],
  ["OCSP of more than 4 KiB",             malformed, { ocsp: Buffer.alloc(4097) }],
]);

const badSignature = "malformed_signature";
const header = (change: (text: string) => string): Attempt => ({ header: change });
const swap = (from: string | RegExp, to: string) => header((text) => text.replace(from, to));
const member = (name: string, value: string) =>
  swap(new RegExp(`"${name.replace("#", "#")}":("[^"]*"|[^,}]*)`), `"${name}":${value}`);
const signedByOther = (message: Forged): Sending => {
  const [protectedPart] = message.message.signature.split("..");
  const value = sign("sha256", Buffer.from(`${protectedPart}.`), {
    key: rogueSeal.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  const headers = {
    ...toWireHeaders(message.message),
    [sig]: `${protectedPart}..${value.toString("base64url")}`,
  };
  return { headers: Object.entries(headers).flat() };
};
// biome-ignore format: a table is read by its columns
play("signatures", [
  ["re-signed by another key",            "invalid_signature", { send: signedByOther }],
  ["value with a bit changed",            "invalid_signature", replaced(sig, (text) => text.replace(/.$/, (last) => (last === "A" ? "Q" : "A")))],
  ["value of zeros",                      "invalid_signature", replaced(sig, (text) => `${text.split("..")[0]}..${"A".repeat(86)}`)],
  ["value truncated",                     badSignature, replaced(sig, (text) => text.slice(0, -4))],
  ["value missing",                       badSignature, replaced(sig, (text) => `${text.split("..")[0]}..`)],
  ["with a payload inside",               badSignature, replaced(sig, (text) => text.replace("..", ".e30."))],
  ["four parts",                          badSignature, replaced(sig, (text) => `${text}.AAAA`)],
  ["not base64url",                       badSignature, replaced(sig, (text) => `!${text}`)],
  ["longer than 8 KiB",                   badSignature, replaced(sig, (text) => text + "A".repeat(8192))],
  ["alg none",                            badSignature, member("alg", '"none"')],
  ["alg HS256",                           badSignature, member("alg", '"HS256"')],
  ["alg RS256 with a key for ES256",      badSignature, member("alg", '"RS256"')],
  ["alg ES384",                           badSignature, member("alg", '"ES384"')],
  ["alg of a prototype's member",         badSignature, member("alg", '"constructor"')],
  ["b64 true",                            badSignature, swap('"b64":false', '"b64":true')],
  ["crit without sigD",                   badSignature, swap('["b64","sigD"]', '["b64"]')],
  ["crit with more",                      badSignature, swap('["b64","sigD"]', '["b64","sigD","exp"]')],
  ["crit in another order",               badSignature, swap('["b64","sigD"]', '["sigD","b64"]')],
  ["mId of another mechanism",            badSignature, swap("ObjectIdByURIHash", "ObjectIdByURI")],
  ["pars exchanged",                      badSignature, swap('["exchange","head"]', '["head","exchange"]')],
  ["a third object",                      badSignature, swap('["exchange","head"]', '["exchange","head","body"]')],
  ["hashM S512",                          badSignature, swap('"hashM":"S256"', '"hashM":"S512"')],
  ["another signature policy",            badSignature, swap("urn:sealway:signature-policy:exchange:1", "urn:x:1")],
  ["iat as text",                         badSignature, swap(/"iat":(\d+)/, '"iat":"$1"')],
  ["iat with a fraction",                 badSignature, swap(/"iat":(\d+)/, '"iat":$1.5')],
  ["iat twice",                           badSignature, swap(/"iat":(\d+)/, '"iat":1,"iat":$1')],
  ["another member",                      badSignature, swap(/^\{/, '{"jku":"http://127.0.0.1/",')],
  ["white space",                         badSignature, swap(/^\{/, "{ ")],
  ["header that is no object",            badSignature, header(() => "[]")],
  ["header that is no JSON",              badSignature, header(() => "{")],
  ["x5c of another certificate",          badSignature, swap(/"x5c":\["[^"]*"/, `"x5c":["${rogueSeal.certificate.der.toString("base64")}"`)],
  ["x5t#S256 of another certificate",     badSignature, swap(/"x5t#S256":"[^"]*"/, `"x5t#S256":"${populationSeal.certificate.fingerprint}"`)],
]);

// biome-ignore format: a table is read by its columns
play("altered on the way", [
  ["exchange: a digit",                   "digest_mismatch", bytes(ex, (text) => text.replace(/"version":(\d)/, (_, v) => `"version":${(Number(v) + 1) % 10}`))],
  ["exchange: another person",            "digest_mismatch", bytes(ex, (text) => text.replace(/"decisionUse":null/, '"decisionUse":"none"'))],
  ["head: another path",                  "digest_mismatch", bytes(head, (text) => text.replace("/thing", "/other"))],
  ["head: another nonce",                 "digest_mismatch", bytes(head, (text) => text.replace(/sealway-nonce:.{4}/, "sealway-nonce:AAAA"))],
  ["head truncated",                      "digest_mismatch", bytes(head, (text) => text.slice(0, -2))],
]);

// biome-ignore format: a table is read by its columns
play("bodies other than the head's", [
  ["a byte changed",                      "digest_mismatch", { send: () => ({ body: Buffer.from("whateveR") }) }],
  ["a byte more",                         "digest_mismatch", { send: () => ({ body: Buffer.from("whatever!") }) }],
  ["a byte less",                         "digest_mismatch", { send: () => ({ body: Buffer.from("whateve") }) }],
  ["none",                                "digest_mismatch", { send: () => ({ body: Buffer.alloc(0) }) }],
  ["some where none was signed",          "digest_mismatch", { base: aboutPerson, send: () => ({ body }) }],
], "yes");

const signedBy = (identity: Identity, more: Attempt = {}): Attempt => ({ signedBy: identity, ...more });
const wrongMember = "certificate_wrong_member";
const unknown = "certificate_unknown";
// biome-ignore format: a table is read by its columns
play("signing certificates", [
  ["of another member of the same server",  wrongMember, signedBy(country.asking.parts.seals.get(bank)!)],
  ["of a member of the receiver",           wrongMember, signedBy(populationSeal)],
  ["of the rogue, on its own connection",   wrongMember, signedBy(rogueSeal, { from: rogue })],
  ["not granted for this server",           wrongMember, signedBy(bad.elsewhere!.identity)],
  ["the server's TLS certificate",          unknown, signedBy(country.asking.parts.tls)],
  ["not registered",                        unknown, signedBy(unregistered)],
  ["of an unlisted CA",                     unknown, signedBy(ofOtherCa, { ocsp: ocspOf(country, seal.certificate) })],
  ["withdrawn",                             unknown, signedBy(bad.withdrawn!.identity)],
  ["expired",                               "certificate_expired", signedBy(bad.expired!.identity)],
  ["not yet valid",                         "certificate_expired", signedBy(bad.early!.identity)],
]);

const now = country.clock.now();
const status = (changes: Parameters<typeof ocspOf>[2], signer?: Identity): Attempt => ({
  ocsp: ocspOf(country, seal.certificate, changes, signer),
});
const revoked = { status: "revoked", revokedAt: now - hour, reason: 1 } as const;
const good = ocspOf(country, seal.certificate);
// biome-ignore format: a table is read by its columns
play("OCSP", [
  ["revoked",                              "certificate_revoked", status({ state: revoked })],
  ["revoked, told by an old response",     "certificate_revoked", status({ state: revoked, thisUpdate: now - 24 * hour, nextUpdate: now - 12 * hour })],
  ["suspended",                            "certificate_revoked", status({ state: { ...revoked, reason: 6 } })],
  ["unknown to the responder",             "ocsp_invalid", status({ state: { status: "unknown" } })],
  ["older than the freshness limit",       "ocsp_stale", status({ thisUpdate: now - 9 * hour, nextUpdate: now + hour })],
  ["beyond its own end",                   "ocsp_stale", status({ thisUpdate: now - 2 * hour, nextUpdate: now - hour })],
  ["of the future",                        "ocsp_invalid", status({ producedAt: now + hour, thisUpdate: now + hour, nextUpdate: now + 2 * hour })],
  ["about another certificate",            "ocsp_invalid", { ocsp: ocspOf(country, populationSeal.certificate) }],
  ["signed by the member itself",          "ocsp_invalid", status({}, seal)],
  ["signed by another CA's responder",     "ocsp_invalid", status({}, otherCa.issueOcspSigner())],
  ["truncated",                            "ocsp_invalid", { ocsp: good.subarray(0, -10) }],
  ["with a byte changed",                  "ocsp_invalid", { ocsp: Buffer.from(good).fill(0, good.length - 700, good.length - 690) }],
  ["bytes behind it",                      "ocsp_invalid", { ocsp: Buffer.concat([good, Buffer.from([0])]) }],
  ["empty",                                "ocsp_invalid", { ocsp: Buffer.alloc(0) }],
]);

const doc = (change: (document: ExchangeDocument) => object): Attempt => ({ document: change });
const moved = (ms: number) => (d: ExchangeDocument) => ({ ...d, ts: d.ts + ms, deadline: d.deadline + ms });
// biome-ignore format: a table is read by its columns
play("time", [
  ["signed 62 seconds ago",                "clock_skew", { late: -62, document: moved(-62_000) }],
  ["signed 62 seconds ahead",              "clock_skew", { late: 62, document: moved(62_000) }],
  ["iat long before ts",                   "clock_skew", { late: -30 }],
  ["ts long before iat",                   "clock_skew", { document: moved(-90_000) }],
  ["deadline that has passed",             "deadline_exceeded", { late: -30, document: (d) => ({ ...d, ts: d.ts - 30_000, deadline: d.ts - 1 }) }],
  ["deadline two hours away",              "deadline_exceeded", doc((d) => ({ ...d, deadline: d.ts + 2 * hour }))],
]);

const elsewhere = "wrong_recipient";
// biome-ignore format: a table is read by its columns
play("from whom, to whom", [
  ["to another server",                    elsewhere, doc((d) => ({ ...d, to: rogueServer }))],
  ["to the sender itself",                 elsewhere, doc((d) => ({ ...d, to: askingServer }))],
  ["of another instance",                  elsewhere, doc((d) => ({ ...d, instance: "EE" }))],
  ["on another server's connection",       "peer_unknown", { from: rogue }],
  ["from another server",                  wrongMember, doc((d) => ({ ...d, from: rogueServer }))],
  ["from the receiver itself",             "peer_unknown", signedBy(bad.elsewhere!.identity, doc((d) => ({ ...d, from: answeringServer })))],
  ["client that no server serves",         "peer_unknown", asAnother(`${benefitsAgency}/nothing`)],
  ["client of another server",             wrongMember, asAnother(clients.rogue)],
]);

/** Another client, in the document as in the head. */
function asAnother(client: string): Attempt {
  return {
    document: (d) => ({ ...d, client }),
    head: (h) => withHeader(h, "X-Road-Client", client),
  };
}

function withHeader(h: Head, wanted: string, value: string): Head {
  const same = (name: string) => name.toLowerCase() === wanted.toLowerCase();
  return { ...h, headers: [...h.headers.filter(([name]) => !same(name)), [wanted, value]] };
}

const raw = (change: (text: string) => string): Attempt => ({
  exchangeBytes: (bytes) => Buffer.from(change(bytes.toString("latin1")), "latin1"),
});
// biome-ignore format: a table is read by its columns
play("exchange documents", [
  ["another version",                      "unsupported_version", doc((d) => ({ ...d, v: 2 }))],
  ["a version and a member of the future", "unsupported_version", doc((d) => ({ ...d, v: 2, zone: "x" }))],
  ["a member more",                        malformed, doc((d) => ({ ...d, zone: "x" }))],
  ["a member less",                        malformed, doc(({ about: _, ...d }) => d)],
  ["a member twice",                       malformed, raw((text) => text.replace('"type"', '"type":"request","type"'))],
  ["white space",                          malformed, raw((text) => text.replace(":", ": "))],
  ["a number in another form",             malformed, raw((text) => text.replace(/"ts":(\d+)/, '"ts":$1.0'))],
  ["an escape",                            malformed, raw((text) => text.replace('"request"', '"r\\u0065quest"'))],
  ["members in another order",             malformed, raw((text) => text.replace(/^\{("about":null),(.*),("v":1)\}$/, "{$2,$3,$1}"))],
  ["not JSON",                             malformed, raw((text) => text.slice(1))],
  ["no object",                            malformed, raw(() => "null")],
  ["text beyond ASCII",                    malformed, raw((text) => text.replace('"DEV"', '"D\xc3\xa4V"'))],
  ["a response",                           malformed, doc((d) => ({ ...d, type: "response" }))],
  ["signed by a server's owner",           malformed, doc((d) => ({ ...d, signerRole: "server-owner" }))],
  ["subjectCount other than the subjects", malformed, doc((d) => ({ ...d, subjectCount: 1 }))],
  ["an id of another form",                malformed, doc((d) => ({ ...d, id: d.id.toUpperCase() }))],
]);

const lines = (change: (text: string) => string): Attempt => ({
  headBytes: (bytes) => Buffer.from(change(bytes.toString("latin1")), "latin1"),
});
// biome-ignore format: a table is read by its columns
play("heads", [
  ["without a nonce",                      malformed, lines((text) => text.replace(/sealway-nonce.*\r\n/, ""))],
  ["with a short nonce",                   malformed, lines((text) => text.replace(/(sealway-nonce:.{4}).*\r\n/, "$1\r\n"))],
  ["with a line of ours more",             malformed, lines((text) => `${text}sealway-other:1\r\n`)],
  ["with a line of ours twice",            malformed, lines((text) => text + text.slice(text.indexOf("sealway-nonce")))],
  ["with ours before theirs",              malformed, lines((text) => text.replace(/(X-Road-Client[^\r]*\r\n)(.*)$/s, "$2$1"))],
  ["with line feeds only",                 malformed, lines((text) => text.replaceAll("\r\n", "\n"))],
  ["with a space behind the colon",        malformed, lines((text) => text.replace("X-Road-Client:", "X-Road-Client: "))],
  ["with a folded line",                   malformed, lines((text) => text.replace("X-Road-Client", " X-Road-Client"))],
  ["with a method that is none",           malformed, lines((text) => text.replace("POST", "post"))],
  ["with a digest of another kind",        malformed, lines((text) => text.replace("sha-512", "sha-256"))],
  ["of an answer",                         malformed, lines((text) => text.replace(/^POST\r\n.*\r\n/, "200\r\nOK\r\n"))],
]);

const inconsistent = "inconsistent_headers";
const said = (name: string, value: string): Attempt => ({ head: (h) => withHeader(h, name, value) });
const target = (path: string): Attempt => ({
  head: (h) => ({ ...h, start: { kind: "request", method: "POST", target: path } }),
});
const twoOf = (name: string): Attempt => ({
  head: (h) => ({
    ...h,
    headers: [...h.headers, h.headers.find(([other]) => other.toLowerCase() === name)!],
  }),
});
// biome-ignore format: a table is read by its columns
play("documents and heads that contradict each other", [
  ["another client",                       inconsistent, said("X-Road-Client", clients.inspection)],
  ["X-Road-Client twice",                  inconsistent, twoOf("x-road-client")],
  ["another X-Road-Id",                    inconsistent, said("X-Road-Id", "query-2")],
  ["another x-road-request-id",            inconsistent, said("x-road-request-id", "01a20000-0000-7000-8000-000000000000")],
  ["another represented party",            inconsistent, said("X-Road-Represented-Party", "GOV/1")],
  ["another security server",              inconsistent, said("X-Road-Security-Server", rogueServer)],
  ["another user",                         inconsistent, said("X-Road-UserId", "EE2")],
  ["another case",                         inconsistent, said("X-Road-Issue", "B-8")],
  ["another service",                      inconsistent, target(pathOf(services.persons, "/thing"))],
  ["no service at all",                    inconsistent, target("/thing")],
  ["a path that can be read twice",        inconsistent, target(pathOf(services.open, "/a/../thing"))],
  ["another method",                       inconsistent, doc((d) => ({ ...d, endpoint: { ...d.endpoint, method: "GET" } }))],
  ["a template that the path does not fit", inconsistent, doc((d) => ({ ...d, endpoint: { method: "POST", template: "/other" } }))],
  ["an opening of somebody else",          "subject.mismatch", { base: aboutPerson, head: (h) => ({ ...h, openings: aboutOther.head.openings }) }],
  ["an opening less",                      "subject.mismatch", { base: aboutPerson, head: (h) => ({ ...h, openings: { ...h.openings, subjects: [] } }) }],
  ["a commitment to nobody's user",        inconsistent, { head: (h) => ({ ...h, openings: { ...h.openings, user: null } }) }],
]);

t.test("connections", async (t) => {
  const selfMade = otherCa.issueTls(askingServer, "Somebody");
  const strangers: [name: string, identity: Identity | null][] = [
    ["no client certificate", null],
    ["a certificate that is not registered", country.ca.issueTls(askingServer, "Benefits")],
    ["a certificate of another CA", selfMade],
    ["a seal where a TLS certificate should be", seal],
  ];
  for (const [name, identity] of strangers) {
    await t.test(name, async (t) => {
      const peer = new Peer(country, identity);
      await checkUnsigned(t, "peer_unknown", await make({ from: peer }));
      peer.close();
    });
  }
  await t.test("nothing but POST /exchange/v1", async (t) => {
    for (const sending of [
      { method: "GET" },
      { path: "/exchange/v2" },
      { path: "/exchange/v1?a" },
      { path: "/" },
    ]) {
      await checkUnsigned(t, "not_found", await make({ send: () => sending }));
    }
  });
  await t.test("more headers than HTTP takes here", (t) => {
    return checkUnsigned(t, malformed, () => asking.post({ headers: [ex, "A".repeat(70_000)] }));
  });
});

/** Refused by a signed and recorded message. */
type Refused = readonly [name: string, code: ErrorCode, rule: string | null, attempt: Attempt];
const other = (service: { readonly id: string }, path: string): Attempt => ({
  document: (d) => ({ ...d, service: { ...d.service, id: service.id } }),
  head: (h) => ({ ...h, start: { kind: "request", method: "POST", target: pathOf(service, path) } }),
});
/** With the digest of the description, which every gateway knows. */
const knowing = ({ id }: PlannedService, attempt: Attempt): Attempt => {
  const sha256 = sha256Base64Url(readFileSync(join(country.directory, "services", `${id}.json`)));
  return { ...attempt, document: (d) => ({ ...d, service: { ...d.service, id, sha256 } }) };
};
const commitsTo = ({ document, head }: Objects): Attempt => ({
  base: aboutPerson,
  document: (d) => ({ ...d, subjects: document.subjects, subjectCount: document.subjectCount }),
  head: (h) => ({ ...h, openings: { ...h.openings, subjects: head.openings.subjects } }),
});
// biome-ignore format: a table is read by its columns
const refused: readonly Refused[] = [
  ["a provider that is not served here",     "provider_moved", null, other(services.own, "/thing")],
  ["a service that nobody describes",        "unknown_service", null, other({ id: `${clients.population}/nothing` }, "/thing")],
  ["a service that its client may not see",  "unknown_service", null, other(hidden, "/thing")],
  ["the same, by the description's digest",  "unknown_service", null, knowing(hidden, other(hidden, "/thing"))],
  ["another description",                    "description_mismatch", null, doc((d) => ({ ...d, service: { ...d.service, sha256: d.configuration.sha256 } }))],
  ["another version of the description",     "description_mismatch", null, doc((d) => ({ ...d, service: { ...d.service, version: "9.9.9" } }))],
  ["a template that is not the description's", "endpoint_not_described", null, doc((d) => ({ ...d, endpoint: { method: "POST", template: "/thing" } }))],
  ["an agreement that is not in force",      "agreement_mismatch", "agreement.named", doc((d) => ({ ...d, agreement: { ...d.agreement, sha256: d.configuration.sha256 } }))],
  ["a client without an agreement",          "access_denied", "agreement.exists", { ...asAnother(clients.onboarding), signedBy: country.asking.parts.seals.get(bank)! }],
  ["a person other than the path's",         "subject.mismatch", null, commitsTo(aboutOther)],
  ["nobody where the path names a person",   "subject.mismatch", null, commitsTo(plain)],
  ["a person where the description has none", "subject.mismatch", null, { ...commitsTo(aboutPerson), base: plain }],
  ["a person in another role",               "subject.mismatch", null, { base: aboutPerson, document: (d) => ({ ...d, subjects: d.subjects.map((one) => ({ ...one, role: "representative" })) }) }],
];

t.test("authentic, but not permitted: refused, signed, recorded", async (t) => {
  for (const [name, code, rule, attempt] of refused) {
    await t.test(name, async (t) => {
      const seen = await country.watch(await make(attempt));
      const { status, signed, problem } = seen.result;
      t.equal(status, 200);
      t.match(problem, { code, hop: "provider", rule, remedy: errorCodes[code].remedy });
      t.equal(signed?.document.type, "refusal");
      t.same(signed?.document.decision, { code, fieldsRemoved: [], verdict: "deny" });
      t.equal(signed?.document.id, problem.exchange);
      t.equal(signed?.document.signerRole, code === "provider_moved" ? "server-owner" : "member");
      t.same(
        seen.answering.map(({ what }) => what),
        ["received request", "sent refusal"],
      );
      t.equal(seen.calls, 0);
    });
  }
});

t.test("the same message again gets the same answer; another one with its id is a replay", async (t) => {
  const forged = await forgeRequest(country, plain, {}, body);
  const first = await asking.send(forged);
  const again = await country.watch(() => asking.send(forged));
  t.equal(first.status, 200);
  t.same(again.result.headers, first.headers, "byte for byte");
  t.same(again.result.body, first.body);
  t.same([again.answering, again.calls], [[], 0]);
  const id = unsafeId<ExchangeDocument["id"]>(forged.id);
  const same = {
    document: (d: ExchangeDocument) => ({ ...d, id }),
    head: (h: Head) => withHeader(h, "x-road-request-id", id),
  };
  const replayed = await country.watch(await make(same));
  t.match(replayed.result.problem, { code: "replay", exchange: id });
  t.equal(replayed.result.status, 409);
  t.equal(replayed.result.headers["retry-after"], undefined, "it will never be answered");
  t.same([replayed.answering, replayed.calls], [[], 0]);
  const byRogue = { ...same, ...asAnother(clients.rogue), from: rogue };
  const foreign: Attempt = {
    ...{ from: rogue, signedBy: rogueSeal },
    document: (d) => ({ ...byRogue.document(d), id, from: rogueServer, agreement: null }),
    head: (h) => withHeader(byRogue.head(h), "x-road-request-id", id),
  };
  const stranger = await country.watch(await make(foreign));
  t.equal(stranger.result.signed?.document.type, "response", "ids of different servers do not meet");
});

t.test("the same message while it is being worked on", async (t) => {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    country.register.answer(async () => {
      resolve();
      await released;
      return { body: "done" };
    });
  });
  const forged = await forgeRequest(country, plain, {}, body);
  const first = asking.send(forged);
  await begun;
  const second = await asking.send(forged);
  t.match(second.problem, { code: "exchange_in_progress", exchange: forged.id });
  t.equal(second.status, 409);
  t.equal(second.headers["retry-after"], "1");
  release();
  t.equal((await first).body.toString(), "done");
  t.equal((await asking.send(forged)).body.toString(), "done");
  country.register.answer();
});

t.test("640 calls of strangers and forgers leave the log as it was and cost no signature", async (t) => {
  const stranger = new Peer(country, null);
  // On a slow machine the flood outlasts a usual deadline.
  const lasting = doc((d) => ({ ...d, deadline: d.ts + 600_000 }));
  const attempts: readonly Attempt[] = [
    { from: stranger },
    { from: rogue },
    without(sig),
    { send: signedByOther },
    bytes(head, (text) => text.replace("/thing", "/other")),
    signedBy(unregistered),
    status({ state: revoked }),
    { send: () => ({ body: Buffer.from("whateveR") }) },
  ];
  const forgeries = await Promise.all(attempts.map((attempt) => make({ ...lasting, ...attempt })));
  const before = {
    signatures,
    answering: await country.answering.log.count(),
    lines: country.answering.logLines.length,
  };
  const statuses = new Set<number>();
  const seen = await country.watch(async () => {
    for (let i = 0; i < 640; i += 16) {
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, j) => forgeries[j % forgeries.length]!()),
      );
      for (const answer of answers) statuses.add(answer.status);
    }
  });
  t.same([...statuses].sort(), [400, 403]);
  t.same([seen.answering, seen.calls], [[], 0]);
  t.equal(signatures, before.signatures);
  const lines = country.answering.logLines.length - before.lines;
  t.ok(lines < 300, `a flood writes ${lines} lines`);
  stranger.close();
});

t.test("the chain is whole", async (t) => {
  t.same(await country.answering.log.findings(), []);
});
