import { type ErrorCode, type ErrorEntry, errorCodes } from "./error-codes.ts";

/** The gateway at which an error arose, as the information system sees it. */
export type Hop = "consumer" | "provider";

/**
 * The one error class. Its code decides status, words and remedy; `detail` is told to the caller and so never
 * holds personal data; `cause` stays in the process log.
 */
export class SealwayError extends Error {
  override readonly name = "SealwayError";
  readonly code: ErrorCode;
  readonly detail: string;

  /** @param detail what in particular went wrong; told to the caller */
  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown }) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }

  get entry(): ErrorEntry {
    return errorCodes[this.code];
  }
}

/** The error as a SealwayError: itself, or an `internal_error` that has it as cause. */
export function asSealwayError(error: unknown): SealwayError {
  if (error instanceof SealwayError) return error;
  return new SealwayError("internal_error", "unexpected failure", { cause: error });
}
