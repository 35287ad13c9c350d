import { join } from "node:path";
import { checkActTerms, ordinaryNoticeDays } from "../../catalogue/acts/act-terms.ts";
import { afterAct } from "../../catalogue/acts/service-history.ts";
import { Catalogue } from "../../catalogue/catalogue.ts";
import { descriptionFaults } from "../../catalogue/description-faults.ts";
import { checkPublication } from "../../catalogue/gate/check-publication.ts";
import type { OnceOnlyException } from "../../catalogue/gate/publication.ts";
import { isReserved } from "../../catalogue/reserved-codes.ts";
import { parseServiceDescription } from "../../catalogue/service-description.ts";
import { isPublishable, type ToldFinding, tellFaults, tellFindings } from "../../catalogue/told-finding.ts";
import type { Vocabulary } from "../../catalogue/vocabulary.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { countersignAct, parseCountersignedAct } from "../../message/service-act-record.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { isPublishedByAct } from "../../trust/service-paths.ts";
import type { Registry } from "../registry.ts";
import { ActArchive, type CatalogueDocuments } from "./act-archive.ts";
import type { Submission } from "./act-submission.ts";
import { type CatalogueKeys, loadCatalogueKeys } from "./catalogue-keys.ts";
import { type Rate, RateLimit } from "./rate-limit.ts";

/** What the registry says of the catalogue. */
export interface CatalogueRules {
  readonly vocabulary: Vocabulary;
  /** Member classes of public authorities. */
  readonly publicClasses: ReadonlySet<string>;
  readonly exceptions: readonly OnceOnlyException[];
  readonly noticeDays: number;
}

/** Every act makes a version of the configuration that all gateways fetch and the authority keeps: a day of one member. */
const ofOneMember: Rate = { burst: 500, refill: 60_000 };

/** What became of an act. */
export type Judgement =
  | { readonly kind: "refused"; readonly findings: readonly ToldFinding[] }
  | { readonly kind: "taken"; readonly act: string; readonly findings: readonly ToldFinding[] };

export interface OfficePlace {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly passphrase: string | undefined;
}

/** What a registry says of the catalogue, or else what is usual. */
export function rulesOf({ document: { catalogue = {} } }: Registry, vocabulary: Vocabulary): CatalogueRules {
  const { publicClasses = ["GOV", "MUN"], exceptions = [], noticeDays = ordinaryNoticeDays } = catalogue;
  return { vocabulary, publicClasses: new Set(publicClasses), exceptions, noticeDays };
}

/** Judges acts against what is published, and takes them. One act at a time: its caller sees to that. */
export class CatalogueOffice {
  /** Of the authority, with which it also signs the entries of the registry. */
  readonly keys: CatalogueKeys;
  readonly #clock: Clock;
  readonly #archive: ActArchive;
  readonly #limit: RateLimit;
  #catalogue = new Catalogue([]);

  private constructor(keys: CatalogueKeys, clock: Clock, archive: ActArchive) {
    this.keys = keys;
    this.#limit = new RateLimit(ofOneMember, clock);
    this.#clock = clock;
    this.#archive = archive;
  }

  /** The key is made when there is none. @throws DocumentError for what cannot be read or was altered */
  static async open({ stateDir, clock, passphrase }: OfficePlace): Promise<CatalogueOffice> {
    const keys = await loadCatalogueKeys(stateDir, passphrase);
    const archive = await ActArchive.open(join(stateDir, "catalogue"), new Set(keys.all));
    return new CatalogueOffice(keys, clock, archive);
  }

  /** By which gateways verify countersignatures, base64url of 32 bytes. */
  get publicKeys(): readonly string[] {
    return this.keys.all;
  }

  /** What is published. */
  get catalogue(): Catalogue {
    return this.#catalogue;
  }

  documents(): CatalogueDocuments {
    return this.#archive.documents();
  }

  /** What acts are judged against from now on: the catalogue as gateways see it that use this configuration. */
  update(index: ConfigurationIndex): void {
    this.#archive.judge(index);
    const versions = [...this.#archive.histories].flatMap((history) => [...history.versions.values()]);
    const standings = new Map(versions.map(({ description, standing }) => [description, standing]));
    const inForce = index.content.services.filter(
      ({ path, sha256 }) => standings.has(sha256) || !isPublishedByAct(path),
    );
    // One that cannot be read does not count.
    this.#catalogue = new Catalogue(inForce, this.#catalogue, standings, () => {});
  }

  /**
   * Judges an act whose signers were checked, and keeps it unless it is only tried.
   * @throws SealwayError `act_out_of_order`, `transition_refused`, `act_refused`, `bad_request`, `overloaded`
   */
  async take(
    submission: Submission,
    rules: CatalogueRules,
    mode: "for good" | "dry run",
  ): Promise<Judgement> {
    const { signed, act, description } = submission;
    const now = this.#clock.now();
    const history = this.#archive.historyOf(act.service);
    const after = afterAct(history, { act, sha256: signed.sha256, accepted: now });
    const document = this.#catalogue.byDigest(act.description)?.document;
    checkActTerms(act, {
      now,
      noticeDays: rules.noticeDays,
      version: history.versions.get(act.version),
      document,
    });
    const findings = description === undefined ? [] : this.#findings(submission, description, rules);
    if (!isPublishable(findings)) return { kind: "refused", findings };
    if (mode === "for good") {
      this.#limit.enter(memberOf(act.service));
      const record = parseCountersignedAct(
        countersignAct(signed, this.keys.key, now),
        new Set(this.publicKeys),
      );
      await this.#archive.add(act, record, after, description);
    }
    return { kind: "taken", act: signed.sha256, findings };
  }

  #findings({ act }: Submission, bytes: Buffer, rules: CatalogueRules): readonly ToldFinding[] {
    if (isReserved(act.service))
      throw new SealwayError("act_refused", "the code is reserved for the gateway's own");
    const faults = descriptionFaults(parseStrictJson(bytes, "bad_request"));
    if (faults.length > 0) return tellFaults(faults);
    const { id, version, document } = parseServiceDescription(bytes, act.description);
    if (id !== act.service || version !== act.version)
      throw new SealwayError("act_refused", `the description is of ${id} ${version}`);
    const { vocabulary, publicClasses, exceptions } = rules;
    const others = [...this.#catalogue.services()].filter((one) => one.id !== id);
    const found = checkPublication({
      ...{ document, vocabulary, publicClasses, exceptions },
      published: this.#catalogue.service(id)?.document,
      catalogue: others.map((one) => one.document),
      today: new Date(this.#clock.now()).toISOString().slice(0, 10),
    });
    return tellFindings(found);
  }
}
