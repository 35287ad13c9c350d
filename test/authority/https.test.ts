import { readFileSync, renameSync, writeFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import tls from "node:tls";
import t from "tap";
import { Authority } from "../../src/authority/authority.ts";
import { followTls, readTls } from "../../src/authority/served-tls.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { caFor } from "../exchange/tls-material.ts";
import { newDirectory } from "../new-directory.ts";
import { ManualSchedule } from "../trust/manual-schedule.ts";
import { until } from "../until.ts";
import { SampleCountry, ss1 } from "./sample-registry.ts";

/*
 * The authority and mirrors by HTTPS: any server of static files is a mirror. Clients trust the certificates that this
 * machine trusts, which here are those of a CA of today: TLS asks no clock of ours.
 */

const country = new SampleCountry();
const ca = caFor("DEV");
const directory = newDirectory();
const files = { certificate: join(directory, "tls.pem"), key: join(directory, "tls-key.pem") };
const first = newMaterial();
const before = tls.getCACertificates("default");
tls.setDefaultCACertificates([first.root]);
t.teardown(() => tls.setDefaultCACertificates(before));

/** Writes another certificate of the port, each file whole. */
function newMaterial() {
  const { certificate, chain, privateKey } = ca.issueTls(ss1, "Governing Authority");
  const write = (path: string, text: string) => {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  write(files.key, privateKey.export({ type: "pkcs8", format: "pem" }) as string);
  write(files.certificate, writeCertificatesPem([certificate, ...chain.slice(0, -1)]));
  return { fingerprint256: certificate.fingerprint, root: writeCertificatesPem([chain.at(-1)!]) };
}

const stateDir = newDirectory();
const authority = await Authority.start({
  ...{ registry: country.registry(), stateDir, host: "127.0.0.1", port: 0, clock: country.clock },
  ...{ tls: files, schedule: new ManualSchedule().schedule },
});
t.teardown(() => authority.close());

/** A server of files and nothing else, with paths as every one has them. */
async function staticServer(root: string): Promise<{ url: string; requested: string[] }> {
  const requested: string[] = [];
  const { cert, key } = await readTls(files);
  const server = https.createServer({ cert, key }, (request, response) => {
    const path = decodeURIComponent(request.url!.slice(1));
    requested.push(path);
    try {
      response.end(readFileSync(join(root, path)));
    } catch {
      response.writeHead(404).end("<html>not found</html>");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/`, requested };
}

async function startClient(t: { teardown(close: () => unknown): void }, ...mirrors: string[]) {
  const client = await ConfigurationClient.start({
    ...{ anchor: authority.anchor, mirrors, directory: newDirectory(), clock: country.clock },
    schedule: new ManualSchedule().schedule,
  });
  t.teardown(() => client.close());
  return client;
}

t.test("the authority serves by HTTPS", async (t) => {
  t.match(authority.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const client = await startClient(t, authority.url);
  t.match(client.status(), { state: "fresh", version: 1, problems: { length: 0 } });
});

t.test("a server of static files is a mirror: of the repository's directory, or of a copy", async (t) => {
  const mirror = await staticServer(join(stateDir, "repository"));
  const client = await startClient(t, mirror.url);
  t.match(client.status(), { state: "fresh", version: 1, problems: { length: 0 } });
  t.ok(mirror.requested.some((path) => /^targets\/configuration\/[0-9a-f]{64}\.members\.json$/.test(path)));
});

t.test(
  "mirrors are tried in turn: one without a file, one with another's certificate, a good one",
  async (t) => {
    const empty = await staticServer(newDirectory());
    const good = await staticServer(join(stateDir, "repository"));
    const stranger = good.url.replace("localhost", "[::ffff:127.0.0.1]");
    const client = await startClient(t, empty.url, stranger, good.url);
    t.match(client.status(), { state: "fresh", version: 1 });
    t.match(client.status().problems, [
      { kind: "unreachable", source: empty.url, detail: /timestamp\.json answers with status 404/ },
      { kind: "unreachable", source: stranger },
    ]);
  },
);

t.test("a certificate that is replaced, key first, is shown without a restart", async (t) => {
  const shown = await readTls(files);
  const server = https.createServer(shown, (_, response) => void response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const unfollow = followTls(server, files, shown, 20);
  t.teardown(() => {
    unfollow();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const seen = () =>
    new Promise<string>((resolve, reject) => {
      const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
        resolve(
          Buffer.from(socket.getPeerCertificate().fingerprint256.replaceAll(":", ""), "hex").toString(
            "base64url",
          ),
        );
        socket.destroy();
      });
      socket.on("error", reject);
    });
  t.equal(await seen(), first.fingerprint256);
  const second = newMaterial();
  await until(async () => (await seen()) === second.fingerprint256);
});
