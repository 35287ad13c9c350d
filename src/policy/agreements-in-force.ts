import type { Catalogue } from "../catalogue/catalogue.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import type { ClientId } from "../core/ids.ts";
import type { Agreement, Agreements } from "./agreement.ts";
import type { AgreementFinding } from "./agreement-codes.ts";
import { checkAgreement } from "./check-agreement.ts";
import { inVersionRange } from "./version-range.ts";

/** An agreement that grants nothing, and why. */
export interface RefusedAgreement {
  readonly agreement: Agreement;
  readonly findings: readonly AgreementFinding[];
}

type Findings = readonly AgreementFinding[];

/** The agreements of a gateway as far as they can be kept against a catalogue; each pair is judged once. */
export class AgreementsInForce {
  readonly #agreements: Agreements;
  readonly #judged = new WeakMap<Catalogue, WeakMap<Agreement, Map<string, Findings>>>();
  readonly #refused = new WeakMap<Catalogue, readonly RefusedAgreement[]>();

  constructor(agreements: Agreements) {
    this.#agreements = agreements;
  }

  /** Those that a call of a version can rely on. A range that the version is not in is the decision's to judge. */
  between(consumer: ClientId, description: ServiceDescription, catalogue: Catalogue): readonly Agreement[] {
    return this.#agreements
      .between(consumer, description.id)
      .filter((agreement) => this.#findings(agreement, description, catalogue).length === 0);
  }

  /**
   * The version that a client who names none calls: the first that one of its agreements is for, else the first.
   * @param versions in the order of preference
   */
  versionFor(consumer: ClientId, versions: readonly ServiceDescription[]): ServiceDescription | undefined {
    const [first] = versions;
    if (first === undefined || versions.length === 1) return first;
    const agreements = this.#agreements.between(consumer, first.id);
    return versions.find(({ version }) => agreements.some((agreement) => isFor(agreement, version))) ?? first;
  }

  /** All that grant nothing in any version, for the operator. */
  refused(catalogue: Catalogue): readonly RefusedAgreement[] {
    const before = this.#refused.get(catalogue);
    if (before !== undefined) return before;
    const refused = [...this.#agreements.all()].flatMap((agreement): RefusedAgreement[] => {
      const findings = this.#findingsOnAll(agreement, catalogue);
      return findings.length === 0 ? [] : [{ agreement, findings }];
    });
    this.#refused.set(catalogue, refused);
    return refused;
  }

  /** Of the preferred version among those that the agreement is for; none when it can be kept against one of them. */
  #findingsOnAll(agreement: Agreement, catalogue: Catalogue): Findings {
    const versions = catalogue.versions(agreement.service);
    if (versions.length === 0) return [{ code: "service.unknown", place: "/service", detail: "" }];
    const own = versions.filter(({ version }) => isFor(agreement, version));
    if (own.length === 0) return [{ code: "version.none", place: "/serviceVersions", detail: "" }];
    const findings = own.map((description) => this.#findings(agreement, description, catalogue));
    return findings.some((found) => found.length === 0) ? [] : findings[0]!;
  }

  #findings(agreement: Agreement, description: ServiceDescription, catalogue: Catalogue): Findings {
    const judged = this.#judged.get(catalogue) ?? new WeakMap<Agreement, Map<string, Findings>>();
    this.#judged.set(catalogue, judged);
    const byVersion = judged.get(agreement) ?? new Map<string, Findings>();
    judged.set(agreement, byVersion);
    const before = byVersion.get(description.sha256);
    if (before !== undefined) return before;
    const findings = checkAgreement(agreement, description, catalogue);
    byVersion.set(description.sha256, findings);
    return findings;
  }
}

function isFor({ serviceVersions }: Agreement, version: string): boolean {
  return serviceVersions === null || inVersionRange(serviceVersions, version);
}
