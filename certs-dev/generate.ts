import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/core/clock.ts";
import { memberOf, parseServerId } from "../src/core/ids.ts";
import { DevelopmentCa } from "../src/dev/ca.ts";
import { writeIdentity } from "../src/dev/identity-files.ts";
import { writeCertificatesPem } from "../src/pki/certificate.ts";

const usage = `Generates a complete PKI for development: CAs, OCSP signer, time-stamping authority, and for each
security server the e-seal of its member and its TLS certificate.

Usage: npx node certs-dev/generate.ts [--out DIR] [--instance NAME] [--server ID]... [--ocsp-url URL]

  --out DIR        where to write; must not hold keys yet (default: certs-dev/out)
  --instance NAME  the instance that the CAs name (default: DEV)
  --server ID      {instance}/{class}/{member}/{server}, any number of times
                   (default: DEV/GOV/10000001/ss1 and DEV/GOV/10000002/ss1)
  --ocsp-url URL   the OCSP responder that certificates name (default: http://127.0.0.1:8889/)
  --help           this text

The passphrase of the keys is taken from SEALWAY_DEV_PASSPHRASE; without it a random one is made and written to
{out}/passphrase.
`;

const defaults = {
  out: join(import.meta.dirname, "out"),
  servers: ["DEV/GOV/10000001/ss1", "DEV/GOV/10000002/ss1"],
};

try {
  await run();
} catch (error) {
  process.stderr.write(`certs-dev/generate.ts: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: defaults.out },
      instance: { type: "string", default: "DEV" },
      server: { type: "string", multiple: true, default: defaults.servers },
      "ocsp-url": { type: "string", default: "http://127.0.0.1:8889/" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(usage);
  else await generate(values.out, values.instance, values.server, values["ocsp-url"]);
}

async function generate(out: string, instance: string, servers: string[], ocspUrl: string): Promise<void> {
  const ids = servers.map(parseServerId);
  const ca = new DevelopmentCa({ instance, clock: systemClock, ocspUrl });
  await mkdir(out, { recursive: true, mode: 0o700 });
  const passphrase = await choosePassphrase(out);
  const trust = join(out, "trust-services");
  await writeIdentity(trust, "root-ca", ca.root, passphrase);
  await writeIdentity(trust, "issuing-ca", ca.issuing, passphrase);
  await writeIdentity(trust, "ocsp", ca.issueOcspSigner(), passphrase);
  await writeIdentity(trust, "tsa", ca.issueTimestamping(), passphrase);
  await writeFile(join(out, "anchors.pem"), writeCertificatesPem([ca.root.certificate]));
  for (const id of ids) {
    const directory = join(out, ...id.split("/"));
    const organization = `Organisation ${memberOf(id)}`;
    await writeIdentity(directory, "seal", ca.issueSeal(memberOf(id), organization), passphrase);
    await writeIdentity(directory, "tls", ca.issueTls(id, organization), passphrase);
  }
  process.stdout.write(`Wrote a development PKI for ${ids.length} security servers to ${out}\n`);
}

async function choosePassphrase(out: string): Promise<string> {
  const given = process.env.SEALWAY_DEV_PASSPHRASE;
  if (given !== undefined) return given;
  const passphrase = randomBytes(24).toString("base64url");
  await writeFile(join(out, "passphrase"), passphrase, { mode: 0o600, flag: "wx" });
  return passphrase;
}
