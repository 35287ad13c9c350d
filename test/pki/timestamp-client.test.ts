import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t, { type Test } from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { freePort } from "../../src/dev/free-port.ts";
import { developmentPolicy, startTimestampAuthority } from "../../src/dev/timestamp-authority.ts";
import { newTrustIdentities, startTrustServices } from "../../src/dev/trust-services.ts";
import { fetchOcsp } from "../../src/pki/ocsp-client.ts";
import { fetchTimestamp, obtainTimestamp, type TimestampSources } from "../../src/pki/timestamp-client.ts";
import { clock, newCa, now } from "./fixtures.ts";

const imprint = { digest: "sha256", value: sha256("the root of a batch") } as const;

/** Trust services whose certificates name their real responder; and a second TSA. */
async function scene(t: Test) {
  const responder = await freePort();
  const ca = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: `http://127.0.0.1:${responder}/` });
  const services = await startTrustServices(newTrustIdentities(ca), clock, {
    ca: 0,
    ocsp: responder,
    tsa: 0,
  });
  const second = await startTimestampAuthority({ port: 0, clock, identity: ca.issueTimestamping() });
  t.teardown(() => Promise.all([services.close(), second.close()]));
  const sources: TimestampSources = {
    authorities: [{ url: services.tsa.url, policies: [developmentPolicy] }, { url: second.url }],
    anchors: [ca.root.certificate],
    clock,
    timeoutMs: 30_000,
    pausesMs: [],
  };
  return { ca, services, second, sources };
}

t.test(
  "a token comes back with its chain and a good OCSP response for each certificate below the anchor",
  async (t) => {
    const { ca, services, sources } = await scene(t);
    const { timestamp, authority } = await obtainTimestamp(imprint, sources);
    t.equal(authority, services.tsa.url);
    t.equal(timestamp.genTime, now);
    t.equal(timestamp.revocation?.status, "good");
    t.equal(timestamp.ocspResponses.length, 2);
    const wanted = [timestamp.tsaCertificate, ca.issuing.certificate].map(({ fingerprint }) => fingerprint);
    t.strictSame(timestamp.certificates.map(({ fingerprint }) => fingerprint).toSorted(), wanted.toSorted());
  },
);

t.test("the second authority is asked whatever is wrong with the first", async (t) => {
  const { services, second, sources } = await scene(t);
  const faults = [
    "off",
    "reset",
    "garbage",
    "rejection",
    "wrong-nonce",
    "no-nonce",
    "wrong-imprint",
    "wrong-signer",
  ];
  for (const fault of faults) {
    services.tsa.knobs.fault = fault;
    t.equal((await obtainTimestamp(imprint, sources)).authority, second.url, fault);
  }
  services.tsa.knobs.fault = "none";
  services.tsa.knobs.clockAheadMs = 3_600_000;
  t.equal((await obtainTimestamp(imprint, sources)).authority, second.url, "a clock that is ahead");
  services.tsa.knobs.clockAheadMs = 0;
  services.tsa.knobs.slowMs = 60_000;
  // Long enough for the second one on a busy machine.
  const hurried = { ...sources, timeoutMs: 2_500 };
  t.equal((await obtainTimestamp(imprint, hurried)).authority, second.url, "slow");
});

t.test("a TSA whose certificate is revoked, unknown or without fresh state gives no token", async (t) => {
  const { ca, services, second, sources } = await scene(t);
  const { timestamp } = await obtainTimestamp(imprint, sources);
  const serial = timestamp.tsaCertificate.serial.toString("hex");
  services.ocsp.knobs.revoked = [{ serial, time: now - 1000, reason: 4 }];
  t.equal((await obtainTimestamp(imprint, sources)).authority, second.url, "revoked");
  services.ocsp.knobs.revoked = [];
  services.ocsp.knobs.unknown = [serial];
  t.equal((await obtainTimestamp(imprint, sources)).authority, second.url, "unknown");
  services.ocsp.knobs.fault = "off";
  await t.rejects(obtainTimestamp(imprint, sources), {
    message: "no time-stamping authority gave a good token",
    errors: [{ message: /503/ }, { message: /503/ }],
  });
  const trusted = { ...sources, anchors: [timestamp.tsaCertificate, ca.issuing.certificate] };
  t.equal(
    (await obtainTimestamp(imprint, trusted)).timestamp.revocation,
    undefined,
    "an anchor is not asked for",
  );
});

t.test("all authorities are tried again after each pause", async (t) => {
  const { services, second, sources } = await scene(t);
  services.tsa.knobs.fault = "off";
  second.knobs.fault = "rejection";
  const patient = { ...sources, pausesMs: [1, 1] };
  const failure = await obtainTimestamp(imprint, patient).catch((error: AggregateError) => error);
  t.equal("errors" in failure && failure.errors.length, 6);
  const later = obtainTimestamp(imprint, { ...sources, pausesMs: [50, 50, 50] });
  services.tsa.knobs.fault = "none";
  t.equal((await later).authority, services.tsa.url);
});

const seal = newCa();
const tooLarge = Buffer.alloc(64 * 1024 + 1);
const bad: [string, Parameters<typeof serve>[1], RegExp][] = [
  ["another media type", { type: "text/html", body: Buffer.of(0x30, 0) }, /another media type/],
  ["an error status", { status: 404, body: Buffer.alloc(0) }, /status 404/],
  ["a redirect", { status: 302, location: "http://127.0.0.1:1/", body: Buffer.alloc(0) }, /status 302/],
  ["an answer that is too large", { body: tooLarge }, /more than 65536 bytes/],
  [
    "an answer that is too large and does not say so",
    { body: tooLarge, chunked: "yes" },
    /more than 65536 bytes/,
  ],
  ["an answer that never ends", { body: Buffer.of(0x30), chunked: "endless" }, /no answer within 100 ms/],
];

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly location?: string;
  readonly body: Buffer;
  readonly chunked?: "yes" | "endless";
}

async function serve(t: Test, { status = 200, type, location, body, chunked }: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const fitting = request.headers.accept ?? "";
    const length = chunked === undefined ? { "content-length": body.length } : {};
    response.writeHead(status, { "content-type": type ?? fitting, ...(location && { location }), ...length });
    response.write(body);
    if (chunked !== "endless") response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

for (const [name, answer, message] of bad) {
  t.test(`${name} is refused by both clients`, async (t) => {
    const url = await serve(t, answer);
    // A busy machine may take a second to answer.
    const timeoutMs = answer.chunked === "endless" ? 100 : 10_000;
    const question = { certificate: seal.issuing.certificate, issuer: seal.root.certificate, timeoutMs };
    await t.rejects(fetchOcsp(url, question), { name: "TrustServiceError", url, message });
    const asked = { imprint, nonce: Buffer.alloc(8, 1), timeoutMs };
    await t.rejects(fetchTimestamp(url, asked), { name: "TrustServiceError", url, message });
  });
}

t.test("a refused connection is told as such", async (t) => {
  const url = "http://127.0.0.1:1/";
  const asked = { imprint, nonce: Buffer.alloc(8, 1), timeoutMs: 10_000 };
  await t.rejects(fetchTimestamp(url, asked), { message: `${url}: unreachable` });
});
