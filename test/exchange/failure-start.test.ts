import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import type { CountryServer } from "./country/server.ts";
import { SmallCountry } from "./country.ts";

/* A security server that cannot start says why, ends, and leaves nothing locked. */

const country = await SmallCountry.start(t);
const program = fileURLToPath(new URL("../../src/sealway.mjs", import.meta.url));

/** Runs `sealway serve` until it ends. @returns its exit code and what it wrote as errors */
async function serve({ configurationFile }: CountryServer): Promise<{ code: number | null; errors: string }> {
  const args = [program, "serve", "--demonstration", "--config", configurationFile];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  t.teardown(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const [code] = await once(child, "exit");
  return { code, errors };
}

t.test("a port that somebody else has", async (t) => {
  const { asking } = country;
  await asking.stop();
  const other = createServer().listen(asking.parts.peerPort, "127.0.0.1");
  await once(other, "listening");
  const { code, errors } = await serve(asking);
  t.equal(code, 2);
  t.match(errors, /the port is taken by another process: .*EADDRINUSE/);
  await once(other.close(), "close");
  await asking.start();
  t.equal(asking.gateway.health().status, "ok", "the log is free again");
});

t.test("a spool file that a kill left behind with its name is gone after the next start", async (t) => {
  const { asking } = country;
  await asking.stop();
  const spool = join(asking.stateDirectory, "spool");
  writeFileSync(join(spool, "spool-0123456789abcdef"), "what was on its way");
  await asking.start();
  t.same(readdirSync(spool), []);
});

t.test("a log that another process has open", async (t) => {
  const { code, errors } = await serve(country.answering);
  t.equal(code, 1);
  t.match(errors, /log_unavailable.*another process has the message log open/);
});
