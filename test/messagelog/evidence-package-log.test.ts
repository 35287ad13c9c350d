import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { exchangeAccount } from "../../src/assembly/console/exchange-account.ts";
import { run as evidence } from "../../src/cli/evidence.ts";
import { run as verify } from "../../src/cli/verify.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { type ClientId, memberOf, unsafeId } from "../../src/core/ids.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import { startTimestampAuthority } from "../../src/dev/timestamp-authority.ts";
import { ContextKeeper } from "../../src/exchange/context-keeper.ts";
import { parseExchange } from "../../src/message/exchange-document.ts";
import { findParts } from "../../src/messagelog/desk/find-parts.ts";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence, type Disclosure } from "../../src/messagelog/evidence/evidence-package-collect.ts";
import { EvidenceReader } from "../../src/messagelog/evidence-reader.ts";
import { createMasterKey, loadMasterKey } from "../../src/messagelog/master-key.ts";
import { openMessageLog } from "../../src/messagelog/message-log.ts";
import type { MessageRecord } from "../../src/messagelog/message-record.ts";
import { openVault } from "../../src/messagelog/vault.ts";
import { oids } from "../../src/pki/oids.ts";
import { generatePrivateKey } from "../../src/pki/private-key.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import {
  agreement,
  description,
  EvidenceScene,
  type FrozenMessage,
  type MessageChanges,
} from "./evidence-scene.ts";
import { judged } from "./evidence-tampering.ts";

const readerModule = new URL("../../src/store/sqlite/log-reader.ts", import.meta.url).href;
const scene = await EvidenceScene.start(t);
const { anchor } = scene.published.authority;

/** The state folder of the provider's server: log and vault, with one exchange in it. */
async function serverWithExchange(
  t: Test,
  seal: "sealed" | "pending",
  changes: { readonly request?: MessageChanges; readonly response?: MessageChanges } = {},
  again: readonly { message: () => Promise<FrozenMessage>; direction: MessageRecord["direction"] }[] = [],
) {
  const state = mkdtempSync(join(tmpdir(), "sealway-evidence-"));
  await createMasterKey(join(state, "master.key"));
  const vault = await openVault(join(state, "vault"), await loadMasterKey(join(state, "master.key")));
  const clock = { now: () => scene.now };
  const location = join(state, "log");
  const tsa = await startTimestampAuthority({ port: 0, clock, identity: await timestampingIdentity() });
  const log = await openMessageLog({
    store: await openSqliteMessageStore({ directory: location, clock }),
    vault,
    readerModule,
    location,
    bodiesDirectory: join(state, "bodies"),
    timestampSources: () => ({
      authorities: [{ url: tsa.url }],
      anchors: [scene.country.ca.issuing.certificate],
      clock,
      timeoutMs: 30_000,
      pausesMs: [],
    }),
    freshOcsp: async (certificate) => ({ der: scene.ocspOf(certificate), thisUpdate: scene.now }),
    clock,
    after: () => () => {},
  });
  t.teardown(async () => {
    await tsa.close();
    await log.close();
    rmSync(state, { recursive: true, force: true });
  });
  const digested = (bytes: Buffer) => ({ sha256: toBase64Url(sha256(bytes)), bytes });
  await new ContextKeeper(log).keep(scene.configuration, digested(description), digested(agreement));
  const request = await scene.request(changes.request);
  const response = await scene.response(request, changes.response);
  await log.append(recordOf(request, "received"));
  await log.append(recordOf(response, "sent"));
  for (const { message, direction } of again)
    await log.append(recordOf(await message(), direction, "DEV/GOV/10000004/ss4"));
  if (seal === "sealed") t.equal(await log.sealNow(), true);
  const reader = new EvidenceReader(openLogReader(location), vault);
  t.teardown(() => reader.close());
  return { state, vault, reader };
}

/** A TSA that names no OCSP responder: there is none here. */
async function timestampingIdentity() {
  const { issuing, root } = scene.country.ca;
  const privateKey = await generatePrivateKey();
  const template = {
    subject: { countryName: "EU", organizationName: "Time", commonName: "TSA" },
    publicKey: createPublicKey(privateKey),
    notBefore: scene.now - 3_600_000,
    notAfter: scene.now + 86_400_000,
    keyUsage: ["digitalSignature"] as const,
    extendedKeyUsage: { critical: "critical" as const, oids: [oids.timeStamping] },
  };
  const certificate = issueCertificate(template, issuing);
  return { certificate, privateKey, chain: [issuing.certificate, root.certificate] };
}

