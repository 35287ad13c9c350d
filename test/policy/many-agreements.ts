import { Catalogue } from "../../src/catalogue/catalogue.ts";
import type { ServicePurpose } from "../../src/catalogue/description-document.ts";
import type { ServiceDescription } from "../../src/catalogue/service-description.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import type { ClientId } from "../../src/core/ids.ts";
import { parseAgreement } from "../../src/policy/agreement.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";
import { AgreementsInForce } from "../../src/policy/agreements-in-force.ts";
import { type Decision, decide } from "../../src/policy/decide.ts";
import type { Facts } from "../../src/policy/decision/facts.ts";
import { purposeOf } from "../../src/policy/purpose.ts";
import { residence } from "../catalogue/residence.ts";

const serviceCount = 100;
const consumerCount = 1000;
const terms = {
  ...{ v: 1, revision: 1, endpoints: [{ method: "GET", path: "/persons/{code}" }] },
  ...{ validity: { from: "2026-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z" } },
  ...{ serviceVersions: "^1.0", purposes: [{ id: "means-test" }], fields: ["/address"] },
};

/** Consumer and service of an agreement. */
export interface Pair {
  readonly client: ClientId;
  readonly description: ServiceDescription;
}

/** 100 services and 1,000 consumers with an agreement of each pair, and decisions on calls between them. */
export class ManyAgreements {
  readonly count = serviceCount * consumerCount;
  readonly #catalogue: Catalogue;
  readonly #descriptions: readonly ServiceDescription[];
  readonly #inForce: AgreementsInForce;

  /** @param stated of the one purpose of the services */
  constructor(stated: Partial<ServicePurpose> = {}) {
    const published = Array.from({ length: serviceCount }, (_, i) => {
      const purpose = {
        ...residence.purposes[0],
        decisionUses: ["caseworker"],
        validUntil: "2090-01-01",
        ...stated,
      };
      const document = { ...residence, id: `${residence.id}-${i}`, purposes: [purpose] };
      const bytes = Buffer.from(JSON.stringify(document));
      return { path: `${i}`, sha256: toBase64Url(sha256(bytes)), bytes };
    });
    this.#catalogue = new Catalogue(published);
    this.#descriptions = [...this.#catalogue.services()];
    const agreements = Array.from({ length: this.count }, (_, i) => {
      const { client: consumer, description } = this.pair(i);
      const document = { ...terms, id: `a${i}`, service: description.id, consumer };
      return parseAgreement(Buffer.from(JSON.stringify(document)));
    });
    this.#inForce = new AgreementsInForce(new Agreements(agreements));
  }

  pair(i: number): Pair {
    const client = `DEV/GOV/${Math.floor(i / serviceCount) % consumerCount}/asking` as ClientId;
    return { client, description: this.#descriptions[i % serviceCount]! };
  }

  /** The look-up of the agreement and of the purpose, and every rule. */
  decide({ client, description }: Pair, now: number, permission: Facts["permission"]): Decision {
    const [endpoint] = description.endpoints;
    const purpose = purposeOf(description, "means-test")!;
    return decide({
      now,
      endpoint: { method: "GET", template: endpoint!.template.text },
      version: description.version,
      purpose,
      purposeSource: "stated",
      lawfulBasis: purpose.recordedBasis,
      decisionUse: "caseworker",
      agreements: this.#inForce.between(client, description, this.#catalogue),
      named: null,
      answers: { description, endpoint: endpoint!, withdrawnFields: [] },
      permission,
      emergency: null,
    });
  }
}
