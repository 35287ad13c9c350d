import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { parseServiceDescription } from "../../src/catalogue/service-description.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { type Agreement, parseAgreement } from "../../src/policy/agreement.ts";
import { residence } from "../catalogue/residence.ts";

/** A description, as published. @param changes replace or add members of `residence` */
export function published(changes: object = {}) {
  const bytes = Buffer.from(JSON.stringify({ ...residence, ...changes }));
  const digest = toBase64Url(sha256(bytes));
  return { description: parseServiceDescription(bytes, digest), path: "x", sha256: digest, bytes };
}

/** A catalogue of these descriptions. */
export function catalogueOf(...services: readonly ReturnType<typeof published>[]): Catalogue {
  return new Catalogue(services);
}

/** An agreement on `residence`. @param changes replace or add members */
export function agreementOf(changes: object = {}): Agreement {
  const good = {
    ...{ v: 1, id: "a", revision: 1, consumer: "DEV/GOV/2/benefits", service: residence.id },
    endpoints: [{ method: "GET", path: "/**" }],
    validity: { from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z" },
    purposes: [{ id: "means-test" }],
  };
  return parseAgreement(Buffer.from(JSON.stringify({ ...good, ...changes })));
}
