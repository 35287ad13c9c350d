import { generateKeyPairSync } from "node:crypto";
import t from "tap";
import { composeParts } from "../../src/authority/compose-parts.ts";
import { resolveRegistry } from "../../src/authority/registry.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { countersignAct, keyText, parseSignedAct, signAct } from "../../src/message/service-act-record.ts";
import { Findings } from "../../src/messagelog/evidence/finding.ts";
import { verifyPublication } from "../../src/messagelog/evidence/verify-publication.ts";
import { ConfigurationIndex } from "../../src/trust/configuration-index.ts";
import type { ConfigurationContent } from "../../src/trust/global-configuration.ts";
import { actPath, descriptionPath } from "../../src/trust/service-paths.ts";
import { SampleCountry } from "../authority/sample-registry.ts";
import { bytesOf, signerOf } from "../authority/services/publishing-scene.ts";
import { residence } from "../catalogue/residence.ts";

const country = new SampleCountry();
const { content } = composeParts(await resolveRegistry(country.registry(), "/nowhere")).index;
const key = generateKeyPairSync("ed25519").privateKey;
const { id: service, version } = residence;
const bytes = bytesOf(residence);
const description = { path: descriptionPath(service, version), sha256: sha256Base64Url(bytes), bytes };

async function acted(word = "publish", by = country.populationSeal, changes = {}, with_ = key) {
  const payload = {
    instance: "DEV",
    time: 1,
    service,
    version,
    description: description.sha256,
    previous: null,
  };
  const signed = parseSignedAct(await signAct(signerOf(by), word, { ...payload, ...changes }));
  const record = countersignAct(signed, with_, country.clock.time);
  return { path: actPath(service, 1), sha256: sha256Base64Url(record), bytes: record };
}

function codes(acts: ConfigurationContent["acts"], published = description): string[] {
  const findings = new Findings();
  const parameters = { ...content.parameters, catalogueKeys: [keyText(key)] };
  const index = new ConfigurationIndex({ ...content, parameters, acts });
  verifyPublication({ findings, folder: "request" }, published, service, index);
  return findings.all.map(({ code }) => code);
}

t.test("a description that its provider published", async (t) => {
  t.strictSame(codes([await acted()]), ["publication-proven"]);
  t.strictSame(codes([await acted("suspend"), await acted()]), ["publication-proven"]);
});

t.test("a description whose act is not there, or is of something else", async (t) => {
  t.strictSame(codes([]), ["publication-unproven"]);
  t.strictSame(codes([await acted("suspend")]), ["publication-unproven"]);
  t.strictSame(codes([await acted("publish", country.populationSeal, { version: "2.0.0" })]), [
    "publication-unproven",
  ]);
});

t.test("an act of another member, or that the authority did not countersign", async (t) => {
  t.strictSame(codes([await acted("publish", country.benefitsSeal)]), ["publication-invalid"]);
  const { privateKey } = generateKeyPairSync("ed25519");
  t.strictSame(codes([await acted("publish", country.populationSeal, {}, privateKey)]), [
    "publication-invalid",
  ]);
  t.strictSame(codes([{ ...(await acted()), bytes: Buffer.from("x") }]), ["publication-invalid"]);
});

t.test("of a demonstration's unsigned description nothing is said", async (t) => {
  t.strictSame(codes([], { ...description, path: `services/${service}.json` }), []);
});
