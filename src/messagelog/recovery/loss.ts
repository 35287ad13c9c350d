import { sha256Base64Url } from "../../core/bytes.ts";
import type { DiscontinuityPayload } from "../checkpoint/discontinuity.ts";
import { hourMs } from "../statement/pair-hour.ts";

/** What a discontinuity record says is lost, and when the exchanges were that may be among it. */
export interface Loss {
  /** SHA-256 of the record, base64url. */
  readonly record: string;
  readonly server: string;
  readonly reason: string;
  /** When it was declared, milliseconds: the server did not run then. */
  readonly declared: number;
  /** Batches. */
  readonly lost: number;
  readonly kept: number;
  /** Ids of the exchanges carry times from `from` to `declared`, milliseconds. */
  readonly from: number;
  /** When the last batch that was kept was time-stamped; undefined when none was. */
  readonly keptAt: number | undefined;
}

/** Peers answer questions about so many milliseconds, and no more is asked. */
export const mostAsked = 31 * 24 * hourMs;

/** An answer may come an hour after its request, and clocks differ, milliseconds. */
const slack = 75 * 60_000;

/**
 * @param record as two officers signed it
 * @param keptAt time-stamp of the last batch that was kept; undefined when nothing was
 */
export function lossOf(
  record: Buffer,
  {
    server,
    reason,
    time,
    lost,
    kept,
  }: Pick<DiscontinuityPayload, "server" | "reason" | "time"> & {
    readonly lost: { readonly size: number };
    readonly kept: { readonly size: number };
  },
  keptAt: number | undefined,
): Loss {
  const from = Math.max(0, time - mostAsked, (keptAt ?? 0) - slack);
  return {
    ...{ record: sha256Base64Url(record), server, reason, declared: time },
    ...{ lost: lost.size, kept: kept.size, from: from - (from % hourMs), keptAt },
  };
}

/** The hours of a loss, each by its beginning, from one of them on. */
export function* hoursOf({ declared }: Pick<Loss, "declared">, from: number): Generator<number> {
  for (let hour = from; hour <= declared; hour += hourMs) yield hour;
}
