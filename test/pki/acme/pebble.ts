import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/core/clock.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { freePort } from "../../../src/dev/free-port.ts";
import { writeCertificatesPem } from "../../../src/pki/certificate.ts";
import { until } from "../../until.ts";

/**
 * Pebble, the ACME server that Let's Encrypt tests clients with, where somebody has built it:
 * `GOBIN=~/.cache/sealway go install github.com/letsencrypt/pebble/v2/cmd/pebble@latest`.
 */
export const pebbleBinary = process.env.SEALWAY_PEBBLE ?? join(homedir(), ".cache/sealway/pebble");

/** What a test that needs Pebble is skipped with; false where it is there. */
export const noPebble = existsSync(pebbleBinary)
  ? false
  : `left out: there is no ${pebbleBinary}; ACME is tried with bad answers only`;

/** A running Pebble that takes accounts which it knows only, and rejects every third nonce. */
export class Pebble {
  readonly directory: string;
  /** Where it looks for challenges. */
  readonly challengePort: number;
  /** PEM of the root of its HTTPS certificate. */
  readonly root: string;
  readonly externalAccount = {
    keyId: "kid-1",
    key: Buffer.from("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", "base64url"),
  };
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number, challengePort: number, root: string) {
    this.directory = `https://127.0.0.1:${port}/dir`;
    this.challengePort = challengePort;
    this.root = root;
    this.#process = process;
  }

  static async start(folder: string): Promise<Pebble> {
    const [port, management, challengePort] = [await freePort(), await freePort(), await freePort()];
    const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:9/" });
    const tls = ca.issueTls(unsafeId("DEV/GOV/1/acme"), "ACME");
    const at = (name: string) => join(folder, name);
    writeFileSync(at("pebble.pem"), writeCertificatesPem([tls.certificate, ca.issuing.certificate]));
    writeFileSync(at("pebble.key"), tls.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const pebble = {
      ...{ listenAddress: `127.0.0.1:${port}`, managementListenAddress: `127.0.0.1:${management}` },
      ...{ certificate: at("pebble.pem"), privateKey: at("pebble.key"), httpPort: challengePort, tlsPort: 1 },
      ...{ ocspResponderURL: "", retryAfter: { authz: 1, order: 1 }, externalAccountBindingRequired: true },
      externalAccountMACKeys: { "kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" },
      certificateValidityPeriod: 7_776_000,
    };
    writeFileSync(at("pebble.json"), JSON.stringify({ pebble }));
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "33" };
    const running = spawn(pebbleBinary, ["-config", at("pebble.json")], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [running.stdout, running.stderr]) stream.on("data", (data) => (said += data));
    await until(() => {
      if (running.exitCode !== null) throw new Error(said);
      return said.includes("ACME directory available");
    });
    return new Pebble(running, port, challengePort, writeCertificatesPem([ca.root.certificate]));
  }

  async stop(): Promise<void> {
    this.#process.kill();
    if (this.#process.exitCode === null) await once(this.#process, "exit");
  }
}
