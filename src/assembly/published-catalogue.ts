import {
  isActWord,
  officersNeeded,
  parseServiceAct,
  type ServiceAct,
} from "../catalogue/acts/service-act.ts";
import { afterKeptAct, emptyHistory, type ServiceHistory } from "../catalogue/acts/service-history.ts";
import { Catalogue, type PublishedDescription } from "../catalogue/catalogue.ts";
import type { ServiceStanding } from "../catalogue/service-standing.ts";
import { type Vocabulary, VocabularyInUse } from "../catalogue/vocabulary.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { providerOf, type ServiceId } from "../core/ids.ts";
import { checkOfficers, judgeKeptSeal } from "../message/judge-act-seal.ts";
import { type CountersignedAct, parseCountersignedAct } from "../message/service-act-record.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import type { PublishedDocument } from "../trust/global-configuration.ts";
import { descriptionPath, isPublishedByAct, serviceOfPath } from "../trust/service-paths.ts";
import type { CatalogueHeads } from "./catalogue-heads.ts";

/** A service, or a version of one, that is not taken as it is published. */
export interface CatalogueFault {
  readonly about: string;
  readonly detail: string;
}

/** A countersigned act whose signatures were verified. */
interface ReadAct {
  readonly record: Omit<CountersignedAct, "bytes">;
  readonly act: ServiceAct;
}

/** The acts of a service that were right, with their records in order. */
interface GoodService {
  readonly history: ServiceHistory;
  readonly acts: readonly ReadAct[];
}

/**
 * The catalogue out of what the configuration brings: of each service the acts are verified, in their order, and its
 * versions come in with the standing that they give. What is not right is left out, or stays as it was known before,
 * and is told; everything else works.
 */
export class PublishedCatalogue {
  readonly #heads: CatalogueHeads;
  /** By the SHA-256 of the record: a signature is verified once. */
  #read: ReadonlyMap<string, ReadAct> = new Map();
  #good: ReadonlyMap<ServiceId, GoodService> = new Map();
  #catalogue: Catalogue = new Catalogue([]);
  #faults: readonly CatalogueFault[] = [];
  readonly #words = new VocabularyInUse();

  constructor(heads: CatalogueHeads) {
    this.#heads = heads;
  }

  /** Of the configuration in use. */
  get faults(): readonly CatalogueFault[] {
    return this.#faults;
  }

  /** Of the configuration in use: what it publishes beside the shared vocabulary, and that. */
  get vocabulary(): Vocabulary {
    return this.#words.vocabulary;
  }

  /** The acts of a service, oldest first. */
  actsOf(service: ServiceId): readonly ReadAct[] {
    return this.#good.get(service)?.acts ?? [];
  }

  /** Where the versions of a service stand, and its newest act. */
  historyOf(service: ServiceId): ServiceHistory {
    return this.#good.get(service)?.history ?? emptyHistory;
  }

  /** The services by their histories. */
  get histories(): Iterable<readonly [ServiceId, ServiceHistory]> {
    return [...this.#good].map(([id, { history }]) => [id, history] as const);
  }

  /** @returns the catalogue of a configuration, as a whole; never throws */
  renew(index: ConfigurationIndex): Catalogue {
    const faults: CatalogueFault[] = [];
    const good = this.#goodServices(index, faults);
    const documents = this.#documents(index, good, faults);
    const standings = standingsOf(good);
    const previous = this.#catalogue;
    const leaveOut = (path: string, { detail }: SealwayError) => faults.push({ about: path, detail });
    this.#catalogue = new Catalogue(documents, previous, standings, leaveOut);
    this.#renewVocabulary(index, faults);
    this.#good = good;
    this.#faults = faults;
    return this.#catalogue;
  }

  /** Resolves when this server can no longer be led back behind what it uses now. */
  keepHeads(): Promise<void> {
    const heads = [...this.#good].map(
      ([
        id,
        {
          history: { acts, head },
        },
      ]) => [id, { acts, head: head! }] as const,
    );
    return this.#heads.note(new Map(heads));
  }

  /** One that this release cannot read leaves the one before in use: better old words than none. */
  #renewVocabulary({ content: { vocabularies } }: ConfigurationIndex, faults: CatalogueFault[]): void {
    try {
      this.#words.renew(vocabularies);
    } catch (error) {
      faults.push({ about: "vocabulary", detail: asSealwayError(error).detail });
    }
  }

