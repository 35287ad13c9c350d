import { exec } from "node:child_process";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { request } from "undici";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { startOcspResponder } from "../../src/dev/ocsp-responder.ts";
import { fetchOcsp } from "../../src/pki/ocsp-client.ts";
import { buildOcspRequest } from "../../src/pki/ocsp-request.ts";
import { verifyOcspResponse } from "../../src/pki/ocsp-verdict.ts";
import { newDirectory } from "../new-directory.ts";
import { member, writePemFile } from "../pki/fixtures.ts";

const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
const seal = ca.issueSeal(member, "Registry of Persons").certificate;
const issuer = ca.issuing.certificate;
const root = ca.root.certificate;
const authorities = [
  { issuer, signer: ca.issueOcspSigner() },
  { issuer: root, signer: ca.root },
];
const nonce = Buffer.alloc(32, 3);
const serial = seal.serial.toString("hex");

async function scene(t: Test) {
  const responder = await startOcspResponder({ port: 0, clock: systemClock, authorities });
  t.teardown(() => responder.close());
  const ask = async (withNonce: Buffer | undefined = undefined) => {
    const question = { certificate: seal, issuer, timeoutMs: 30_000, ...(withNonce && { nonce: withNonce }) };
    const der = await fetchOcsp(responder.url, question);
    return verifyOcspResponse(der, { ...question, at: systemClock.now(), maxAgeMs: 3_600_000 });
  };
  const turn = (knobs: object | string) =>
    request(`${responder.url}knobs`, {
      method: "POST",
      body: typeof knobs === "string" ? knobs : JSON.stringify(knobs),
    });
  return { responder, ask, turn };
}

t.test("openssl ocsp asks it over HTTP and is content", async (t) => {
  const { responder } = await scene(t);
  const directory = newDirectory();
  for (const [name, certificate] of Object.entries({ root, issuer, seal })) {
    writePemFile(directory, `${name}.pem`, certificate);
  }
  const asking = "openssl ocsp -CAfile root.pem -verify_other issuer.pem -url";
  const ask = (question: string) =>
    promisify(exec)(`${asking} ${responder.url} ${question} 2>&1`, { cwd: directory });
  const good = await ask("-issuer issuer.pem -cert seal.pem");
  t.match(good.stdout, "Response verify OK");
  t.match(good.stdout, "seal.pem: good");
  t.notMatch(good.stdout, "WARNING", "the nonce came back");
  const byRoot = await ask("-issuer root.pem -cert issuer.pem");
  t.match(byRoot.stdout, "issuer.pem: good");
  responder.knobs.revoked = [{ serial, time: systemClock.now() - 60_000, reason: 1 }];
  const revoked = await ask("-issuer issuer.pem -cert seal.pem");
  t.match(revoked.stdout, "seal.pem: revoked");
});

t.test("it answers GET, with the request in base64 in the path", async (t) => {
  const { responder } = await scene(t);
  const path = encodeURIComponent(buildOcspRequest({ certificate: seal, issuer }).toString("base64"));
  const { body, headers } = await request(`${responder.url}${path}`);
  t.equal(headers["content-type"], "application/ocsp-response");
  const der = Buffer.from(await body.arrayBuffer());
  const verdict = verifyOcspResponse(der, {
    certificate: seal,
    issuer,
    at: systemClock.now(),
    maxAgeMs: 60_000,
  });
  t.equal(verdict.status, "good");
});

t.test("each fault shows at the asking side", async (t) => {
  const { responder, ask } = await scene(t);
  const { knobs } = responder;
  t.match(await ask(nonce), { status: "good" });
  knobs.fault = "wrong-nonce";
  t.match(await ask(nonce), { finding: "the nonce is not that of the request" });
  knobs.fault = "wrong-signer";
  t.match(await ask(), { finding: "the signature is wrong" });
  knobs.fault = "unknown";
  t.match(await ask(), { status: "unknown" });
  knobs.fault = "expired";
  t.match(await ask(), { status: "stale", finding: "the response has expired" });
  knobs.fault = "try-later";
  t.match(await ask(), { finding: "the responder refused to answer", detail: "tryLater" });
  knobs.fault = "garbage";
  t.match(await ask(), { finding: "the response is malformed" });
  knobs.fault = "off";
  await t.rejects(ask(), { message: /status 503/ });
  knobs.fault = "reset";
  await t.rejects(ask(), { message: /unreachable/ });
  knobs.fault = "none";
  knobs.ageMs = 2 * 3_600_000;
  t.match(await ask(), { status: "stale", finding: "the response is older than the freshness limit" });
  knobs.ageMs = 0;
  knobs.unknown = [serial];
  t.match(await ask(), { status: "unknown" });
  await responder.close();
  await t.rejects(ask(), { message: /unreachable/ });
});

t.test("a certificate of another CA is unauthorized, nonsense is a malformed request", async (t) => {
  const { responder } = await scene(t);
  const stranger = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: responder.url });
  const other = { certificate: seal, issuer: stranger.issuing.certificate };
  const der = await fetchOcsp(responder.url, { ...other, timeoutMs: 30_000 });
  t.match(verifyOcspResponse(der, { ...other, at: systemClock.now(), maxAgeMs: 60_000 }), {
    detail: "unauthorized",
  });
  const { body } = await request(responder.url, {
    method: "POST",
    headers: { "content-type": "application/ocsp-request" },
    body: "nonsense",
  });
  t.strictSame(Buffer.from(await body.arrayBuffer()), Buffer.from("30030a0101", "hex"));
});

t.test("knobs are turned over HTTP, and misspelt ones are refused", async (t) => {
  const { ask, turn, responder } = await scene(t);
  const set = await turn({ revoked: [{ serial, time: 1_700_000_000_000, reason: 1 }] });
  t.equal(set.statusCode, 200);
  t.match(await ask(), { status: "revoked", revokedAt: 1_700_000_000_000, reason: 1 });
  const shown = await request(`${responder.url}knobs`);
  t.strictSame(await shown.body.json(), responder.knobs);
  const wrong = [
    { slow: 1 },
    { slowMs: "1" },
    { revoked: "all" },
    { unknown: {} },
    { fault: "on" },
    [],
    "{",
    "null",
  ];
  for (const knobs of wrong) t.equal((await turn(knobs)).statusCode, 400, JSON.stringify(knobs));
});
