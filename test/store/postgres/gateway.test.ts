import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { openEvidence } from "../../../src/assembly/open-evidence.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { run as evidence } from "../../../src/cli/evidence.ts";
import { run as check } from "../../../src/cli/log-check.ts";
import { run as reindex } from "../../../src/cli/log-reindex.ts";
import { run as search } from "../../../src/cli/log-search.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { services } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";
import { PostgresServer, withoutPostgres } from "./postgres-server.ts";

/* Whole gateways whose message logs are in PostgreSQL. */

const skip = await withoutPostgres(18);

t.test("an exchange is recorded, sealed, found, and its evidence package verifies", { skip }, async (t) => {
  const server = await PostgresServer.start(t, 18);
  const [asking, answering] = [await server.newDatabase(), await server.newDatabase()];
  const country = await SmallCountry.start(t, {
    asking: { postgresql: asking },
    answering: { postgresql: answering },
  });
  const seen = await country.watch(() => country.ask({ path: pathOf(services.open, "/a?b") }));
  t.equal(seen.result.status, 200);
  t.strictSame(
    [seen.asking, seen.answering].map((records) => records.map(({ what }) => what)),
    [
      ["sent request", "received response"],
      ["received request", "sent response"],
    ],
  );
  t.equal(await country.asking.gateway.sealNow(), true);
  t.strictSame(await country.asking.log.findings(), []);
  const exchangeId = seen.asking[0]!.document.id;
  const out = join(country.directory, "package.zip");
  const config = ["--config", country.asking.configurationFile];
  const reader = ["--who", "auditor", "--why", "a test"];
  t.equal(await evidence([...config, ...reader, "--out", out, exchangeId]), 0);
  const anchor = await readFile(country.authority.anchorFile);
  const { verdict } = await verifyPackage(await readFile(out), { anchor, at: country.clock.now() });
  t.equal(verdict, "valid");
  t.equal(await check([...config, "--offline"]), 0);
  t.equal(await reindex(config), 0);
  const shown = t.capture(process.stdout, "write", () => true);
  const code = await search([...config, ...reader]);
  shown.restore();
  t.equal(code, 0);
  t.match(JSON.stringify(shown()), exchangeId);
});

t.test("the gateway goes on after its restart, and knows what it was asked before", { skip }, async (t) => {
  const server = await PostgresServer.start(t, 18);
  const place = await server.newDatabase();
  const country = await SmallCountry.start(t, { asking: { postgresql: place } });
  t.equal((await country.ask({ path: pathOf(services.open, "/a") })).status, 200);
  await country.asking.restart();
  t.equal((await country.ask({ path: pathOf(services.open, "/b") })).status, 200);
  const log = await records(country.asking);
  t.strictSame(log, [2, 2]);
  t.notMatch(country.asking.logLines.join("\n"), await readFile(place.passwordFile!, "utf8"));
});

/** How many there are of each writer. */
async function records({ configurationFile }: CountryServer): Promise<number[]> {
  const reader = await openEvidence(await loadServerConfiguration(configurationFile));
  try {
    return (await reader.log.writers()).map(({ number }) => number);
  } finally {
    reader.close();
  }
}
