import { globSync, readFileSync } from "node:fs";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { parseAgreement } from "../../src/policy/agreement.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";
import { AgreementsInForce } from "../../src/policy/agreements-in-force.ts";
import { decide } from "../../src/policy/decide.ts";
import { disclosureOf } from "../../src/policy/disclosure.ts";
import { purposeOf } from "../../src/policy/purpose.ts";

/*
 * What many services cost: `node --expose-gc test/policy/measure-catalogue.ts`. The descriptions are the demonstration's,
 * over and over under other names, with an agreement on each that has purposes; a call is what a provider's gateway looks
 * up and decides of one.
 */

const documents = globSync("src/dev/country/services/*.json").map((file) =>
  JSON.parse(readFileSync(file, "utf8")),
);

function publishedOf(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const document = documents[i % documents.length];
    const bytes = Buffer.from(JSON.stringify({ ...document, id: `${document.id}-${i}` }));
    return { path: `${i}`, sha256: toBase64Url(sha256(bytes)), bytes };
  });
}

function agreementsOn(catalogue: Catalogue): AgreementsInForce {
  const terms = {
    ...{ v: 1, revision: 1, consumer: "DEV/GOV/1/asking", endpoints: [{ method: "*", path: "/**" }] },
    validity: { from: "2026-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z" },
    reason: "It is measured with this agreement.",
  };
  const described = [...catalogue.services()].filter(({ document }) => (document.purposes ?? []).length > 0);
  const agreements = described.map(({ id, document: { purposes = [] } }, i) => {
    const document = { ...terms, id: `a${i}`, service: id, purposes: [{ id: purposes[0]!.id }] };
    return parseAgreement(Buffer.from(JSON.stringify(document)));
  });
  return new AgreementsInForce(new Agreements(agreements));
}

function call(catalogue: Catalogue, agreements: AgreementsInForce, number: number): void {
  const document = documents[number % documents.length];
  const description = catalogue.service(`${document.id}-${number}` as never)!;
  const [endpoint] = description.endpoints;
  const purpose = purposeOf(description, document.purposes?.[0]?.id ?? "") ?? null;
  const between = agreements.between("DEV/GOV/1/asking" as never, description, catalogue);
  const facts = {
    now: Date.UTC(2030, 0),
    version: description.version,
    purpose,
    purposeSource: "stated" as const,
    lawfulBasis: purpose?.recordedBasis ?? null,
    decisionUse: null,
    agreements: between,
    named: null,
    answers: { description, endpoint: endpoint!, withdrawnFields: [] },
    permission: null,
    emergency: null,
  };
  const decision = decide({ ...facts, endpoint: { method: "GET", template: endpoint!.template.text } });
  if (decision.verdict !== "permit") return;
  const { withdrawnFields } = catalogue.standingOf(description);
  disclosureOf(description, endpoint!, "200", { agreement: decision.agreement, purpose, withdrawnFields });
}

/** Milliseconds of CPU: other work on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

for (const count of [10, 1000]) {
  const published = publishedOf(count);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const began = cpu();
  const catalogue = new Catalogue(published);
  const read = cpu();
  const agreements = agreementsOn(catalogue);
  const parsed = cpu();
  agreements.told(catalogue);
  const judged = cpu();
  globalThis.gc?.();
  const heap = (process.memoryUsage().heapUsed - before) / 1e6;
  const costs: number[] = [];
  for (let round = 0; round < 15; round++) {
    const start = cpu();
    for (let i = 0; i < 20_000; i++) call(catalogue, agreements, i % 10);
    costs.push((cpu() - start) / 20);
  }
  const cost = costs.toSorted((a, b) => a - b)[7]!.toFixed(2);
  process.stdout.write(
    `${count} services: reading ${(read - began).toFixed(0)} ms, their agreements ${(parsed - read).toFixed(0)} ms, ` +
      `judging those ${(judged - parsed).toFixed(0)} ms, heap ${heap.toFixed(1)} MB; a call ${cost} µs\n`,
  );
}
