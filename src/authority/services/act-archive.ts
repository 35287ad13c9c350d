import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isActWord, parseServiceAct, type ServiceAct } from "../../catalogue/acts/service-act.ts";
import {
  afterKeptAct,
  afterVoidAct,
  emptyHistory,
  type ProvenAct,
  type ServiceHistory,
} from "../../catalogue/acts/service-history.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import { providerOf, type ServiceId } from "../../core/ids.ts";
import { judgeKeptSeal } from "../../message/judge-act-seal.ts";
import { type CountersignedAct, parseCountersignedAct } from "../../message/service-act-record.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { actPath, descriptionPath } from "../../trust/service-paths.ts";

/** The documents of the catalogue by their paths among the published files. */
export interface CatalogueDocuments {
  readonly services: ReadonlyMap<string, Buffer>;
  readonly acts: ReadonlyMap<string, Buffer>;
  /** A service for each seal, by its certificate's fingerprint, that signed one of the acts. */
  readonly seals: ReadonlyMap<string, ServiceId>;
}

interface KeptAct extends ProvenAct {
  readonly certificate: Certificate;
  readonly bytes: Buffer;
}

interface KeptService {
  readonly acts: readonly KeptAct[];
  readonly history: ServiceHistory;
}

const nameForm = /^\d{10}\.jws$/;

/** The acts that the authority took, and the descriptions they publish, in a directory. All of it is kept. */
export class ActArchive {
  readonly #directory: string;
  readonly #services = new Map<ServiceId, KeptService>();
  readonly #descriptions = new Map<string, Buffer>();
  /** With a service for each: one certificate for thousands of acts. */
  readonly #seals = new Map<string, { readonly certificate: Certificate; readonly service: ServiceId }>();
  #count = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Reads and verifies what an earlier run took.
   * @param keys that countersigned, base64url of 32 bytes
   * @throws DocumentError for a file that is damaged or missing: the catalogue does not go back silently
   */
  static async open(directory: string, keys: ReadonlySet<string>): Promise<ActArchive> {
    const archive = new ActArchive(directory);
    await mkdir(archive.#actsDirectory, { recursive: true, mode: 0o700 });
    await mkdir(archive.#descriptionsDirectory, { recursive: true, mode: 0o700 });
    const names = (await readdir(archive.#actsDirectory)).filter((name) => nameForm.test(name)).sort();
    for (const [i, name] of names.entries()) {
      const path = join(archive.#actsDirectory, name);
      try {
        if (name !== nameOf(i + 1)) throw new Error(`${nameOf(i + 1)} is missing`);
        const record = parseCountersignedAct(await readFile(path), keys);
        await archive.#load(record);
      } catch (cause) {
        throw new DocumentError(path, "", (cause as Error).message, { cause });
      }
    }
    return archive;
  }

  /** As it was judged last. */
  historyOf(service: ServiceId): ServiceHistory {
    return this.#services.get(service)?.history ?? emptyHistory;
  }

  get histories(): Iterable<ServiceHistory> {
    return [...this.#services.values()].map(({ history }) => history);
  }

  /** Has every act the effect that it has at gateways which use a configuration. */
  judge(index: ConfigurationIndex): void {
    for (const [id, { acts }] of this.#services)
      this.#services.set(id, { acts, history: judgedHistory(id, acts, index) });
  }

  documents(): CatalogueDocuments {
    const services = new Map<string, Buffer>();
    const documents = new Map<string, Buffer>();
    for (const [id, { acts }] of this.#services) {
      for (const [i, { act, bytes }] of acts.entries()) {
        documents.set(actPath(id, i + 1), bytes);
        // The newest bytes of a version that was published again, since the first act had no effect.
        if (act.word === "publish")
          services.set(descriptionPath(id, act.version), this.#descriptions.get(act.description)!);
      }
    }
    const seals = new Map([...this.#seals].map(([fingerprint, { service }]) => [fingerprint, service]));
    return { services, acts: documents, seals };
  }

  /**
   * Keeps an act for good; when this resolves it is taken.
   * @param history what the act makes of its service
   * @param description the bytes that it publishes
   */
  async add(
    act: ServiceAct,
    record: CountersignedAct,
    history: ServiceHistory,
    description: Buffer | undefined,
  ): Promise<void> {
    if (description !== undefined) {
      await writeFileAtomically(this.#descriptionFile(act.description), description, "private");
    }
    const path = join(this.#actsDirectory, nameOf(this.#count + 1));
    await writeFileAtomically(path, record.bytes, "private");
    this.#note(act, record, history, description);
  }

  async #load(record: CountersignedAct): Promise<void> {
    if (!isActWord(record.word)) throw new Error("its word is unknown");
    const act = parseServiceAct(record.word, record.payload);
    const { sha256, accepted } = record;
    // Which effect it has depends on the configuration: here the order counts.
    const history = afterVoidAct(this.historyOf(act.service), { act, sha256, accepted });
    const description = act.word === "publish" ? await this.#readDescription(act.description) : undefined;
    this.#note(act, record, history, description);
  }

  async #readDescription(digest: string): Promise<Buffer> {
    const bytes = await readFile(this.#descriptionFile(digest));
    if (sha256Base64Url(bytes) !== digest) throw new Error(`${digest} is damaged`);
    return bytes;
  }

  #note(act: ServiceAct, record: CountersignedAct, history: ServiceHistory, description?: Buffer): void {
    const { service } = act;
    const { fingerprint } = record.certificate;
    const { certificate } = this.#seals.get(fingerprint) ?? record;
    this.#seals.set(fingerprint, { certificate, service });
    const { accepted, bytes, sha256 } = record;
    const acts = [
      ...(this.#services.get(service)?.acts ?? []),
      { act, accepted, bytes, certificate, sha256 },
    ];
    this.#services.set(service, { acts, history });
    if (description !== undefined) this.#descriptions.set(act.description, description);
    this.#count += 1;
  }

  #descriptionFile(digest: string): string {
    return join(this.#descriptionsDirectory, `${Buffer.from(digest, "base64url").toString("hex")}.json`);
  }

  get #actsDirectory(): string {
    return join(this.#directory, "acts");
  }

  get #descriptionsDirectory(): string {
    return join(this.#directory, "descriptions");
  }
}

function judgedHistory(id: ServiceId, acts: readonly KeptAct[], index: ConfigurationIndex): ServiceHistory {
  // Of who left nothing is offered, and no seal need be listed.
  const isOffered = index.isRegistered(providerOf(id));
  return acts.reduce((history, kept) => {
    const seal = isOffered ? judgeKeptSeal(kept, id, index) : "void";
    return afterKeptAct(history, kept, seal).history;
  }, emptyHistory);
}

function nameOf(number: number): string {
  return `${String(number).padStart(10, "0")}.jws`;
}
