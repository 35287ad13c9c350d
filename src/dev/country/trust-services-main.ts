import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { systemClock } from "../../core/clock.ts";
import { loadTrustIdentities, startTrustServices } from "../trust-services.ts";

/*
 * A process with the trust services of a country in it, for the demonstration and the benchmark:
 *   node trust-services-main.ts --identities DIR --passphrase-file FILE --ca PORT --ocsp PORT --tsa PORT
 * Writes {"ready":true,"pid":…,"services":{NAME: URL, …}} on one line once all of them listen, and ends on SIGTERM
 * or SIGINT.
 */
const text = { type: "string", default: "" } as const;
const port = { type: "string", default: "0" } as const;
const { values } = parseArgs({
  options: { identities: text, "passphrase-file": text, ca: port, ocsp: port, tsa: port },
});
const passphrase = (await readFile(values["passphrase-file"], "utf8")).trimEnd();
const identities = await loadTrustIdentities(values.identities, passphrase);
const ports = { ca: Number(values.ca), ocsp: Number(values.ocsp), tsa: Number(values.tsa) };
const { ca, ocsp, tsa, close } = await startTrustServices(identities, systemClock, ports);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    await close();
    process.exit(0);
  });
}
const services = { ca: ca.url, ocsp: ocsp.url, tsa: tsa.url };
process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, services })}\n`);
