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
 * call without a trace gets none: a gateway begins nothing of which only its own log would know. The trace id is kept in
 * clear: one that spells the identifier of a person is no trace.
 * @param persons identifiers of those whom the request names
 */
export function traceHopOf(headers: readonly HeaderLine[], persons: readonly string[]): TraceContext | null {
  const values = headers.filter(isTraceparent).map(([, value]) => value);
  const caller = parseTraceparent(values);
  if (caller === undefined || persons.some((value) => caller.traceId.includes(value.toLowerCase())))
    return null;
  return nextSpan(caller, randomOctets(8));
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

function isTraceparent([name]: HeaderLine): boolean {
  return name.length === 11 && name.toLowerCase() === "traceparent";
}
