import { generateKeyPairSync } from "node:crypto";
import { CatalogueHeads } from "../../src/assembly/catalogue-heads.ts";
import { PublishedCatalogue } from "../../src/assembly/published-catalogue.ts";
import { composeParts } from "../../src/authority/compose-parts.ts";
import { resolveRegistry } from "../../src/authority/registry.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { type ServiceId, unsafeId } from "../../src/core/ids.ts";
import { countersignAct, keyText, parseSignedAct, signAct } from "../../src/message/service-act-record.ts";
import { ConfigurationIndex } from "../../src/trust/configuration-index.ts";
import type { PublishedDocument } from "../../src/trust/global-configuration.ts";
import { actPath, descriptionPath } from "../../src/trust/service-paths.ts";
import { SampleCountry } from "../authority/sample-registry.ts";
import { signerOf } from "../authority/services/publishing-scene.ts";
import { residence } from "../catalogue/residence.ts";
import { newDirectory } from "../new-directory.ts";

/*
 * What it costs a gateway to verify a catalogue of so many services, and to take one more act:
 *   node test/assembly/measure-catalogue.ts 1000
 */

const count = Number(process.argv[2] ?? 1000);
const country = new SampleCountry();
const { content } = composeParts(await resolveRegistry(country.registry(), "/nowhere")).index;
const key = generateKeyPairSync("ed25519").privateKey;
const seal = signerOf(country.populationSeal);
const time = country.clock.time;

async function published(
  service: ServiceId,
): Promise<{ act: PublishedDocument; description: PublishedDocument }> {
  const bytes = Buffer.from(JSON.stringify({ ...residence, id: service }));
  const description = sha256Base64Url(bytes);
  const payload = { instance: "DEV", time, service, version: "1.0.0", description, previous: null };
  const record = countersignAct(parseSignedAct(await signAct(seal, "publish", payload)), key, time);
  return {
    act: { path: actPath(service, 1), sha256: sha256Base64Url(record), bytes: record },
    description: { path: descriptionPath(service, "1.0.0"), sha256: description, bytes },
  };
}

const all = await Promise.all(
  Array.from({ length: count + 1 }, (_, i) => published(unsafeId(`DEV/GOV/10000001/population/s${i}`))),
);
const index = (number: number) =>
  new ConfigurationIndex({
    ...content,
    parameters: { ...content.parameters, catalogueKeys: [keyText(key)] },
    acts: all.slice(0, number).map(({ act }) => act),
    services: all.slice(0, number).map(({ description }) => description),
  });

const catalogue = new PublishedCatalogue(await CatalogueHeads.open(newDirectory()));
for (const [what, number] of [
  ["first", count],
  ["one act more", count + 1],
  ["nothing new", count + 1],
] as const) {
  const next = index(number);
  const began = performance.now();
  const { length } = [...catalogue.renew(next).services()];
  console.log(
    `${what}: ${length} services in ${Math.round(performance.now() - began)} ms, faults: ${catalogue.faults.length}`,
  );
}
