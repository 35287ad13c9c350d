import type { ContextDocument } from "../message-record.ts";
import type { ArchivedRecord } from "./archive-lines.ts";
import { documentLine, recordLine, writeLine } from "./archive-lines.ts";
import { DigestedFile } from "./digested-file.ts";
import type { FileSpan, RecordsFile, SegmentFile } from "./segment-manifest.ts";

/** A file is closed behind the line with which it reaches this: one is read into memory as a whole. */
const fullAt = 16 * 1024 * 1024;

type WithoutEntry<File> = File extends SegmentFile ? Omit<File, "sha256" | "length" | "lines"> : never;

/** Lines of one kind, in as many files as they need. */
export class RollingFiles {
  readonly files: SegmentFile[] = [];
  readonly #directory: string;
  readonly #kind: SegmentFile["kind"];
  readonly #working: string;
  /** What the manifest says of a file beside its digest, asked for when it is closed. */
  readonly #describe: () => WithoutEntry<SegmentFile>;
  #file: DigestedFile | undefined;
  length = 0;

  constructor(
    directory: string,
    kind: SegmentFile["kind"],
    describe: () => WithoutEntry<SegmentFile> = () => ({ kind }) as WithoutEntry<SegmentFile>,
    working: string = kind,
  ) {
    this.#directory = directory;
    this.#kind = kind;
    this.#working = working;
    this.#describe = describe;
  }

  async writeLine(line: Buffer): Promise<"open" | "full"> {
    this.#file ??= await DigestedFile.create(this.#directory, this.#kind, this.#working);
    await this.#file.writeLine(line);
    this.length += line.length;
    return this.#file.length >= fullAt ? "full" : "open";
  }

  async close(): Promise<void> {
    if (this.#file === undefined) return;
    const written = await this.#file.finish();
    this.#file = undefined;
    this.files.push({ ...this.#describe(), ...written } as SegmentFile);
  }

  async abandon(): Promise<void> {
    await this.#file?.abandon();
  }
}

/** The records of a segment, in the order of batches and spans. */
export class RecordFiles {
  readonly #files: RollingFiles;
  #spans: FileSpan[] = [];
  #exchanges = { from: Number.POSITIVE_INFINITY, to: 0 };
  count = 0;

  constructor(directory: string) {
    this.#files = new RollingFiles(directory, "records", () => this.#describe());
  }

  get files(): readonly SegmentFile[] {
    return this.#files.files;
  }

  get length(): number {
    return this.#files.length;
  }

  /** @param before the chain before the record */
  async write(record: ArchivedRecord, batch: number, before: Buffer): Promise<void> {
    const { writer, number } = record;
    const after = record.chain.toString("base64url");
    const last = this.#spans.at(-1);
    if (last?.batch === batch && last.writer === writer && last.last === number - 1) {
      this.#spans[this.#spans.length - 1] = { ...last, last: number, after };
    } else {
      const start = { batch, writer, first: number, last: number };
      this.#spans.push({ ...start, before: before.toString("base64url"), after });
    }
    const made = Number.parseInt(record.exchangeId.replaceAll("-", "").slice(0, 12), 16);
    this.#exchanges = { from: Math.min(this.#exchanges.from, made), to: Math.max(this.#exchanges.to, made) };
    this.count++;
    if ((await this.#files.writeLine(writeLine(recordLine, record))) === "full") await this.close();
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  abandon(): Promise<void> {
    return this.#files.abandon();
  }

  #describe(): WithoutEntry<RecordsFile> {
    const described = { kind: "records" as const, exchanges: this.#exchanges, spans: this.#spans };
    this.#spans = [];
    this.#exchanges = { from: Number.POSITIVE_INFINITY, to: 0 };
    return described;
  }
}

/** The documents of a segment, each once; a file has documents of one kind. */
export class DocumentFiles {
  readonly #directory: string;
  readonly #byKind = new Map<ContextDocument["kind"], RollingFiles>();
  readonly #written = new Set<string>();
  readonly #closed: SegmentFile[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  get files(): readonly SegmentFile[] {
    return this.#closed;
  }

  has(sha256: string): boolean {
    return this.#written.has(sha256);
  }

  async write(document: ContextDocument): Promise<void> {
    if (this.#written.has(document.sha256)) return;
    this.#written.add(document.sha256);
    const { kind } = document;
    let files = this.#byKind.get(kind);
    if (files === undefined) {
      const describe = () => ({ kind: "documents" as const, documents: kind });
      files = new RollingFiles(this.#directory, "documents", describe, `documents-${kind}`);
      this.#byKind.set(kind, files);
    }
    if ((await files.writeLine(writeLine(documentLine, document))) === "full") await files.close();
  }

  async close(): Promise<void> {
    for (const kind of [...this.#byKind.keys()].sort()) {
      const files = this.#byKind.get(kind)!;
      await files.close();
      this.#closed.push(...files.files);
    }
  }

  async abandon(): Promise<void> {
    for (const files of this.#byKind.values()) await files.abandon();
  }
}
