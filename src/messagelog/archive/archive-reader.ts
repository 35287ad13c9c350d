import { sha256 } from "../../core/bytes.ts";
import { uuidV7Time } from "../../core/uuid.ts";
import type { ContextDocument, ContextKind } from "../message-record.ts";
import type {
  Batch,
  LogReader,
  SealableRecord,
  Span,
  StoredOcsp,
  StoredRecord,
  Tip,
  Unsealed,
} from "../message-store.ts";
import { readArchiveFolder, readManifest, readSegmentFile } from "./archive-folder.ts";
import {
  type ArchivedBatch,
  type ArchivedRecord,
  batchLine,
  certificateLine,
  documentLine,
  type LineForm,
  MalformedLine,
  ocspLine,
  readLine,
  recordLine,
  splitLines,
} from "./archive-lines.ts";
import { ErasedContent } from "./erased-content.ts";
import { headsOf } from "./heads-of.ts";
import { linesOf, overlap } from "./lines-of-span.ts";
import { sealOf } from "./seal-of.ts";
import type { OpenSegment } from "./segment-context.ts";
import type { SegmentFile } from "./segment-manifest.ts";

/** Records handed on at a time. */
const chunk = 256;
/** Files are kept in memory up to so many bytes, or one that is larger. */
const mostKept = 64 * 1024 * 1024;

/**
 * Opens an archive as a log that is read. What erasures in it, or in later logs, say is gone, is not read.
 * Nothing is verified but the digests of the files that are read: `verifyArchive` does.
 * @param erasures of the log from which the archive was made, when it is at hand: it knows the newest
 * @throws FaultyFile, UnreadableManifest; Error of the file system
 */
export async function openArchiveReader(
  path: string,
  erasures?: Pick<LogReader, "documentsOf">,
): Promise<LogReader> {
  const { segments } = await readArchiveFolder(path);
  const opened: OpenSegment[] = [];
  for (const folder of segments) {
    opened.push({ path: folder.path, name: folder.name, manifest: await readManifest(folder) });
  }
  const reader = new ArchiveReader(opened);
  await reader.applyErasures(erasures === undefined ? [reader] : [reader, erasures]);
  return reader;
}

/** What of a segment every record asks for. */
interface Shared {
  readonly segment: OpenSegment;
  readonly certificates: ReadonlyMap<string, StoredRecord["certificate"]>;
  readonly responses: ReadonlyMap<string, StoredOcsp>;
}

class ArchiveReader implements LogReader {
  readonly heads: LogReader["heads"] = (names) => headsOf(this, names);
  readonly indexable: LogReader["indexable"] = (span) => this.records(span);
  readonly sealOf: LogReader["sealOf"] = (writer, number) => sealOf(this, writer, number);
  readonly #segments: readonly OpenSegment[];
  #erased = new ErasedContent([]);
  /** Files that were read last: neighbours ask for the same. */
  readonly #kept = new Map<SegmentFile, Buffer>();
  #keptBytes = 0;
  #shared: Shared | undefined;
  #batches: { readonly segment: OpenSegment; readonly all: readonly ArchivedBatch[] } | undefined;

  constructor(segments: readonly OpenSegment[]) {
    this.#segments = segments;
  }

  async applyErasures(logs: readonly Pick<LogReader, "documentsOf">[]): Promise<void> {
    this.#erased = await ErasedContent.load(logs);
  }

