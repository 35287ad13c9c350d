import { encodeRenewedRecord } from "../pki/evidence-record.ts";
import { BodyFiles } from "./body-files.ts";
import { type DocumentKind, documentKinds } from "./evidence/package-layout.ts";
import type { ConfigurationFiles, ContextDocument, ContextKind } from "./message-record.ts";
import type { Batch, LogReader, StoredOcsp, StoredRecord } from "./message-store.ts";
import { type BodyContent, type HeadContent, readBody, readHead } from "./record-content.ts";
import { firstTimestamp, renewedRecord } from "./renewal/build-hash-tree-renewal.ts";
import type { Renewal } from "./renewal/renewal-document.ts";
import { RenewalHistory } from "./renewal/renewal-history.ts";
import { signatureFile, unprotectedPart } from "./signature-file.ts";
import type { KeyVault } from "./vault.ts";

/** One message and what proves it. */
export interface RecordEvidence {
  readonly record: StoredRecord;
  readonly head: HeadContent;
  /** The OCSP response that the batch added. */
  readonly refreshedOcsp: StoredOcsp | undefined;
  /** The frozen bytes of `signature.jws.json`; may still change while there is no batch. */
  readonly signatureFile: Buffer;
  /**
   * The batch that sealed it, and its RFC 4998 evidence record in DER over {signature file, exchange, head}, with the
   * renewals in it, oldest first.
   */
  readonly sealed: SealedEvidence | undefined;
}

export interface SealedEvidence {
  readonly batch: Batch;
  readonly evidenceRecord: Buffer;
  readonly renewals: readonly Renewal[];
}

export interface ExchangeEvidence {
  readonly exchangeId: string;
  /** In the order in which they were recorded; none when the log does not know the exchange. */
  readonly records: readonly RecordEvidence[];
  /** The documents to which the exchange documents refer by digest and which the log holds. */
  readonly documents: readonly ContextDocument[];
  /** The files of each configuration to which they refer, by name; what the log does not hold is left out. */
  readonly configurations: readonly ReadonlyMap<string, Buffer>[];
}

/** Looks for evidence in a log, beside the running server or without it. */
export class EvidenceReader {
  /** The log itself, for checks of the whole. */
  readonly log: LogReader;
  readonly #vault: KeyVault | undefined;
  readonly #bodies: BodyFiles | undefined;
  readonly #history: RenewalHistory;
  /** Whether the renewals were read; they are read again for each exchange. */
  #knowsRenewals = false;
  /** The batch that was read last for an exchange: it is large, and most have all their records in one. */
  #batch: Batch | undefined;

  /**
   * @param vault without it heads and bodies are withheld
   * @param bodiesDirectory where large bodies are; without it they are withheld
   */
  constructor(log: LogReader, vault: KeyVault | undefined, bodiesDirectory?: string) {
    this.log = log;
    this.#vault = vault;
    this.#history = new RenewalHistory(log);
    this.#bodies = bodiesDirectory === undefined ? undefined : new BodyFiles(bodiesDirectory);
  }

