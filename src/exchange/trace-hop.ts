import { randomOctets } from "../core/random.ts";
import {
  nextSpan,
  parseTraceparent,
  serializeTraceparent,
  type TraceContext,
} from "../core/trace-context.ts";
import type { HeaderLine } from "../message/head.ts";

/**
 * This gateway's hop of the trace to which headers (an attacker's choice) say that they belong: a new span of it. A
 * call without a trace gets none: a gateway begins nothing of which only its own log would know.
 */
export function traceHopOf(headers: readonly HeaderLine[]): TraceContext | null {
  const values = headers.filter(isTraceparent).map(([, value]) => value);
  const caller = parseTraceparent(values);
  return caller === undefined ? null : nextSpan(caller, randomOctets(8));
}

/** The headers with this hop as `traceparent`, where the caller's was; without one when there is no hop. */
export function withTraceHop(
  headers: readonly HeaderLine[],
  hop: TraceContext | null,
): readonly HeaderLine[] {
  if (!headers.some(isTraceparent)) return headers;
  return headers.flatMap((line): HeaderLine[] => {
    if (!isTraceparent(line)) return [line];
    return hop === null ? [] : [[line[0], serializeTraceparent(hop)]];
  });
}

/**
 * Whether a trace id spells a person's identifier: it is kept in clear, where nobody may be named.
 * @param persons normalised identifiers of the persons that the request is about
 */
export function namesPerson({ traceId }: TraceContext, persons: readonly string[]): boolean {
  return persons.some((value) => traceId.includes(value.toLowerCase()));
}

function isTraceparent([name]: HeaderLine): boolean {
  return name.length === 11 && name.toLowerCase() === "traceparent";
}