  async writers(): Promise<readonly Tip[]> {
    const tips = new Map<string, Tip>();
    for (const { writer, last, after } of this.#files("records").flatMap(({ entry }) => entry.spans))
      tips.set(writer, { writer, number: last, chain: Buffer.from(after, "base64url") });
    return [...tips.values()];
  }

  async closedTips(): Promise<readonly Tip[]> {
    const tips: Tip[] = [];
    for (const segment of this.#segments)
      tips.push(...(await this.#batchesOf(segment)).flatMap(({ closedTips }) => closedTips));
    return tips;
  }

  async *records(wanted: Span): AsyncGenerator<readonly StoredRecord[]> {
    for (const { segment, entry } of this.#files("records")) {
      if (!entry.spans.some((span) => overlap(span, wanted))) continue;
      const shared = await this.#sharedOf(segment);
      const bytes = await this.#read(segment, entry);
      let found: StoredRecord[] = [];
      for (const line of linesOf(entry, bytes, wanted)) {
        const record = readLine(recordLine, line);
        if (!overlap({ ...record, first: record.number, last: record.number }, wanted))
          throw new MalformedLine(`${entry.sha256}: another record stands here than the manifest says`);
        found.push(this.#stored(record, shared));
        if (found.length < chunk) continue;
        yield found;
        found = [];
      }
      if (found.length > 0) yield found;
    }
  }

  async *sealable(span: Span): AsyncGenerator<readonly SealableRecord[]> {
    for await (const records of this.records(span)) {
      yield records.map(({ certificate, ocsp, exchange, head, signature, tags }) => ({
        certificate,
        ocsp,
        exchangeSha256: sha256(exchange),
        headSha256: head.sha256,
        signature: Buffer.from(signature, "latin1"),
        tags,
      }));
    }
  }

  async find(exchangeId: string): Promise<readonly StoredRecord[]> {
    const made = uuidV7Time(exchangeId);
    const found: StoredRecord[] = [];
    for (const { segment, entry } of this.#files("records")) {
      if (!(made >= entry.exchanges.from && made <= entry.exchanges.to)) continue;
      const bytes = await this.#read(segment, entry);
      if (!bytes.includes(exchangeId)) continue;
      const shared = await this.#sharedOf(segment);
      for (const line of splitLines(bytes)) {
        if (!line.includes(exchangeId)) continue;
        const record = readLine(recordLine, line);
        if (record.exchangeId === exchangeId) found.push(this.#stored(record, shared));
      }
    }
    return found;
  }

  /** Only whole batches are archived. */
  async unsealed(): Promise<Unsealed> {
    const last = this.#segments.at(-1)?.manifest.batches;
    const previous = last && { number: last.last, root: Buffer.from(last.root, "base64url") };
    const nothing = { spans: [], openTips: [], documents: [], closedTips: [], oldestBeyond: undefined };
    return { previous, ...nothing, through: { documents: 0, tips: 0 } };
  }

  async batch(number: number): Promise<Batch | undefined> {
    const segment = this.#segmentOf(number);
    const found = segment && (await this.#batchesOf(segment)).find((batch) => batch.number === number);
    if (found === undefined) return undefined;
    const { documents: _, closedTips: __, ...batch } = found;
    return { ...batch, through: { documents: 0, tips: 0 }, upper: Buffer.alloc(0) };
  }

  async batchOf(writer: string, number: number): Promise<Batch | undefined> {
    for (const { entry } of this.#files("records")) {
      const span = entry.spans.find((one) => overlap(one, { writer, first: number, last: number }));
      if (span !== undefined) return this.batch(span.batch);
    }
    return undefined;
  }

  async document(digest: string): Promise<ContextDocument | undefined> {
    for (const segment of this.#lastReadFirst()) {
      for (const { entry } of this.#filesOf(segment, "documents")) {
        const bytes = await this.#read(segment, entry);
        if (!bytes.includes(digest)) continue;
        for (const line of splitLines(bytes)) {
          if (!line.includes(digest)) continue;
          const document = readLine(documentLine, line);
          if (document.sha256 === digest) return document;
        }
      }
    }
    return undefined;
  }

  async documentsOf(kind: ContextKind): Promise<readonly ContextDocument[]> {
    const found = new Map<string, ContextDocument>();
    for (const { segment, entry } of this.#files("documents")) {
      if (entry.documents !== kind) continue;
      for (const document of await this.#values(segment, entry, documentLine)) {
        if (!found.has(document.sha256)) found.set(document.sha256, document);
      }
    }
    return [...found.values()];
  }

  async *documentsIn(number: number): AsyncGenerator<ContextDocument> {
    const segment = this.#segmentOf(number);
    const batch = segment && (await this.#batchesOf(segment)).find((one) => one.number === number);
    for (const { sha256: digest } of batch?.documents ?? []) {
      const document = await this.document(digest);
      if (document !== undefined) yield document;
    }
  }

  async ocsp(digest: string): Promise<StoredOcsp | undefined> {
    for (const segment of this.#lastReadFirst()) {
      const { responses } = await this.#sharedOf(segment);
      const found = responses.get(digest);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  close(): void {
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  #stored({ certificate, ocsp, ...record }: ArchivedRecord, shared: Shared): StoredRecord {
    const found = { certificate: shared.certificates.get(certificate), ocsp: shared.responses.get(ocsp) };
    if (found.certificate === undefined || found.ocsp === undefined)
      throw new RangeError(`record ${record.number} of ${record.writer} names what is not in its segment`);
    return this.#erased.without({ ...record, certificate: found.certificate, ocsp: found.ocsp });
  }

  /** Where records were read last there are their documents and responses, too. */
  #lastReadFirst(): OpenSegment[] {
    const last = this.#shared?.segment;
    const others = this.#segments.filter((segment) => segment !== last);
    return last === undefined ? others : [last, ...others];
  }

  #segmentOf(batch: number): OpenSegment | undefined {
    return this.#segments.find(({ manifest }) => {
      return manifest.batches.first <= batch && batch <= manifest.batches.last;
    });
  }

  #files<Kind extends SegmentFile["kind"]>(kind: Kind) {
    return this.#segments.flatMap((segment) => this.#filesOf(segment, kind));
  }

  #filesOf<Kind extends SegmentFile["kind"]>(segment: OpenSegment, kind: Kind) {
    return segment.manifest.files.flatMap((entry) =>
      entry.kind === kind ? [{ segment, entry: entry as SegmentFile & { kind: Kind } }] : [],
    );
  }

  async #read(segment: OpenSegment, entry: SegmentFile): Promise<Buffer> {
    const known = this.#kept.get(entry);
    if (known !== undefined) return known;
    const bytes = await readSegmentFile(segment.path, entry);
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes + bytes.length <= mostKept) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
    this.#kept.set(entry, bytes);
    this.#keptBytes += bytes.length;
    return bytes;
  }

  async #values<Value>(segment: OpenSegment, entry: SegmentFile, form: LineForm<Value>): Promise<Value[]> {
    return [...splitLines(await this.#read(segment, entry))].map((line) => readLine(form, line));
  }

  async #all<Value>(
    segment: OpenSegment,
    kind: SegmentFile["kind"],
    form: LineForm<Value>,
  ): Promise<Value[]> {
    const values: Value[] = [];
    for (const { entry } of this.#filesOf(segment, kind))
      values.push(...(await this.#values(segment, entry, form)));
    return values;
  }

  async #sharedOf(segment: OpenSegment): Promise<Shared> {
    if (this.#shared?.segment !== segment) {
      const certificates = await this.#all(segment, "certificates", certificateLine);
      const responses = await this.#all(segment, "ocsp", ocspLine);
      this.#shared = {
        segment,
        certificates: new Map(certificates.map((one) => [one.sha256, one])),
        responses: new Map(responses.map((one) => [one.sha256, one])),
      };
    }
    return this.#shared;
  }

  async #batchesOf(segment: OpenSegment): Promise<readonly ArchivedBatch[]> {
    if (this.#batches?.segment !== segment)
      this.#batches = { segment, all: await this.#all(segment, "batches", batchLine) };
    return this.#batches.all;
  }
}
