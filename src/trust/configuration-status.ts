import { MirrorError } from "./configuration-mirror.ts";
import { DocumentError } from "./document-error.ts";

/** Milliseconds without a fresh timestamp until the alarm. */
export const alarmAfter = 10 * 60_000;
/** Milliseconds without a fresh timestamp until services that are marked as sensitive stop. */
export const sensitiveStopsAfter = 4 * 60 * 60_000;
/** Milliseconds by which the authority's clock may be ahead of ours. */
const clockTolerance = 60_000;

/**
 * Whether a configuration is fresh enough for a sensitive service. What was made in the future has no age that this
 * machine's clock could tell: it is not.
 * @param freshAt when its newest timestamp was made, milliseconds
 */
export function isFreshForSensitive(freshAt: number | undefined, now: number): boolean {
  return freshAt !== undefined && now - freshAt <= sensitiveStopsAfter && freshAt - now <= clockTolerance;
}

/** Something that stands between a server and the newest configuration, for its operator. */
export interface ConfigurationProblem {
  /**
   * `unreachable`: a mirror gives no answer or not all files; `refused`: what it gives is not authentic, not
   * newest, or wrong; `cache`: the last good state on disk is damaged, or cannot be kept; `frozen`: answers, but
   * no fresh timestamp; `clock`: this machine's clock is behind the authority's.
   */
  readonly kind: "unreachable" | "refused" | "cache" | "frozen" | "clock";
  /** The mirror's URL, the cache's directory, or `timestamp`. */
  readonly source: string;
  readonly detail: string;
}

export interface ConfigurationStatus {
  /** `alarm`: in use still, but not fresh, or something was refused; `expired`: no exchange goes on. */
  readonly state: "fresh" | "alarm" | "expired";
  /** Of the configuration in use; undefined when there was never one. */
  readonly version: number | undefined;
  readonly sha256: string | undefined;
  /** When its newest timestamp was made, and when the first of its signatures expires; milliseconds. */
  readonly freshAt: number | undefined;
  readonly expiresAt: number | undefined;
  /** As found by the last poll; empty when all is well. */
  readonly problems: readonly ConfigurationProblem[];
}

/** What the status is judged by. */
export interface StatusFacts {
  readonly inUse:
    | {
        readonly version: number;
        readonly sha256: string;
        readonly freshAt: number;
        readonly expiresAt: number;
      }
    | undefined;
  readonly problems: readonly ConfigurationProblem[];
  readonly now: number;
}

/** Judges the configuration in use at a time. */
export function judgeStatus({ inUse, problems, now }: StatusFacts): ConfigurationStatus {
  const { version, sha256, freshAt, expiresAt } = inUse ?? {};
  const all = [...problems, ...timeProblems(freshAt, problems, now)];
  const alarming = all.some(({ kind }) => kind === "refused" || kind === "clock");
  const stale = freshAt === undefined || now - freshAt > alarmAfter;
  const expired = expiresAt === undefined || now >= expiresAt;
  const state = expired ? "expired" : stale || alarming ? "alarm" : "fresh";
  return { state, version, sha256, freshAt, expiresAt, problems: all };
}

function timeProblems(
  freshAt: number | undefined,
  problems: readonly ConfigurationProblem[],
  now: number,
): ConfigurationProblem[] {
  if (freshAt === undefined) return [];
  const made = new Date(freshAt).toISOString();
  if (freshAt - now > clockTolerance) {
    return [
      {
        kind: "clock",
        source: "timestamp",
        detail: `the newest timestamp was made at ${made}, in the future`,
      },
    ];
  }
  if (now - freshAt <= alarmAfter || problems.length > 0) return [];
  return [
    { kind: "frozen", source: "timestamp", detail: `the mirrors have no timestamp newer than ${made}` },
  ];
}

/** A failure of a mirror or of the cache as a problem. */
export function problemOf(error: unknown, source: string): ConfigurationProblem {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof DocumentError) return { kind: "refused", source, detail };
  const isFromDisk = error instanceof Error && "syscall" in error;
  if (isFromDisk) return { kind: "cache", source, detail };
  const reached = !(error instanceof MirrorError) || error.kind === "oversized";
  return { kind: reached ? "refused" : "unreachable", source, detail };
}
