import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../core/bytes.ts";
import type { ServerId } from "../../core/ids.ts";
import { leafOf, tipGroup } from "../batch.ts";
import { chainStart } from "../chain.ts";
import type { ConfigurationFiles } from "../message-record.ts";
import type { Batch, LogReader, StoredCertificate, StoredOcsp, StoredRecord, Tip } from "../message-store.ts";
import { type ArchivedBatch, batchLine, certificateLine, ocspLine, writeLine } from "./archive-lines.ts";
import { DigestedFile } from "./digested-file.ts";
import { referredDigests } from "./referred-digests.ts";
import { DocumentFiles, RecordFiles, RollingFiles } from "./rolling-files.ts";
import type { SegmentFile, SegmentManifest } from "./segment-manifest.ts";

/** What is archived. */
export interface ArchiveSource {
  readonly log: LogReader;
  readonly instance: string;
  readonly server: ServerId;
  /** The bytes of the server's anchor file. */
  readonly anchor: Buffer;
  /** Where the files of large bodies are. */
  readonly bodies: string;
}

/** Where a segment begins: behind the one before it. */
export interface SegmentStart {
  readonly segment: number;
  readonly previous: string | null;
  /** Number of its first batch, and root of the batch before that. */
  readonly batch: number;
  readonly before: string | null;
}

/** A segment is closed behind the batch with which its records reach this many bytes. */
const fullAt = 64 * 1024 * 1024;
const day = 24 * 60 * 60 * 1000;

/**
 * Writes the files of the next segment: whole batches of one UTC day, by their time-stamps. Equal logs make equal files.
 * @param until milliseconds; batches from then on are left for later
 * @returns its manifest, unwritten; undefined when there is no such batch
 * @throws Error of store or file system, or when the log is not what its batches say
 */
export async function writeSegment(
  source: ArchiveSource,
  start: SegmentStart,
  until: number,
  directory: string,
): Promise<SegmentManifest | undefined> {
  const first = await source.log.batch(start.batch);
  if (first === undefined || first.genTime >= until) return undefined;
  const writing = new SegmentWriting(source, directory);
  try {
    let last = first;
    for (let batch: Batch | undefined = first; batch !== undefined; ) {
      await writing.add(batch);
      last = batch;
      batch = writing.length >= fullAt ? undefined : await source.log.batch(batch.number + 1);
      if (batch !== undefined && (batch.genTime >= until || dayOf(batch) !== dayOf(first))) batch = undefined;
    }
    const files = await writing.finish();
    return {
      v: 1,
      instance: source.instance,
      server: source.server,
      segment: start.segment,
      previous: start.previous,
      period: { from: first.genTime, to: last.genTime },
      batches: {
        before: start.before,
        first: first.number,
        last: last.number,
        root: last.root.toString("base64url"),
      },
      records: writing.count,
      files,
    };
  } catch (error) {
    await writing.abandon();
    throw error;
  }
}

function dayOf({ genTime }: Batch): number {
  return Math.floor(genTime / day);
}

class SegmentWriting {
  readonly #source: ArchiveSource;
  readonly #directory: string;
  readonly #records: RecordFiles;
  readonly #documents: DocumentFiles;
  readonly #batches: RollingFiles;
  readonly #certificates = new Map<string, StoredCertificate>();
  readonly #responses = new Map<string, StoredOcsp>();
  readonly #referred = new Set<string>();
  readonly #bodies: SegmentFile[] = [];
  /** The chain after the last record of each writer that was written here. */
  readonly #chains = new Map<string, Buffer>();
  #closedTips: ReadonlyMap<string, Tip> | undefined;

  constructor(source: ArchiveSource, directory: string) {
    this.#source = source;
    this.#directory = directory;
    this.#records = new RecordFiles(directory);
    this.#documents = new DocumentFiles(directory);
    this.#batches = new RollingFiles(directory, "batches");
  }

  /** Of the records, bytes. */
  get length(): number {
    return this.#records.length;
  }

  get count(): number {
    return this.#records.count;
  }

