import { Findings } from "../evidence/finding.ts";
import {
  type FindingCode,
  type FindingEntry,
  findingCodes,
  type Severity,
} from "../evidence/finding-codes.ts";
import { archiveFindingCodes } from "./archive-finding-codes.ts";

export type ArchiveCode = FindingCode | keyof typeof archiveFindingCodes;

/** One thing that the verification of an archive looked at. */
export interface ArchiveFinding {
  readonly code: ArchiveCode;
  /** `00000007-…/ab….records` for a file, `{writer}/{number}` for a record, `batch 7`, `archive` for the whole. */
  readonly place: string;
  readonly severity: Severity;
  readonly consequence: string;
  /** What in particular; never personal data. */
  readonly detail?: string;
}

/** Findings as they cross threads: how often each was made, and the first of those that are not good. */
export interface CountedFindings {
  readonly counts: readonly (readonly [code: ArchiveCode, count: number])[];
  readonly listed: readonly ArchiveFinding[];
}

/** Of one code so many are listed; all are counted. */
const mostListed = 20;

const entries: Readonly<Record<ArchiveCode, FindingEntry>> = { ...findingCodes, ...archiveFindingCodes };

/** Counts the findings of millions of records, and lists what people must look at. */
export class ArchiveFindings implements CountedFindings {
  readonly #counts = new Map<ArchiveCode, number>();
  readonly #listed: ArchiveFinding[] = [];

  get counts(): readonly (readonly [ArchiveCode, number])[] {
    return [...this.#counts];
  }

  get listed(): readonly ArchiveFinding[] {
    return this.#listed;
  }

  get hasFailure(): boolean {
    return [...this.#counts.keys()].some((code) => entries[code].severity === "failure");
  }

  add(code: ArchiveCode, place: string, detail?: string): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    const { severity, consequence } = entries[code];
    if (severity === "ok" || count > mostListed) return;
    this.#listed.push({ code, place, severity, consequence, ...(detail !== undefined && { detail }) });
  }

  merge({ counts, listed }: CountedFindings): void {
    const room = new Map<ArchiveCode, number>();
    for (const [code, count] of counts) {
      const before = this.#counts.get(code) ?? 0;
      room.set(code, mostListed - before);
      this.#counts.set(code, before + count);
    }
    for (const finding of listed) {
      const left = room.get(finding.code) ?? 0;
      if (left <= 0) continue;
      room.set(finding.code, left - 1);
      this.#listed.push(finding);
    }
  }
}

/** Lets what judges messages of packages judge those of an archive: whatever the place there, here it is this one. */
export class FindingsAt extends Findings {
  readonly #target: ArchiveFindings;
  readonly #place: string;

  constructor(target: ArchiveFindings, place: string) {
    super();
    this.#target = target;
    this.#place = place;
  }

  override add(code: FindingCode, _place: string, detail?: string): void {
    this.#target.add(code, this.#place, detail);
  }
}

/** @returns the entry of a code */
export function findingEntry(code: ArchiveCode): FindingEntry {
  return entries[code];
}
