import { SealwayError } from "./errors.ts";
import { parseServiceId, type ServiceId } from "./ids.ts";

/** A call's target, read once; what is authorised is exactly what is forwarded. */
export interface RequestTarget {
  readonly service: ServiceId;
  /** Raw path behind the service code: empty, or beginning with "/". */
  readonly path: string;
  /** Raw query with its "?", or empty. */
  readonly query: string;
}

/** Longest request target that is taken, bytes. */
export const maxTargetLength = 8192;

const wellFormed = /^(?:[!$&'()*+,;=:@A-Za-z0-9\-._~/]|%[0-9A-Fa-f]{2})*$/;
const wellFormedQuery = /^[!"$-[\]-~]*$/;
/** Backslash, control characters, and what a second decoding would turn into separators or dots. */
const misleading = /[\\\x00-\x1f\x7f-\x9f]|%(?:2e|2f|5c)/i;

/**
 * Reads `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path][?query]` (X-Road Message Protocol for REST
 * §4.1) from the raw target that a caller sent.
 * @throws SealwayError `ambiguous_path` when two programs could read it differently: dot segments, empty segments
 *   (with path parameters behind them or not), backslashes, control characters, bad escapes, a fragment;
 *   `bad_request`; `invalid_service_identifier`; `headers_too_large`
 */
export function parseRequestTarget(target: string): RequestTarget {
  if (target.length > maxTargetLength)
    throw new SealwayError("headers_too_large", "the request target is too long");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark);
  if (!wellFormedQuery.test(query)) throw ambiguous("the query has characters that a URI does not have");
  if (!path.startsWith("/r1/")) throw new SealwayError("bad_request", "the path does not begin with /r1/");
  checkPath(path);
  const end = nthSlash(path, 7);
  return {
    service: parseServiceId(end < 0 ? path.slice(4) : path.slice(4, end)),
    path: end < 0 ? "" : path.slice(end),
    query,
  };
}

/** A service may decode the path before it takes it apart, so that the decoded path must be harmless. */
function checkPath(path: string): void {
  if (!wellFormed.test(path)) throw ambiguous("the path has characters or escapes that a URI does not have");
  const decoded = decode(path);
  if (misleading.test(decoded)) throw ambiguous("the path hides a backslash, control character or separator");
  const segments = decoded.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    // Some servers cut path parameters off: `..;x` is then `..`.
    const end = segment.indexOf(";");
    const name = end < 0 ? segment : segment.slice(0, end);
    if (name === "" && (end === 0 || i < segments.length - 1))
      throw ambiguous("the path has an empty segment");
    if (name === "." || name === "..") throw ambiguous("the path has a dot segment");
  }
}

function decode(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw ambiguous("the path is not UTF-8");
  }
}

function nthSlash(text: string, n: number): number {
  let at = -1;
  for (let i = 0; i < n; i++) {
    at = text.indexOf("/", at + 1);
    if (at < 0) return -1;
  }
  return at;
}

function ambiguous(detail: string): SealwayError {
  return new SealwayError("ambiguous_path", detail);
}