function recordOf(
  message: FrozenMessage,
  direction: MessageRecord["direction"],
  server = "DEV/GOV/10000003/ss2",
): MessageRecord {
  const { document, exchange, head, compact, signer } = message;
  const ocsp = scene.ocsp(signer.certificate);
  const isRequest = document.type === "request";
  return {
    exchangeId: document.id,
    direction,
    type: isRequest ? "request" : "response",
    member: memberOf(document.service.id),
    time: scene.now,
    exchange,
    head,
    subjects: [],
    signature: compact,
    certificate: {
      sha256: signer.certificate.fingerprint,
      der: signer.certificate.der,
      issuerDer: signer.chain[0]!.der,
    },
    ocsp: { sha256: toBase64Url(sha256(ocsp)), der: ocsp, thisUpdate: scene.now - 3_600_000 },
    guard: {
      role: "provider",
      server: unsafeId(server),
      effect: isRequest ? "open" : "close",
      digest: sha256(compact),
      expires: scene.now + 60_000,
    },
  };
}

async function packageOf(reader: EvidenceReader, disclosure: Disclosure): Promise<Buffer> {
  const collected = await collectEvidence(reader, scene.id, anchor, disclosure);
  if (collected.outcome !== "collected") throw new Error(collected.outcome);
  return buildEvidencePackage(collected.parts);
}

const options = { anchor: writeAnchor(anchor), at: scene.now + 1000 };

t.test("what a log holds of an exchange makes a valid package", async (t) => {
  const { reader } = await serverWithExchange(t, "sealed");
  t.match(await judged(await packageOf(reader, { heads: "shown" }), options), {
    verdict: "valid",
    warnings: ["demonstration", "tsa-revocation-unproven"],
    infos: ["body-not-kept"],
  });
});

t.test("heads can be withheld but for one person", async (t) => {
  const { reader } = await serverWithExchange(t, "sealed");
  const bytes = await packageOf(reader, { heads: { openings: ["subject-0", "permission"] } });
  t.match(await judged(bytes, options), { verdict: "valid", infos: ["body-not-kept", "head-withheld"] });
});

t.test("a head whose key was destroyed is erased, and the exchange is proven all the same", async (t) => {
  const { reader, vault } = await serverWithExchange(t, "sealed");
  for (const { id } of await vault.keysOf(scene.now)) await vault.destroy(id, scene.now);
  const bytes = await packageOf(reader, { heads: "shown" });
  t.match(await judged(bytes, options), { verdict: "valid", infos: ["body-not-kept", "head-erased"] });
});

t.test("a package has the documents of its messages, each as what they name it", async (t) => {
  const named = { id: "benefits-persons", revision: 3, sha256: toBase64Url(sha256(agreement)) };
  const { reader } = await serverWithExchange(t, "sealed", {
    request: { document: { agreement: null, rules: named } },
    response: { document: { agreement: named } },
  });
  const kinds = async (only: Disclosure["only"]) => {
    const collected = await collectEvidence(reader, scene.id, anchor, { heads: "shown", only });
    return collected.outcome === "collected" ? collected.parts.documents.map(({ kind }) => kind) : [];
  };
  t.strictSame(await kinds("request"), []);
  t.strictSame(await kinds("answer"), ["agreement"]);
});

t.test(
  "there is no package before the time-stamp, nor of an exchange or role that the log does not know",
  async (t) => {
    const { reader } = await serverWithExchange(t, "pending");
    const outcome = async (id: string, disclosure: Disclosure) =>
      (await collectEvidence(reader, id, anchor, disclosure)).outcome;
    t.equal(await outcome(scene.id, { heads: "shown" }), "not-sealed");
    t.equal(await outcome(scene.id, { heads: "shown", role: "consumer" }), "unknown");
    t.equal(await outcome("01a20320-a200-7480-a5eb-fbf01a2bb42d", { heads: "shown" }), "unknown");
  },
);

