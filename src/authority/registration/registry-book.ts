import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { applyEntry, applyEvent } from "../registry/fold.ts";
import { newContent } from "../registry/import-content.ts";
import { contentOf, mergeRegistry, ParsedCertificates } from "../registry/merge-registry.ts";
import { parseRegistryEntry, type RegistryEvent, signRegistryEntry } from "../registry/registry-entry.ts";
import { RegistryState } from "../registry/registry-state.ts";
import type { Registry } from "../registry.ts";
import type { CatalogueKeys } from "../services/catalogue-keys.ts";
import type { RegistryLog } from "./registry-log.ts";

export interface RegistryBookPlace {
  readonly log: RegistryLog;
  readonly keys: CatalogueKeys;
  readonly clock: Clock;
  readonly instance: string;
}

/** An event, and the registry with it. */
export interface ProposedEntry {
  readonly event: RegistryEvent;
  /** Milliseconds. */
  readonly time: number;
  readonly state: RegistryState;
}

/** The registry: the entries in its log, and the state that they make. One writer at a time: its caller sees to that. */
export class RegistryBook {
  readonly #place: RegistryBookPlace;
  readonly #certificates = new ParsedCertificates();
  #state: RegistryState;
  /** What the file said at the last import. */
  #imported: Registry | undefined;
  /** What is published most often is what was tried out just before. */
  #merged:
    | { readonly file: Registry; readonly state: RegistryState; readonly registry: Registry }
    | undefined;
  #isDoubtful = false;

  private constructor(place: RegistryBookPlace, state: RegistryState) {
    this.#place = place;
    this.#state = state;
  }

  /** Reads what the log has. @throws SealwayError for an entry that is altered, or does not follow the one before it */
  static async open(place: RegistryBookPlace): Promise<RegistryBook> {
    return new RegistryBook(place, await readLog(place));
  }

  /**
   * After a write of which nobody knows what became of it, the log tells: an entry may be there that was not answered for,
   * and none may be written in its place.
   * @returns whether there was one
   * @throws SealwayError `log_unavailable`
   */
  async settle(): Promise<boolean> {
    if (!this.#isDoubtful) return false;
    const { entries } = this.#state;
    this.#state = await readLog(this.#place);
    this.#isDoubtful = false;
    return this.#state.entries > entries;
  }

  get state(): RegistryState {
    return this.#state;
  }

  /** The registry as it is to be published when things stand so. */
  merge(file: Registry, state: RegistryState): Registry {
    const last = this.#merged;
    if (last?.file === file && last.state === state) return last.registry;
    this.#certificates.turn();
    const registry = mergeRegistry(file, state, this.#certificates);
    this.#merged = { file, state, registry };
    return registry;
  }

  /** The officers of the authority when things stand so. */
  officers(state: RegistryState): readonly Certificate[] {
    return [...state.officers.values()].map(({ certificate }) => this.#certificates.of(certificate));
  }

  /**
   * What would be published when the file says this.
   * @returns with what keeps it, for when it was found publishable
   * @throws DocumentError when the file contradicts what was registered by requests
   */
  plan(file: Registry): { readonly registry: Registry; keep(): Promise<void> } {
    if (file === this.#imported)
      return { registry: this.merge(file, this.#state), keep: () => Promise.resolve() };
    const news = newContent(this.#state, contentOf(file));
    const event: RegistryEvent | undefined = news && { entry: "import", ...news };
    const proposed = event && this.#proposeImport(event, file.name);
    const keep = async () => {
      if (proposed !== undefined) await this.keep(proposed);
      this.#imported = file;
    };
    return { registry: this.merge(file, proposed?.state ?? this.#state), keep };
  }

  /** What an event makes of the registry if it is kept next. @throws SealwayError why it cannot be */
  propose(event: RegistryEvent): ProposedEntry {
    const time = this.#place.clock.now();
    const state = new RegistryState(this.#state);
    applyEvent(state, event, time);
    return { event, time, state };
  }

  /**
   * Once this resolves the event is durable and counts.
   * @param proposed since when nothing else was kept
   * @throws SealwayError `log_unavailable`: then `settle` comes before anything else
   */
  async keep({ event, time, state }: ProposedEntry): Promise<void> {
    const { instance, keys, log } = this.#place;
    const { entries, head } = this.#state;
    const entry = { instance, time, number: entries + 1, previous: head, event };
    const bytes = signRegistryEntry(keys.key, entry);
    const sha256 = sha256Base64Url(bytes);
    this.#isDoubtful = true;
    await log.keep({ kind: "registration", sha256, bytes });
    this.#isDoubtful = false;
    state.entries = entry.number;
    state.head = sha256;
    this.#state = state;
  }

  close(): Promise<void> {
    return this.#place.log.close();
  }

  #proposeImport(event: RegistryEvent, name: string): ProposedEntry {
    try {
      return this.propose(event);
    } catch (cause) {
      if (!(cause instanceof SealwayError)) throw cause;
      throw new DocumentError(name, "", cause.detail, { cause });
    }
  }
}

async function readLog({ log, keys, instance }: RegistryBookPlace): Promise<RegistryState> {
  const known = new Set(keys.all);
  const state = new RegistryState();
  for (const { bytes } of await log.documentsOf("registration")) {
    const { entry, sha256 } = parseRegistryEntry(bytes, known);
    if (entry.instance !== instance)
      throw new SealwayError("malformed_statement", `registry entry: of instance ${entry.instance}`);
    applyEntry(state, entry, sha256);
  }
  return state;
}