  /** @param exchangeId a UUID @throws RangeError when it is none */
  async findExchange(exchangeId: string): Promise<ExchangeEvidence> {
    const records: RecordEvidence[] = [];
    this.#knowsRenewals = false;
    this.#batch = undefined;
    for (const record of await this.log.find(exchangeId)) records.push(await this.evidenceOf(record));
    const documents = await this.#documentsOf(records);
    const named = documents.filter(({ kind }) => kind === "configuration").map(({ sha256 }) => sha256);
    const renewals = records.flatMap(({ sealed }) => sealed?.renewals ?? []);
    // The newest one may alone list the authorities of renewals.
    named.push(...renewals.flatMap(({ configuration }) => configuration ?? []));
    return { exchangeId, records, documents, configurations: await this.#configurations(new Set(named)) };
  }

  async evidenceOf(record: StoredRecord): Promise<RecordEvidence> {
    const batch = await this.#batchOf(record);
    const refreshedOcsp = batch === undefined ? undefined : await this.#refreshed(record, batch);
    const responses = refreshedOcsp === undefined ? [record.ocsp] : [record.ocsp, refreshedOcsp];
    const file = signatureFile(
      Buffer.from(record.signature, "latin1"),
      unprotectedPart(record.certificate, responses),
    );
    const sealed = batch && { batch, ...(await this.#evidenceRecord(record, file, batch)) };
    return { record, head: await readHead(record, this.#vault), refreshedOcsp, signatureFile: file, sealed };
  }

  /** The body of a record, when it was kept. Large ones are read from their files. */
  bodyOf(record: StoredRecord): Promise<BodyContent> {
    return readBody(record, this.#vault, this.#bodies);
  }

  close(): void {
    this.log.close();
  }

  async #batchOf({ writer, number }: StoredRecord): Promise<Batch | undefined> {
    const last = this.#batch;
    if (last !== undefined && placeIn(last, writer, number) !== undefined) return last;
    const batch = await this.log.batchOf(writer, number);
    this.#batch = batch;
    return batch;
  }

  async #refreshed(record: StoredRecord, batch: Batch): Promise<StoredOcsp | undefined> {
    const entry = batch.refreshed.find(
      ({ certificate, ocsp }) => certificate === record.certificate.sha256 && ocsp === record.ocsp.sha256,
    );
    return entry === undefined ? undefined : this.log.ocsp(entry.extra);
  }

  /** @throws RangeError when the record or its signature file is not what the batch sealed */
  async #evidenceRecord(
    record: StoredRecord,
    file: Buffer,
    batch: Batch,
  ): Promise<Omit<SealedEvidence, "batch">> {
    if (!this.#knowsRenewals) await this.#history.refresh();
    this.#knowsRenewals = true;
    const sealed = { record, file, batch, index: leafIndex(record, batch) };
    const first = firstTimestamp(sealed);
    const { chains, renewals } = await this.#history.chainsOf(renewedRecord(sealed), first);
    return { evidenceRecord: encodeRenewedRecord(chains), renewals };
  }

  async #configurations(named: ReadonlySet<string>): Promise<ReadonlyMap<string, Buffer>[]> {
    const found: ReadonlyMap<string, Buffer>[] = [];
    const seen = new Set<string>();
    for (const { bytes } of await this.log.documentsOf("configuration-files")) {
      const { configuration, files } = JSON.parse(bytes.toString("utf8")) as ConfigurationFiles;
      if (!named.has(configuration) || seen.has(configuration)) continue;
      seen.add(configuration);
      found.push(await this.#files(files));
    }
    return found;
  }

  async #files(files: ConfigurationFiles["files"]): Promise<ReadonlyMap<string, Buffer>> {
    const byName = new Map<string, Buffer>();
    for (const [name, digest] of Object.entries(files)) {
      const document = await this.log.document(digest);
      if (document !== undefined) byName.set(name, document.bytes);
    }
    return byName;
  }

  async #documentsOf(records: readonly RecordEvidence[]): Promise<ContextDocument[]> {
    const digests = new Set<string>();
    for (const { record } of records) {
      for (const [, digest] of record.exchange.toString("utf8").matchAll(referred)) digests.add(digest!);
    }
    const documents = await Promise.all([...digests].map((digest) => this.log.document(digest)));
    return documents.flatMap((document) =>
      document !== undefined && referredKinds.has(document.kind) ? [document] : [],
    );
  }
}

/** What records refer to. Their signers choose the digests: whatever else has one of these is none of theirs. */
const referredKinds: ReadonlySet<ContextKind | DocumentKind> = new Set(["configuration", ...documentKinds]);

/** A reference in the canonical JSON of an exchange document. */
const referred = /"sha256":"([\w-]{43})"/g;

/** Where a batch has the leaf of a record. @throws RangeError when it does not cover it */
export function leafIndex(
  { writer, number }: Pick<StoredRecord, "writer" | "number">,
  batch: Pick<Batch, "number" | "spans">,
): number {
  const place = placeIn(batch, writer, number);
  if (place === undefined) throw new RangeError(`batch ${batch.number} does not cover record ${number}`);
  return place;
}

function placeIn({ spans }: Pick<Batch, "spans">, writer: string, number: number): number | undefined {
  let before = 0;
  for (const span of spans) {
    if (span.writer === writer && number >= span.first && number <= span.last)
      return before + number - span.first;
    before += span.last - span.first + 1;
  }
  return undefined;
}