t.test("who uses another's exchange id again takes the place of nothing in its proof", async (t) => {
  const stranger = unsafeId<ClientId>("DEV/GOV/10000004/stranger");
  const mine = (await scene.request()).document.client;
  const theirs = await scene.request({ document: { client: stranger } });
  const { reader } = await serverWithExchange(t, "sealed", {}, [
    { message: async () => theirs, direction: "received" },
    { message: () => scene.response(theirs, { document: { client: stranger } }), direction: "sent" },
  ]);
  const parts = await findParts(reader.log, scene.id);
  t.strictSame(
    parts.map(({ client, state }) => [client, state]),
    [
      [mine, "response"],
      [stranger, "response"],
    ],
  );
  for (const [asked, client] of [
    [undefined, mine],
    [mine, mine],
    [stranger, stranger],
  ] as const) {
    const collected = await collectEvidence(reader, scene.id, anchor, { heads: "shown", client: asked });
    if (collected.outcome !== "collected") throw new Error(collected.outcome);
    const clients = collected.parts.messages.map(({ exchange }) => parseExchange(exchange).client);
    t.strictSame(clients, [client, client]);
    const account = await exchangeAccount(reader, { exchange: scene.id, client: asked });
    const another = client === mine ? stranger : mine;
    t.strictSame([account?.consumer, account?.alsoUsedBy], [client, [another]], "nor of its page");
    t.strictSame(
      account?.sides[0]?.messages.map(({ type }) => type),
      ["request", "response"],
    );
  }
});

/** Runs a command; what it prints is kept from the screen. */
async function command(t: Test, run: (args: readonly string[]) => Promise<number>, ...args: string[]) {
  const out = t.capture(process.stdout, "write", () => true);
  const err = t.capture(process.stderr, "write", () => true);
  try {
    const code = await run(args);
    return { code, text: [...out(), ...err()].map(({ args: [line] }) => String(line)).join("") };
  } finally {
    out.restore();
    err.restore();
  }
}

t.test("sealway evidence writes a package, sealway verify verifies it", async (t) => {
  const { state } = await serverWithExchange(t, "sealed");
  const file = (name: string) => join(state, name);
  writeFileSync(file("anchor.json"), writeAnchor(anchor));
  const member = { id: "DEV/GOV/10000001", sealCertificate: "none", sealKey: "none" };
  const configuration = {
    ...{ server: "DEV/GOV/10000001/ss1", stateDirectory: ".", anchor: "anchor.json", passphraseFile: "none" },
    ...{ mirrors: ["http://127.0.0.1:4001/"], members: [member] },
    peerInterface: { certificate: "none", key: "none" },
  };
  writeFileSync(file("server.json"), JSON.stringify(configuration));
  const [config, out] = [file("server.json"), file("package.zip")];
  const reader = ["--who", "An Auditor", "--why", "case 17"];
  t.match(await command(t, evidence, scene.id, ...reader, "--config", config, "--out", out), {
    code: 0,
    text: out,
  });
  t.equal(statSync(out).mode & 0o777, 0o600);
  await t.rejects(command(t, evidence, scene.id, ...reader, "--config", config, "--out", out), {
    code: "EEXIST",
  });
  const at = ["--at", new Date(options.at).toISOString()];
  const valid = await command(t, verify, out, "--anchor", file("anchor.json"), ...at);
  t.match(valid, { code: 0, text: /VALID \(ok: \d+, notes: 1, warnings: 3, failures: 0\)/ });
  t.match(valid.text, /WARNING +demonstration +anchor\n +The instance is a demonstration/);
  const json = await command(t, verify, out, "--json", ...at);
  t.match(JSON.parse(json.text), { verdict: "valid", exchange: { id: scene.id } });
  t.match(await command(t, evidence, scene.id, ...reader, "--config", config, "--role", "consumer"), {
    code: 1,
  });
});

t.test("sealway verify tells an invalid and an unusable package by its exit code", async (t) => {
  const directory = t.testdir({ "none.zip": "none" });
  t.match(await command(t, verify, join(directory, "none.zip")), { code: 2, text: /UNUSABLE/ });
  const bytes = await buildEvidencePackage(await scene.goodParts());
  const path = join(directory, "package.zip");
  writeFileSync(path, bytes);
  const early = ["--at", "2026-11-22T11:00:00Z"];
  t.match(await command(t, verify, path, ...early), { code: 1, text: /INVALID/ });
  await t.rejects(command(t, verify, path, "--at", "yesterday"), /--at yesterday is no time/);
  await t.rejects(command(t, verify), /PACKAGE is missing/);
  t.ok(readFileSync(path).equals(bytes));
});

t.test("sealway evidence refuses what it cannot disclose", async (t) => {
  const config = ["--config", "none.json", "--who", "An Auditor", "--why", "case 17"];
  await t.rejects(command(t, evidence, "17", ...config), /is no exchange id/);
  await t.rejects(
    command(t, evidence, scene.id, ...config, "--role", "judge"),
    /neither consumer nor provider/,
  );
  await t.rejects(command(t, evidence, scene.id, ...config, "--open", "user"), /is for --without-heads/);
  const open = ["--without-heads", "--open", "everything"];
  await t.rejects(command(t, evidence, scene.id, ...config, ...open), /names no opening/);
});
