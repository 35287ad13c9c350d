import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";

/** Node's words for what its parser refuses, as far as a caller can do something about it. */
const told: { readonly [code: string]: readonly [code: ErrorCode, detail: string] | undefined } = {
  HPE_HEADER_OVERFLOW: ["headers_too_large", "the headers are larger than is taken"],
  HPE_INVALID_METHOD: ["invalid_http_method", "the method is not one of HTTP's"],
  HPE_INVALID_EOF_STATE: ["incomplete_body", "the connection ended in the middle of the request"],
};

/** What an information system is told that node's parser refuses. @param code of the `clientError` event */
export function parserErrorOf(code = "unknown"): SealwayError {
  return new SealwayError(...(told[code] ?? ["bad_request", `not well-formed HTTP/1.1 (${code})`]));
}