  #goodServices(index: ConfigurationIndex, faults: CatalogueFault[]): Map<ServiceId, GoodService> {
    const { acts, parameters } = index.content;
    const keys = new Set(parameters.catalogueKeys);
    const records = Map.groupBy(acts, ({ path }) => serviceOfPath(path));
    const read = new Map<string, ReadAct>();
    const good = new Map<ServiceId, GoodService>();
    for (const id of new Set([...records.keys(), ...this.#heads.services])) {
      // Whoever is no member any more offers nothing.
      if (!index.isRegistered(providerOf(id))) continue;
      try {
        const published = (records.get(id) ?? []).map((document) =>
          this.#readAct(document, index, keys, read),
        );
        good.set(id, this.#judge(id, published, index, faults));
      } catch (error) {
        faults.push({ about: id, detail: asSealwayError(error).detail });
        const before = this.#good.get(id);
        if (before !== undefined) good.set(id, before);
      }
    }
    this.#read = read;
    return good;
  }

  #readAct(
    document: PublishedDocument,
    index: ConfigurationIndex,
    keys: ReadonlySet<string>,
    read: Map<string, ReadAct>,
  ): ReadAct {
    const found = this.#read.get(document.sha256) ?? parseAct(document.bytes, index, keys);
    if (!keys.has(found.record.key))
      throw new SealwayError(
        "invalid_signature",
        "an act is countersigned by a key that the authority gave up",
      );
    read.set(document.sha256, found);
    return found;
  }

  #judge(
    id: ServiceId,
    acts: readonly ReadAct[],
    index: ConfigurationIndex,
    faults: CatalogueFault[],
  ): GoodService {
    const { instance } = index.content.parameters;
    let history = emptyHistory;
    for (const { record, act } of acts) {
      if (act.service !== id || act.instance !== instance)
        throw new SealwayError("malformed_statement", `an act on ${act.service} stands among its acts`);
      const proven = { act, sha256: record.sha256, accepted: record.accepted };
      checkOfficers(record, officersNeeded[act.word] ?? 0);
      const after = afterKeptAct(history, proven, judgeKeptSeal(record, id, index));
      if (after.fault !== undefined) faults.push({ about: `${id} ${act.version}`, detail: after.fault });
      history = after.history;
    }
    const known = this.#heads.of(id);
    if (known !== undefined && acts[known.acts - 1]?.record.sha256 !== known.head) {
      const detail = `the catalogue went back: this server knows ${known.acts} acts on it, the newest ${known.head}`;
      throw new SealwayError("act_out_of_order", detail);
    }
    return { history, acts };
  }

  /** Those that acts published, and in a demonstration those that nobody signed. */
  #documents(
    index: ConfigurationIndex,
    good: ReadonlyMap<ServiceId, GoodService>,
    faults: CatalogueFault[],
  ): PublishedDescription[] {
    const byPath = new Map(index.content.services.map((document) => [document.path, document]));
    const documents: PublishedDescription[] = [];
    for (const [id, { history }] of good) {
      for (const { version, description: digest } of history.versions.values()) {
        const path = descriptionPath(id, version);
        const published = byPath.get(path);
        byPath.delete(path);
        const bytes =
          published?.sha256 === digest ? published.bytes : this.#catalogue.byDigest(digest)?.bytes;
        if (bytes === undefined) faults.push({ about: path, detail: "it is not the description of its act" });
        else documents.push({ path, sha256: digest, bytes });
      }
    }
    const told = new Set(faults.map(({ about }) => about));
    const isForShow = (path: string) =>
      index.content.parameters.purpose === "demonstration" && !isPublishedByAct(path);
    for (const [path, document] of byPath) {
      const id = serviceOfPath(path);
      if (isForShow(path)) documents.push(document);
      else if (index.isRegistered(providerOf(id)) && !good.has(id) && !told.has(id))
        faults.push({ about: path, detail: "no act of its provider published it" });
    }
    return documents;
  }
}

function parseAct(bytes: Buffer, index: ConfigurationIndex, keys: ReadonlySet<string>): ReadAct {
  const { bytes: _, ...record } = parseCountersignedAct(bytes, keys);
  if (!isActWord(record.word))
    throw new SealwayError("malformed_statement", `an act "${record.word}" is unknown`);
  // One certificate for thousands of acts.
  const certificate = index.sealOfAnyState(record.certificate.fingerprint)?.certificate ?? record.certificate;
  return { record: { ...record, certificate }, act: parseServiceAct(record.word, record.payload) };
}

function standingsOf(good: ReadonlyMap<ServiceId, GoodService>): Map<string, ServiceStanding> {
  const versions = [...good.values()].flatMap(({ history }) => [...history.versions.values()]);
  return new Map(versions.map(({ description, standing }) => [description, standing]));
}
