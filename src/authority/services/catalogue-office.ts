import type { KeyObject } from "node:crypto";
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
import { parseStrictJson } from "../../core/strict-json.ts";
import { countersignAct, keyText, parseCountersignedAct } from "../../message/service-act-record.ts";
import type { PublishedDocument } from "../../trust/global-configuration.ts";
import { loadOrCreateEd25519Key } from "../ed25519-key-file.ts";
import type { Registry } from "../registry.ts";
import { ActArchive, type CatalogueDocuments } from "./act-archive.ts";
import type { Submission } from "./act-submission.ts";

/** What the registry says of the catalogue. */
export interface CatalogueRules {
  readonly vocabulary: Vocabulary;
  /** Member classes of public authorities. */
  readonly publicClasses: ReadonlySet<string>;
  readonly exceptions: readonly OnceOnlyException[];
  readonly noticeDays: number;
}

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
  /** With which it countersigns, base64url of 32 bytes. */
  readonly publicKey: string;
  readonly #key: KeyObject;
  readonly #clock: Clock;
  readonly #archive: ActArchive;
  #catalogue = new Catalogue([]);

  private constructor(key: KeyObject, clock: Clock, archive: ActArchive) {
    this.#key = key;
    this.publicKey = keyText(key);
    this.#clock = clock;
    this.#archive = archive;
  }

  /** The key is made when there is none. @throws DocumentError for what cannot be read or was altered */
  static async open({ stateDir, clock, passphrase }: OfficePlace): Promise<CatalogueOffice> {
    const key = await loadOrCreateEd25519Key(join(stateDir, "catalogue-key.pem"), passphrase);
    const archive = await ActArchive.open(join(stateDir, "catalogue"), new Set([keyText(key)]));
    return new CatalogueOffice(key, clock, archive);
  }

  /** What is published. */
  get catalogue(): Catalogue {
    return this.#catalogue;
  }

  documents(): CatalogueDocuments {
    return this.#archive.documents();
  }

  /**
   * What acts are judged against from now on.
   * @param services the descriptions of the configuration that is published; those that cannot be read do not count
   */
  update(services: readonly PublishedDocument[]): void {
    const versions = [...this.#archive.histories].flatMap((history) => [...history.versions.values()]);
    const standings = new Map(versions.map(({ description, standing }) => [description, standing]));
    this.#catalogue = new Catalogue(services, this.#catalogue, standings, () => {});
  }

  /**
   * Judges an act whose signers were checked, and keeps it unless it is only tried.
   * @throws SealwayError `act_out_of_order`, `transition_refused`, `act_refused`, `bad_request`
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
      const record = parseCountersignedAct(countersignAct(signed, this.#key, now), new Set([this.publicKey]));
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
