import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { monotonic } from "../../core/clock.ts";
import { unsafeId } from "../../core/ids.ts";
import { parsePem } from "../../pki/pem.ts";
import { serverOf } from "../country/country.ts";
import { instance, subsystem } from "../country/members.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { ActAccount } from "./event.ts";

const source = fileURLToPath(new URL("../..", import.meta.url));
const server = `${instance}/GOV/10000099/ss1`;
/** Longer than this no newcomer should need, seconds. */
const target = 180;

/**
 * A new member joins by `sealway init`, on an empty folder, while others exchange. What a CA's clerk would do, certify
 * the requests, is done here.
 */
export async function playNewcomer(running: RunningCountry, number: number): Promise<ActAccount> {
  const { country } = running;
  const directory = join(country.directory, "newcomer");
  const answers = join(country.directory, "newcomer.json");
  await writeFile(answers, JSON.stringify(answersOf(running), undefined, 2));
  const began = monotonic();
  const traffic = exchangeMeanwhile(running);
  const { code, lines } = await runInit(running, ["init", "--answers", answers, "--directory", directory]);
  const { exchanges, failed } = await traffic.end();
  const seconds = (monotonic() - began) / 1000;
  const verified = lines.find((line) => line.includes("its evidence verifies"));
  return {
    event: "act",
    number,
    title: "A new member joins while others exchange",
    scenario: null,
    by: { id: unsafeId(server), name: "Weather Service", server: unsafeId(server) },
    did: lines.map((line) => line.trim()),
    says:
      `its first verified exchange after ${seconds.toFixed(1)} s; ` +
      `${exchanges} exchanges of others meanwhile, ${failed} of them failed`,
    asExpected: code === 0 && verified !== undefined && failed === 0 && exchanges > 0 && seconds <= target,
    exchangeId: null,
  };
}

function answersOf({ country: { anchorFile, ports } }: RunningCountry): object {
  const { consumer, peer, health } = ports.newcomer;
  return {
    ...{ anchor: anchorFile, mirrors: [`http://127.0.0.1:${ports.authority}/`], server },
    ...{ name: "Weather Service", country: "EU", contact: "operations@weather.example" },
    subsystems: [{ code: "warnings", name: "Weather Service: warnings" }],
    address: { host: "127.0.0.1", port: peer },
    settings: {
      consumerInterface: { httpPort: consumer },
      peerInterface: { host: "127.0.0.1", port: peer },
      healthInterface: { port: health },
    },
  };
}

/** Runs the command and brings it the certificates that it waits for. */
async function runInit(
  running: RunningCountry,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(source, "sealway.mjs"), ...args], {
    env: { ...env, NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const lines: string[] = [];
  const certifying: Promise<void>[] = [];
  const read = createInterface({ input: child.stdout });
  read.on("line", (line) => {
    lines.push(line);
    const path = line.trim();
    if (path.endsWith("/request.pem")) certifying.push(certify(running, path));
  });
  createInterface({ input: child.stderr }).on("line", (line) => void lines.push(line));
  const code = await ended;
  const results = await Promise.allSettled(certifying);
  for (const result of results) if (result.status === "rejected") lines.push(String(result.reason));
  return { code, lines };
}

/** What a clerk of the country's CA does with a request. */
async function certify({ country }: RunningCountry, path: string): Promise<void> {
  const [request] = parsePem(await readFile(path, "utf8"), "CERTIFICATE REQUEST");
  const kind = path.includes("/tls-") ? "tls" : "seal";
  const url = `http://127.0.0.1:${country.ports.trust.ca}/certificates/${kind}`;
  const answer = await fetch(url, { method: "POST", body: new Uint8Array(request!) });
  if (answer.status !== 200) throw new Error(`the CA: ${await answer.text()}`);
  await writeFile(join(dirname(path), "issued.pem"), Buffer.from(await answer.arrayBuffer()));
}

/** Signed exchanges between two members that were there before, one after another. */
function exchangeMeanwhile({ country }: RunningCountry) {
  const consumer = serverOf(country, subsystem("benefits"));
  const url = `http://127.0.0.1:${consumer.ports.consumer}/r1/${subsystem("population")}/listMethods`;
  let [exchanges, failed, isOver] = [0, 0, false];
  const work = async () => {
    while (!isOver) {
      const answer = await fetch(url, { headers: { "X-Road-Client": subsystem("benefits") } }).catch(
        () => undefined,
      );
      await answer?.arrayBuffer();
      exchanges++;
      if (answer?.status !== 200) failed++;
    }
  };
  const working = work();
  const end = async () => {
    isOver = true;
    await working;
    return { exchanges, failed };
  };
  return { end };
}
