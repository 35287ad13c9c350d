import { chainStart } from "../chain.ts";
import { type ArchiveFindings, findingEntry } from "./archive-findings.ts";
import type { ArchivedBatch } from "./archive-lines.ts";
import type { OpenSegment } from "./segment-context.ts";

/** Where the segments before have come. */
interface Reached {
  readonly segment: number;
  /** Hex digest of its manifest. */
  readonly sha256: string;
  readonly server: string;
  readonly instance: string;
  readonly batch: number;
  readonly root: string;
}

interface End {
  readonly number: number;
  /** base64url */
  readonly chain: string;
}

/** Whether all segments from the first one on were given, or one alone. */
export type Extent = "archive" | "segment";

/**
 * Follows the segments of an archive from one to the next: their numbers, the digests by which each names the one
 * before, batches and chains. Everything is told by the manifests, which the files are judged against.
 */
export class SegmentSequence {
  readonly #extent: Extent;
  readonly #findings: ArchiveFindings;
  /** The ends of the writers' chains. */
  readonly #ends = new Map<string, End>();
  readonly #closed = new Set<string>();
  #reached: Reached | undefined;

  constructor(extent: Extent, findings: ArchiveFindings) {
    this.#extent = extent;
    this.#findings = findings;
  }

  /** @param sha256 of the manifest, hex */
  follow(segment: OpenSegment, sha256: string): void {
    const before = this.#failures();
    if (this.#extent === "segment") this.#findings.add("segment-alone", segment.name);
    else this.#judgeOrder(segment);
    this.#judgeChains(segment);
    if (this.#extent === "archive" && this.#failures() === before)
      this.#findings.add("segment-follows", segment.name);
    const { manifest } = segment;
    const { server, instance, batches } = manifest;
    this.#reached = {
      ...{ segment: manifest.segment, sha256, server, instance },
      ...{ batch: batches.last, root: batches.root },
    };
  }

  /** The chains that batches cover as closed end where their records end. */
  judgeClosed(batches: Iterable<ArchivedBatch>, place: string): void {
    for (const { closedTips } of batches) {
      for (const { writer, number, chain } of closedTips) {
        const end = this.#ends.get(writer) ?? this.#startOf(writer);
        this.#closed.add(writer);
        if (end !== undefined && (end.number !== number || end.chain !== chain.toString("base64url")))
          this.#findings.add("chain-contradicts", place, `${writer} was closed at ${number}`);
      }
    }
  }

  #judgeOrder({ name, manifest }: OpenSegment): void {
    const { segment, previous, server, instance, batches } = manifest;
    const reached = this.#reached ?? { segment: 0, sha256: null, server, instance, batch: 0, root: null };
    const findings = this.#findings;
    if (segment === reached.segment) {
      findings.add("segment-twice", name);
      return;
    }
    if (server !== reached.server || instance !== reached.instance)
      findings.add("segment-of-another-server", name, `${server}, not ${reached.server}`);
    if (segment !== reached.segment + 1) {
      const last = segment - 1;
      findings.add("segment-missing", name, `${reached.segment + 1} to ${last}`);
      return;
    }
    if (previous !== reached.sha256) findings.add("segment-replaced", name, "it names another predecessor");
    if (batches.first !== reached.batch + 1)
      findings.add("batch-missing", name, `from ${reached.batch + 1} to ${batches.first - 1}`);
    if (batches.before !== reached.root)
      findings.add("segment-replaced", name, "it follows another batch than stands before it");
  }

  #judgeChains({ name, manifest }: OpenSegment): void {
    for (const file of manifest.files) {
      if (file.kind !== "records") continue;
      for (const { writer, first, last, before, after } of file.spans) {
        const end = this.#ends.get(writer) ?? this.#startOf(writer);
        const place = `${writer}/${first}`;
        if (this.#closed.has(writer)) this.#findings.add("record-misplaced", place, "its chain was closed");
        if (end !== undefined && first > end.number + 1)
          this.#findings.add("record-missing", place, `${end.number + 1} to ${first - 1}`);
        else if (end !== undefined && first <= end.number) this.#findings.add("record-misplaced", place);
        else if (end !== undefined && before !== end.chain)
          this.#findings.add("chain-contradicts", place, name);
        this.#ends.set(writer, { number: last, chain: after });
      }
    }
  }

  /** Before its first record; unknown when what comes before was not given. */
  #startOf(writer: string): End | undefined {
    if (this.#extent === "segment") return undefined;
    return { number: 0, chain: chainStart(writer).toString("base64url") };
  }

  #failures(): number {
    return this.#findings.counts
      .filter(([code]) => findingEntry(code).severity === "failure")
      .reduce((sum, [, count]) => sum + count, 0);
  }
}
