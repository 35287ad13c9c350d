import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { buildEvidencePackage, type EvidenceParts } from "../../src/messagelog/evidence/evidence-package.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { generatePrivateKey } from "../../src/pki/private-key.ts";
import { EvidenceScene } from "./evidence-scene.ts";
import { flipped, judged } from "./evidence-tampering.ts";

let rsaSeal: ReturnType<EvidenceScene["country"]["ca"]["issueSeal"]>;
const privateKey = await generatePrivateKey("RS256");
const scene = await EvidenceScene.start(t, (country) => {
  const member = "DEV/GOV/10000003";
  rsaSeal = country.ca.issueSeal(unsafeId(member), "Social Benefits Agency", { privateKey });
  const certificate = { der: rsaSeal.certificate.der.toString("base64") };
  const history = [{ state: "granted" as const, from: "2026-01-01T00:00:00Z" }];
  return {
    seals: [...country.registry().seals, { member, certificate, servers: [`${member}/ss2`], history }],
  };
});
const at = scene.now + 60_000;

/** Unpacks a package into a folder of its own. */
async function unpacked(t: Test, bytes: Buffer): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "sealway-package-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (const [path, content] of await readPackage(bytes)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** Runs the commands of README.txt as a reader would: each with what it prints, `failed` included. */
function followReadme(directory: string): Map<string, string> {
  const readme = execFileSync("cat", ["README.txt"], { cwd: directory, encoding: "utf8" });
  const commands = readme.split("\n").filter((line) => /^ {4}\S/.test(line));
  const run = (command: string) => {
    try {
      return execFileSync("sh", ["-c", command], {
        cwd: directory,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    } catch (error) {
      return `failed ${(error as { stdout?: string }).stdout ?? ""}`;
    }
  };
  return new Map(commands.map((command) => [command.trim(), run(command)]));
}

/** What the command that begins like this printed. */
function printed(results: Map<string, string>, folder: string, command: RegExp): string {
  const found = [...results].find(([text]) => text.includes(folder) && command.test(text));
  if (found === undefined) throw new Error(`no command ${command} for ${folder}`);
  return found[1];
}

/** Asserts that every step of README.txt gives what is said there. */
function checkSteps(t: Test, results: Map<string, string>, folder: string): void {
  const output = (command: RegExp) => printed(results, folder, command);
  t.equal(output(/^grep -c/), "1\n", "the header stands in the signature file");
  t.equal(output(/^\[ /), "same\n");
  t.equal(output(/^openssl x509 .*dgst -sha256 -verify/), "Verified OK\n");
  t.ok(
    output(/x5t#S256/).includes(output(/^openssl x509 .*-outform DER/)),
    "the certificate is the header's",
  );
  t.ok(output(/hashV/).includes(output(/^openssl dgst -sha256 -binary \w+\/exchange/)), "exchange is signed");
  t.equal(output(/^for f in/), "1\n1\n", "signature file and exchange stand in the first list");
  const [folded, root] = output(/^r=;/).trim().split("\n");
  t.equal(folded, root);
  t.match(output(/^openssl ts -verify/), "Verification: OK");
  t.match(output(/^openssl ts -reply/), "12:00:20 2026 GMT");
  t.match(output(/^openssl verify/), "signer.pem: OK");
  t.match(
    output(/^openssl ocsp/),
    /Response verify OK[\s\S]*good[\s\S]*This Update: Nov 22 11:00:00 2026 GMT/,
  );
}

t.test("the commands of README.txt verify a package without Sealway", async (t) => {
  const parts = await scene.goodParts();
  const results = followReadme(await unpacked(t, await buildEvidencePackage(parts)));
  for (const folder of ["request/", "response/"]) {
    checkSteps(t, results, folder);
    const head = printed(results, folder, /^openssl dgst -sha256 -binary \w+\/head/);
    t.ok(printed(results, folder, /hashV/).includes(head), "head is signed");
  }
  const body = printed(results, "response/", /^openssl dgst .*body/);
  t.ok(printed(results, "response/", /content-digest/).includes(body), "the head binds the body");
  const request = printed(results, "response/", /"request"/);
  t.ok(request.includes(printed(results, "request/", /^sed/)), "the answer holds the request's digest");
  const failed = [...results].filter(([, text]) => text.startsWith("failed")).map(([command]) => command);
  t.strictSame(failed, ["grep -a -o 'sealway-content-digest:.*' request/head"], "the request has no body");
});

t.test("the commands work for an RSA seal, and for a head that was withheld", async (t) => {
  const request = await scene.request({ seal: rsaSeal });
  const head = { state: "withheld", sha256: sha256(request.head), openings: new Map() } as const;
  const bytes = await buildEvidencePackage(scene.parts([scene.part(request, { head })]));
  t.equal((await judged(bytes, { at })).verdict, "valid");
  const results = followReadme(await unpacked(t, bytes));
  checkSteps(t, results, "request/");
  const digest = printed(results, "request/", /^cut .*tr '\+/);
  t.equal(digest, toBase64Url(sha256(request.head)));
  t.ok(printed(results, "request/", /hashV/).includes(digest));
  t.equal(printed(results, "request/", /^cut .*-A$/), sha256(request.head).toString("base64"));
});

t.test("the commands notice an altered exchange, signature, time-stamp and OCSP response", async (t) => {
  const directory = await unpacked(t, await buildEvidencePackage(await scene.goodParts()));
  const files = await readPackage(await buildEvidencePackage(await scene.goodParts()));
  for (const name of ["exchange", "extracted/signing-input", "extracted/root.hex", "extracted/ocsp-1.der"]) {
    const content = files.get(`request/${name}`)!;
    const bad = name.endsWith(".hex") ? Buffer.from("00".repeat(32)) : flipped(content);
    writeFileSync(join(directory, "request", name), bad);
  }
  const results = followReadme(directory);
  const output = (command: RegExp) => printed(results, "request/", command);
  t.notOk(output(/hashV/).includes(output(/^openssl dgst -sha256 -binary \w+\/exchange/)));
  t.match(output(/^openssl x509 .*dgst -sha256 -verify/), /failed/);
  t.match(output(/^openssl ts -verify/), /failed/);
  t.notMatch(output(/^openssl ocsp/), /Response verify OK[\s\S]*good/);
});

t.test("names, order and manifest are as the specification of the package says", async (t) => {
  const files = await readPackage(await buildEvidencePackage(await scene.goodParts()));
  const paths = [...files.keys()];
  t.strictSame(paths.slice(0, 3), ["manifest.json", "STATEMENT.txt", "README.txt"]);
  t.strictSame(paths.slice(3), paths.slice(3).sort());
  const manifest = JSON.parse(files.get("manifest.json")!.toString("utf8"));
  t.match(manifest, {
    v: 1,
    instance: "DEV",
    purpose: "demonstration",
    exchangeId: scene.id,
    messages: [
      { folder: "request", head: "present", body: "absent" },
      { folder: "response", head: "present", body: "present" },
    ],
    configurations: [2],
  });
  t.strictSame(
    manifest.files.map(({ path }: { path: string }) => path),
    paths.slice(1),
  );
});

t.test("the statement names who, what and when, and no person", async (t) => {
  const parts: EvidenceParts = await scene.goodParts();
  const text = (await readPackage(await buildEvidencePackage(parts))).get("STATEMENT.txt")!.toString("utf8");
  for (const words of [
    "DEMONSTRATION",
    "was sealed by the member DEV/GOV/10000003, on the security server DEV/GOV/10000003/ss2",
    "bears an advanced electronic seal, by the word of the CA in the certificate",
    "GET /{code}",
    "existed, unaltered since, at 2026-11-22T12:00:20.000Z",
    "names the agreement benefits-persons, revision 3",
    "The answer belongs to this very request",
  ]) {
    t.ok(text.includes(words), words);
  }
  t.notMatch(text, /38001010000|EE47101010033|Maasikas/);
});

t.test("a configuration of another country makes no package", async (t) => {
  const other = await EvidenceScene.start(t);
  const parts = await scene.goodParts();
  await t.rejects(buildEvidencePackage({ ...parts, anchor: other.published.authority.anchor }), RangeError);
});