  async add(batch: Batch): Promise<void> {
    const { log } = this.#source;
    const documents: ArchivedBatch["documents"][number][] = [];
    for await (const document of log.documentsIn(batch.number)) {
      documents.push({ kind: document.kind, sha256: document.sha256 });
      await this.#documents.write(document);
    }
    for (const span of batch.spans) {
      let number = span.first;
      for await (const records of log.records(span)) {
        for (const record of records) {
          if (record.number !== number++) throw gap(span.writer, number - 1);
          await this.#add(record, batch.number);
        }
      }
      if (number !== span.last + 1) throw gap(span.writer, number);
    }
    for (const { extra } of batch.refreshed) {
      const response = await log.ocsp(extra);
      if (response !== undefined) this.#responses.set(extra, response);
    }
    const closedTips = await this.#closedIn(batch);
    if ((await this.#batches.writeLine(writeLine(batchLine, { ...batch, documents, closedTips }))) === "full")
      await this.#batches.close();
  }

  /** Writes the rest. @returns the entries of all files, in the order of the manifest */
  async finish(): Promise<SegmentFile[]> {
    await this.#records.close();
    await this.#batches.close();
    await this.#addContext();
    await this.#documents.close();
    const certificates = await this.#writeSorted("certificates", this.#certificates, certificateLine);
    const responses = await this.#writeSorted("ocsp", this.#responses, ocspLine);
    const file = await DigestedFile.create(this.#directory, "anchor", "anchor");
    await file.write(this.#source.anchor);
    const anchor = { kind: "anchor" as const, ...(await file.finish()) };
    return [
      anchor,
      ...this.#batches.files,
      ...this.#bodies,
      ...certificates,
      ...this.#documents.files,
      ...responses,
      ...this.#records.files,
    ];
  }

  async abandon(): Promise<void> {
    for (const files of [this.#records, this.#documents, this.#batches]) await files.abandon();
  }

  async #add(record: StoredRecord, batch: number): Promise<void> {
    const { certificate, ocsp, writer } = record;
    this.#certificates.set(certificate.sha256, certificate);
    this.#responses.set(ocsp.sha256, ocsp);
    for (const digest of referredDigests(record.exchange)) this.#referred.add(digest);
    const before = this.#chains.get(writer) ?? (await this.#chainBefore(record));
    this.#chains.set(writer, record.chain);
    await this.#records.write(
      { ...record, certificate: certificate.sha256, ocsp: ocsp.sha256 },
      batch,
      before,
    );
    if (record.body !== undefined && record.body.file !== "") await this.#addBody(record.body.file);
  }

  /** Copies the file of a body as it is, encrypted. One that was erased since is left out. */
  async #addBody(name: string): Promise<void> {
    const file = await DigestedFile.create(this.#directory, "body", "body");
    try {
      for await (const block of createReadStream(join(this.#source.bodies, name))) await file.write(block);
    } catch (error) {
      await file.abandon();
      await rm(join(this.#directory, "part.body"));
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    this.#bodies.push({ kind: "body", body: name, ...(await file.finish()) });
  }

  async #chainBefore({ writer, number }: StoredRecord): Promise<Buffer> {
    if (number === 1) return chainStart(writer);
    for await (const [record] of this.#source.log.records({ writer, first: number - 1, last: number - 1 })) {
      if (record !== undefined) return record.chain;
    }
    throw gap(writer, number - 1);
  }

  /** Which chains a batch covers as closed is seen in its leaves: behind previous root and documents. */
  async #closedIn(batch: Batch): Promise<Tip[]> {
    this.#closedTips ??= new Map(
      (await this.#source.log.closedTips()).map((tip) => [
        leafOf(tipGroup("closed", tip)).toString("hex"),
        tip,
      ]),
    );
    const closed: Tip[] = [];
    const records = batch.spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    for (let at = 32 * records; at < batch.leaves.length; at += 32) {
      const tip = this.#closedTips.get(batch.leaves.toString("hex", at, at + 32));
      if (tip !== undefined) closed.push({ writer: tip.writer, number: tip.number, chain: tip.chain });
    }
    return closed;
  }

  /** What the records refer to and earlier segments have: a segment stands for itself. */
  async #addContext(): Promise<void> {
    const { log } = this.#source;
    const lists = await log.documentsOf("configuration-files");
    const seen = new Set<string>();
    for (const list of lists) {
      const { configuration, files } = JSON.parse(list.bytes.toString("utf8")) as ConfigurationFiles;
      if (!this.#referred.has(configuration) || seen.has(configuration)) continue;
      seen.add(configuration);
      await this.#documents.write(list);
      for (const [name, digest] of Object.entries(files)) {
        // Of thousands of service descriptions those that the records name are enough.
        if (!name.startsWith("targets/services/")) this.#referred.add(digest);
      }
    }
    for (const digest of [...this.#referred].sort()) {
      if (this.#documents.has(digest)) continue;
      const document = await log.document(digest);
      if (document !== undefined && sha256(document.bytes).toString("base64url") === digest)
        await this.#documents.write(document);
    }
  }

  async #writeSorted<Value>(
    kind: "certificates" | "ocsp",
    values: ReadonlyMap<string, Value>,
    form: Parameters<typeof writeLine<Value>>[0],
  ): Promise<readonly SegmentFile[]> {
    const files = new RollingFiles(this.#directory, kind);
    for (const digest of [...values.keys()].sort()) {
      if ((await files.writeLine(writeLine(form, values.get(digest)!))) === "full") await files.close();
    }
    await files.close();
    return files.files;
  }
}

function gap(writer: string, number: number): Error {
  return new Error(`the log has no record ${number} of writer ${writer}`);
}
