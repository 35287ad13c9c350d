import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { request } from "undici";
import { sha256 } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { developmentPolicy, startTimestampAuthority } from "../../src/dev/timestamp-authority.ts";
import { fetchTimestamp } from "../../src/pki/timestamp-client.ts";
import { verifyTimestampToken } from "../../src/pki/timestamp-verdict.ts";
import { newDirectory } from "../new-directory.ts";
import { openssl, writePemFile } from "../pki/fixtures.ts";

const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
const imprint = { digest: "sha256", value: sha256("the root of a batch") } as const;
const nonce = Buffer.from("8123456789abcdef", "hex");

async function scene(t: Test) {
  const authority = await startTimestampAuthority({
    port: 0,
    clock: systemClock,
    identity: ca.issueTimestamping(),
  });
  t.teardown(() => authority.close());
  const ask = async (policy?: string, timeoutMs = 30_000) => {
    const question = { imprint, nonce, timeoutMs, ...(policy !== undefined && { policy }) };
    const token = await fetchTimestamp(authority.url, question);
    const anchors = [ca.root.certificate];
    const verdict = verifyTimestampToken(token, { imprint, nonce, anchors, at: systemClock.now() });
    return verdict.outcome === "valid" ? [] : verdict.findings;
  };
  return { authority, ask };
}

t.test("a query and its reply over HTTP are what openssl ts -verify takes", async (t) => {
  const { authority } = await scene(t);
  const directory = newDirectory();
  writeFileSync(join(directory, "data"), "the root of a batch");
  openssl(directory, "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query.tsq");
  const { body, headers } = await request(authority.url, {
    method: "POST",
    headers: { "content-type": "application/timestamp-query" },
    body: readFileSync(join(directory, "query.tsq")),
  });
  t.equal(headers["content-type"], "application/timestamp-reply");
  writeFileSync(join(directory, "reply.tsr"), Buffer.from(await body.arrayBuffer()));
  const root = writePemFile(directory, "root.pem", ca.root.certificate);
  openssl(directory, "ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", root);
  openssl(directory, "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", root);
});

t.test("each fault shows at the asking side", async (t) => {
  const { authority, ask } = await scene(t);
  const { knobs } = authority;
  t.strictSame(await ask(), []);
  t.strictSame(await ask(developmentPolicy), []);
  await t.rejects(ask("1.2.3.4"), { message: /failure 15/ });
  const findings = {
    "wrong-nonce": ["the nonce is not that of the request"],
    "no-nonce": ["the nonce is not that of the request"],
    "wrong-imprint": ["the imprint is of other data"],
    "wrong-signer": ["the signature is wrong"],
  };
  for (const [fault, expected] of Object.entries(findings)) {
    knobs.fault = fault;
    t.strictSame(await ask(), expected, fault);
  }
  const failures = {
    rejection: /rejected on purpose/,
    garbage: /malformed/,
    off: /503/,
    reset: /unreachable/,
  };
  for (const [fault, message] of Object.entries(failures)) {
    knobs.fault = fault;
    await t.rejects(ask(), { message }, fault);
  }
  knobs.fault = "none";
  knobs.clockAheadMs = 120_000;
  t.strictSame(await ask(), ["the time is in the future"]);
  knobs.clockAheadMs = 0;
  knobs.slowMs = 1_000;
  await t.rejects(ask(undefined, 500), { message: /no answer within 500 ms/ });
});

t.test("what is no query is refused", async (t) => {
  const { authority } = await scene(t);
  const headers = { "content-type": "application/timestamp-query" };
  t.equal((await request(authority.url)).statusCode, 415);
  t.equal((await request(authority.url, { method: "POST", body: "x" })).statusCode, 415);
  const { body } = await request(authority.url, { method: "POST", headers, body: "x" });
  t.equal(Buffer.from(await body.arrayBuffer())[4], 2, "rejection");
  const large = { method: "POST", headers, body: Buffer.alloc(70_000) } as const;
  const answered = await request(authority.url, large).then(
    ({ statusCode }) => statusCode,
    () => 413,
  );
  t.equal(answered, 413);
});
