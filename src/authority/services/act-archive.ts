import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isActWord, parseServiceAct, type ServiceAct } from "../../catalogue/acts/service-act.ts";
import { afterAct, emptyHistory, type ServiceHistory } from "../../catalogue/acts/service-history.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import type { ServiceId } from "../../core/ids.ts";
import { type CountersignedAct, parseCountersignedAct } from "../../message/service-act-record.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { actPath, descriptionPath } from "../../trust/service-paths.ts";

/** The documents of the catalogue by their paths among the published files. */
export interface CatalogueDocuments {
  readonly services: ReadonlyMap<string, Buffer>;
  readonly acts: ReadonlyMap<string, Buffer>;
  /** A service for each seal, by its certificate's fingerprint, that signed one of the acts. */
  readonly seals: ReadonlyMap<string, ServiceId>;
}

interface KeptService {
  readonly history: ServiceHistory;
  readonly records: readonly Buffer[];
}

const nameForm = /^\d{10}\.jws$/;

/** The acts that the authority took, and the descriptions they publish, in a directory. All of it is kept. */
export class ActArchive {
  readonly #directory: string;
  readonly #services = new Map<ServiceId, KeptService>();
  readonly #descriptions = new Map<string, Buffer>();
  readonly #seals = new Map<string, ServiceId>();
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

  historyOf(service: ServiceId): ServiceHistory {
    return this.#services.get(service)?.history ?? emptyHistory;
  }

  get histories(): Iterable<ServiceHistory> {
    return [...this.#services.values()].map(({ history }) => history);
  }

  /** A description by its digest. */
  description(sha256: string): Buffer | undefined {
    return this.#descriptions.get(sha256);
  }

  documents(): CatalogueDocuments {
    const services = new Map<string, Buffer>();
    const acts = new Map<string, Buffer>();
    for (const [id, { history, records }] of this.#services) {
      for (const { version, description } of history.versions.values())
        services.set(descriptionPath(id, version), this.#descriptions.get(description)!);
      for (const [i, bytes] of records.entries()) acts.set(actPath(id, i + 1), bytes);
    }
    return { services, acts, seals: this.#seals };
  }

  /**
   * Keeps an act for good; when this resolves it is taken.
   * @param after what the act makes of its service
   * @param description the bytes that it publishes
   */
  async add(
    act: ServiceAct,
    record: CountersignedAct,
    after: ServiceHistory,
    description: Buffer | undefined,
  ): Promise<void> {
    if (description !== undefined) {
      await writeFileAtomically(this.#descriptionFile(act.description), description, "private");
    }
    const path = join(this.#actsDirectory, nameOf(this.#count + 1));
    await writeFileAtomically(path, record.bytes, "private");
    this.#note(act, record, after, description);
  }

  async #load(record: CountersignedAct): Promise<void> {
    if (!isActWord(record.word)) throw new Error("its word is unknown");
    const act = parseServiceAct(record.word, record.payload);
    const { sha256, accepted } = record;
    const after = afterAct(this.historyOf(act.service), { act, sha256, accepted });
    const description = act.word === "publish" ? await this.#readDescription(act.description) : undefined;
    this.#note(act, record, after, description);
  }

  async #readDescription(digest: string): Promise<Buffer> {
    const bytes = await readFile(this.#descriptionFile(digest));
    if (sha256Base64Url(bytes) !== digest) throw new Error(`${digest} is damaged`);
    return bytes;
  }

  #note(act: ServiceAct, record: CountersignedAct, after: ServiceHistory, description?: Buffer): void {
    const { service } = act;
    const records = [...(this.#services.get(service)?.records ?? []), record.bytes];
    this.#services.set(service, { history: after, records });
    if (description !== undefined) this.#descriptions.set(act.description, description);
    this.#seals.set(record.certificate.fingerprint, service);
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

function nameOf(number: number): string {
  return `${String(number).padStart(10, "0")}.jws`;
}
