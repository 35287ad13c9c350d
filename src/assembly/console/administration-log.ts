import type { AdministrationLog, ClaimedEntry } from "../../admin/administration/book.ts";
import {
  type AdministrationDraft,
  type AdministrationEntry,
  administrationType,
} from "../../admin/administration/entry.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import { claimedPayload, parseStatement, type StatementPayload } from "../../message/signed-statement.ts";
import type { ContextDocument } from "../../messagelog/message-record.ts";
import type { LogReader } from "../../messagelog/message-store.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { giveOrder } from "../order-socket.ts";
import { type KeepOrder, type KeptEntry, keepOrder } from "./administration-office.ts";

export interface AdministrationLogParts {
  readonly stateDirectory: string;
  readonly reader: Pick<LogReader, "documentsOf">;
  readonly owner: MemberId;
  readonly clock: Clock;
  /** The global configuration, read anew. */
  readTrust(): Promise<ConfigurationIndex>;
}

/** An entry of a list, without its statement; with it once it was verified. */
interface Listed {
  readonly claim: ClaimedEntry["claim"];
  entry?: AdministrationEntry | undefined;
}

/** Entries that are remembered for lists; above this the oldest are forgotten. */
const mostListed = 25_000;

/** A seal that is not known yet is looked for this often, milliseconds. */
const trustFor = 10_000;

/**
 * The administration as the console sees it. Whoever can write the database writes no administrator into it: what the
 * seal of the server's owner did not sign is not there.
 */
export class SignedAdministrationLog implements AdministrationLog {
  readonly #parts: AdministrationLogParts;
  /** By the digest of the statement: those of the fold, verified, and those that were listed last. */
  readonly #folded = new Map<string, AdministrationEntry>();
  readonly #listed = new Map<string, Listed>();
  #trust: { readonly index: ConfigurationIndex; readonly readAt: number } | undefined;

  constructor(parts: AdministrationLogParts) {
    this.#parts = parts;
  }

  async entries(): Promise<readonly AdministrationEntry[]> {
    const entries: AdministrationEntry[] = [];
    for (const document of await this.#documents("administration")) {
      const entry = this.#folded.get(document.sha256) ?? (await this.#judge(document));
      if (entry === undefined) continue;
      this.#folded.set(document.sha256, entry);
      entries.push(entry);
    }
    return entries;
  }

  async newest(most: number): Promise<readonly ClaimedEntry[]> {
    const changes = await this.#documents("administration", most);
    const uses = await this.#documents("administration-use", most);
    const entries = [...changes, ...uses].map((one) => this.#claimed(one)).filter((one) => one !== undefined);
    for (const sha256 of this.#listed.keys()) {
      if (this.#listed.size <= mostListed) break;
      this.#listed.delete(sha256);
    }
    return entries
      .sort(({ claim: a }, { claim: b }) => b.time - a.time || (a.id < b.id ? 1 : -1))
      .slice(0, most);
  }

  /** A signature costs more than all else, and a page shows few of the entries that are looked at: these are verified. */
  #claimed(document: ContextDocument): ClaimedEntry | undefined {
    const known = this.#listed.get(document.sha256);
    const claim = known?.claim ?? claimOf(claimedPayload(document.bytes));
    if (claim === undefined) return undefined;
    const listed: Listed = known ?? { claim };
    if (known === undefined) this.#listed.set(document.sha256, listed);
    const verified = async () => {
      // Only what is good is remembered: the owner's new seal is known some seconds later.
      listed.entry ??= await this.#judge(document);
      return listed.entry;
    };
    return { claim, verified };
  }

  async keep(entry: AdministrationDraft): Promise<AdministrationEntry> {
    const order: KeepOrder = { order: keepOrder, entry };
    const answered = await giveOrder(this.#parts.stateDirectory, order);
    if (answered === undefined)
      throw new SealwayError("log_unavailable", "the security server is not running: it keeps what is done");
    const { statement } = answered.report as KeptEntry;
    return parseStatement<AdministrationEntry>(Buffer.from(statement, "latin1"), administrationType).payload;
  }

  async #documents(
    kind: "administration" | "administration-use",
    newest?: number,
  ): Promise<readonly ContextDocument[]> {
    try {
      return await this.#parts.reader.documentsOf(kind, newest);
    } catch (cause) {
      throw new SealwayError("log_unavailable", "the log cannot be read", { cause });
    }
  }

  /** @returns undefined for what the owner's seal did not sign for this instance */
  async #judge({ bytes }: ContextDocument): Promise<AdministrationEntry | undefined> {
    try {
      const { payload, certificate } = parseStatement<AdministrationEntry>(bytes, administrationType);
      const isOwners = (index: ConfigurationIndex) =>
        index.sealOfAnyState(certificate.fingerprint)?.member === this.#parts.owner &&
        index.content.parameters.instance === payload.instance;
      const isGood = isOwners(await this.#index("known")) || isOwners(await this.#index("newest"));
      return isGood ? payload : undefined;
    } catch (error) {
      if (error instanceof SealwayError && /^(?:malformed|invalid)_/.test(error.code)) return undefined;
      throw error;
    }
  }

  async #index(which: "known" | "newest"): Promise<ConfigurationIndex> {
    const now = this.#parts.clock.now();
    const isOld = this.#trust === undefined || (which === "newest" && now - this.#trust.readAt >= trustFor);
    if (isOld) this.#trust = { index: await this.#parts.readTrust(), readAt: now };
    return this.#trust!.index;
  }
}

function claimOf(payload: StatementPayload | undefined): ClaimedEntry["claim"] | undefined {
  const { id, time, by, member, fact } = (payload ?? {}) as Partial<AdministrationEntry>;
  const isClaim = typeof id === "string" && typeof by === "string" && typeof fact?.what === "string";
  return isClaim && time !== undefined
    ? { id, time, by, member: member ?? null, what: fact.what }
    : undefined;
}
