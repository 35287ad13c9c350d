import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import type { ClientId, ServiceId } from "../../src/core/ids.ts";
import { parseAgreement } from "../../src/policy/agreement.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";
import { AgreementsInForce } from "../../src/policy/agreements-in-force.ts";
import { decide } from "../../src/policy/decide.ts";
import { purposeOf } from "../../src/policy/purpose.ts";
import { residence } from "../catalogue/residence.ts";

/*
 * What a decision costs with 100,000 agreements: `node --expose-gc test/policy/measure-decision.ts`. 100 services,
 * 1,000 consumers, an agreement of each pair; each call takes the next pair, so that nothing is warm but the machine code.
 * A decision is the look-up of its agreements and of its purpose, and every rule.
 */

const serviceCount = 100;
const consumerCount = 1000;
const now = Date.UTC(2030, 0);

const published = Array.from({ length: serviceCount }, (_, i) => {
  const purpose = { ...residence.purposes[0], decisionUses: ["caseworker"], validUntil: "2090-01-01" };
  const document = { ...residence, id: `${residence.id}-${i}`, purposes: [purpose] };
  const bytes = Buffer.from(JSON.stringify(document));
  return { path: `${i}`, sha256: toBase64Url(sha256(bytes)), bytes };
});
const catalogue = new Catalogue(published);
const descriptions = [...catalogue.services()];

const consumerOf = (i: number) => `DEV/GOV/${i}/asking` as ClientId;
const terms = {
  ...{ v: 1, revision: 1, endpoints: [{ method: "GET", path: "/persons/{code}" }] },
  ...{ validity: { from: "2026-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z" } },
  ...{ serviceVersions: "^1.0", purposes: [{ id: "means-test" }], fields: ["/address"] },
};
const agreements = Array.from({ length: serviceCount * consumerCount }, (_, i) => {
  const service: ServiceId = descriptions[i % serviceCount]!.id;
  const document = { ...terms, id: `a${i}`, service, consumer: consumerOf(Math.floor(i / serviceCount)) };
  return parseAgreement(Buffer.from(JSON.stringify(document)));
});
const inForce = new AgreementsInForce(new Agreements(agreements));

function decideOne(i: number): void {
  const description = descriptions[i % serviceCount]!;
  const [endpoint] = description.endpoints;
  const purpose = purposeOf(description, "means-test")!;
  const decision = decide({
    now,
    endpoint: { method: "GET", template: endpoint!.template.text },
    version: description.version,
    purpose,
    purposeSource: "stated",
    lawfulBasis: purpose.recordedBasis,
    decisionUse: "caseworker",
    agreements: inForce.between(
      consumerOf(Math.floor(i / serviceCount) % consumerCount),
      description,
      catalogue,
    ),
    named: null,
    answers: { description, endpoint: endpoint!, withdrawnFields: [] },
    permission: null,
    emergency: null,
  });
  if (decision.verdict !== "permit") throw new Error(`it is ${decision.verdict}`);
}

/** Microseconds of each of many decisions, sorted. */
function round(): Float64Array {
  const times = new Float64Array(agreements.length);
  for (let i = 0; i < times.length; i++) {
    const began = process.hrtime.bigint();
    // A step that has no common divisor with their number: neighbours are far from each other.
    decideOne((i * 7919) % agreements.length);
    times[i] = Number(process.hrtime.bigint() - began) / 1000;
  }
  return times.sort();
}

round();
const rounds = Array.from({ length: 9 }, round);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const at = (share: number) =>
  median(rounds.map((times) => times[Math.floor(times.length * share)]!)).toFixed(1);
process.stdout.write(
  `${agreements.length} agreements: a decision ${at(0.5)} µs (median), ${at(0.99)} µs (p99), ${at(0.999)} µs (p99.9); ` +
    `medians of ${rounds.length} rounds\n`,
);
