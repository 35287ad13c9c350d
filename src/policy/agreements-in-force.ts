import type { Catalogue } from "../catalogue/catalogue.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import type { ClientId, ServiceId } from "../core/ids.ts";
import type { Agreement } from "./agreement.ts";
import { type AgreementFinding, agreementCodes } from "./agreement-codes.ts";
import type { Agreements } from "./agreements/agreements.ts";
import { checkAgreement } from "./check-agreement.ts";
import { inVersionRange } from "./version-range.ts";

/** An agreement of which the operator is told, and why: `refused` ones grant nothing, `noted` ones grant. */
export interface ToldAgreement {
  readonly agreement: Agreement;
  readonly effect: "refused" | "noted";
  readonly findings: readonly AgreementFinding[];
}

type Findings = readonly AgreementFinding[];

/** What was told of a catalogue, by agreement; those that changed since are judged anew when it is asked again. */
interface Told {
  readonly catalogue: Catalogue;
  readonly byId: Map<string, readonly ToldAgreement[]>;
  readonly all: readonly ToldAgreement[];
}

/** On which agreements calls between two can rely: of the description that was asked for last. */
interface Relied {
  readonly description: ServiceDescription;
  readonly agreements: readonly Agreement[];
}

/** What calls rely on under a catalogue: it holds no other one in memory. */
interface ReliedByPair {
  readonly catalogue: Catalogue;
  readonly pairs: Map<ServiceId, Map<ClientId, Relied>>;
}

/** The agreements of a gateway as far as they can be kept against a catalogue; each pair is judged once. */
export class AgreementsInForce {
  readonly #agreements: Agreements;
  readonly #judged = new WeakMap<Catalogue, WeakMap<Agreement, Map<string, Findings>>>();
  readonly #changed = new Set<string>();
  #told: Told | undefined;
  #relied: ReliedByPair | undefined;

  constructor(agreements: Agreements) {
    this.#agreements = agreements;
    agreements.subscribe((id, pairs) => {
      this.#changed.add(id);
      for (const { consumer, service } of pairs) this.#relied?.pairs.get(service)?.delete(consumer);
    });
  }

  /** Those that a call of a version can rely on. A range that the version is not in is the decision's to judge. */
  between(consumer: ClientId, description: ServiceDescription, catalogue: Catalogue): readonly Agreement[] {
    const byConsumer = this.#reliedOn(description.id, catalogue);
    const before = byConsumer.get(consumer);
    // By the very object: every call asks, among very many agreements, and none of them is touched that it is not about.
    if (before?.description === description) return before.agreements;
    const held = this.#agreements.between(consumer, description.id);
    const agreements = held.filter((one) => grants(this.#findings(one, description, catalogue)));
    if (held.length > 0) byConsumer.set(consumer, { description, agreements });
    return agreements;
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

  /** All that grant nothing in any version, and those that somebody should look at, for the operator. */
  told(catalogue: Catalogue): readonly ToldAgreement[] {
    const before = this.#told?.catalogue === catalogue ? this.#told : undefined;
    const byId = before?.byId ?? new Map<string, readonly ToldAgreement[]>();
    const anew =
      before === undefined
        ? [...this.#agreements.all()]
        : [...this.#changed].flatMap((id) => this.#agreements.byId(id));
    if (before !== undefined && this.#changed.size === 0) return before.all;
    for (const id of this.#changed) byId.delete(id);
    this.#changed.clear();
    for (const [id, held] of Map.groupBy(anew, (agreement) => agreement.id)) {
      const told = held.flatMap((agreement) => this.#toldOf(agreement, catalogue));
      if (told.length > 0) byId.set(id, told);
    }
    this.#told = { catalogue, byId, all: [...byId.values()].flat() };
    return this.#told.all;
  }

  #reliedOn(service: ServiceId, catalogue: Catalogue): Map<ClientId, Relied> {
    if (this.#relied?.catalogue !== catalogue) this.#relied = { catalogue, pairs: new Map() };
    const { pairs } = this.#relied;
    const before = pairs.get(service);
    if (before !== undefined) return before;
    const byConsumer = new Map<ClientId, Relied>();
    pairs.set(service, byConsumer);
    return byConsumer;
  }

  #toldOf(agreement: Agreement, catalogue: Catalogue): ToldAgreement[] {
    const findings = this.#findingsOnAll(agreement, catalogue);
    const effect = grants(findings) ? "noted" : "refused";
    return findings.length === 0 ? [] : [{ agreement, effect, findings }];
  }

  /** Of the version that grants, else of the preferred one among those that the agreement is for. */
  #findingsOnAll(agreement: Agreement, catalogue: Catalogue): Findings {
    const versions = catalogue.versions(agreement.service);
    if (versions.length === 0) return [{ code: "service.unknown", place: "/service", detail: "" }];
    const own = versions.filter(({ version }) => isFor(agreement, version));
    if (own.length === 0) return [{ code: "version.none", place: "/serviceVersions", detail: "" }];
    const findings = own.map((description) => this.#findings(agreement, description, catalogue));
    return findings.find(grants) ?? findings[0]!;
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

function grants(findings: Findings): boolean {
  return findings.every(({ code }) => agreementCodes[code].effect === "noted");
}

function isFor({ serviceVersions }: Agreement, version: string): boolean {
  return serviceVersions === null || inVersionRange(serviceVersions, version);
}
