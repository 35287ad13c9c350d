/*
 * W3C Trace Context: which trace of the agencies' own tools a call belongs to. What a caller sends is an attacker's
 * choice, and tracing must never cost a call: what is not exactly of the form counts as nothing at all.
 */

/** One hop of a trace. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero: the same through all hops. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero: this hop's own. */
  readonly spanId: string;
  /** Whether the caller records its part of the trace. */
  readonly sampled: boolean;
}

/** A later version may be longer than ours; no longer than this is read. */
const longest = 256;
const form =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/;
const zeros = /^0+$/;

/**
 * Reads a `traceparent` (W3C Trace Context, Recommendation of 2021, §3.2). Of a later version the four fields that
 * version 00 has are read, as §4.3 says, and of the flags the one that it defines.
 * @param values of all headers of that name, as they came: more than one is none
 * @returns undefined when there is no usable one
 */
export function parseTraceparent(values: readonly string[]): TraceContext | undefined {
  const [text] = values;
  if (text === undefined || values.length > 1 || text.length > longest) return undefined;
  const { version = "", trace = "", span = "", flags = "", rest } = form.exec(text)?.groups ?? {};
  const isUsable = version !== "ff" && !(version === "00" && rest !== undefined);
  if (version === "" || !isUsable || zeros.test(trace) || zeros.test(span)) return undefined;
  return { traceId: trace, spanId: span, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The header's value for the next hop, always of version 00. */
export function serializeTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/**
 * The next hop of the same trace.
 * @param random 8 random octets; all zero is no span id, so that they count as 1 then
 */
export function nextSpan(context: TraceContext, random: Buffer): TraceContext {
  const spanId = random.toString("hex");
  return { ...context, spanId: zeros.test(spanId) ? "0000000000000001" : spanId };
}
