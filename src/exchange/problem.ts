import { type ErrorCode, errorCodes } from "../core/error-codes.ts";
import { type Hop, SealwayError } from "../core/errors.ts";

/** A denial by a rule of the decision. */
export class DenialError extends SealwayError {
  readonly rule: string;

  constructor(code: ErrorCode, rule: string, detail: string) {
    super(code, detail);
    this.rule = rule;
  }
}

/** A call whose X-Road-Id, chosen by the caller, was that of another one a moment ago. */
export class RepeatedQueryError extends SealwayError {
  /** The exchange of that one: what the caller is told of. */
  readonly first: string | null;

  constructor(first: string | null) {
    super("query_id_repeated", first === null ? "" : `it is exchange ${first}`);
    this.first = first;
  }
}

/** An error as it is told: to an information system in its dialect, and in the body of a signed refusal or fault. */
export interface Problem {
  readonly code: ErrorCode;
  readonly hop: Hop;
  /** The exchange id, or null when the call became none. */
  readonly exchange: string | null;
  /** The rule of the decision that failed, where one did. */
  readonly rule: string | null;
  readonly detail: string;
  /** Whom to tell, when it is the provider's to mend. */
  readonly contact: string | null;
}

export function problemOf(
  error: SealwayError,
  hop: Hop,
  exchange: string | null,
  contact: string | null = null,
): Problem {
  const rule = error instanceof DenialError ? error.rule : null;
  const about = error instanceof RepeatedQueryError ? error.first : exchange;
  return { code: error.code, hop, exchange: about, rule, detail: error.detail, contact };
}

/** The body of a refusal or fault. */
export function serializeProblem(problem: Problem): Buffer {
  const { title, remedy } = errorCodes[problem.code];
  return Buffer.from(JSON.stringify({ ...problem, title, remedy }), "utf8");
}

/** Reads the body of a peer's signed refusal or fault; a code that is not known here becomes `internal_error`. */
export function parseProblem(body: Buffer, exchange: string): Problem {
  const json = parseObject(body);
  const code =
    typeof json.code === "string" && Object.hasOwn(errorCodes, json.code)
      ? (json.code as ErrorCode)
      : "internal_error";
  const text = (value: unknown) => (typeof value === "string" ? value.slice(0, 500) : null);
  return {
    code,
    hop: "provider",
    exchange,
    rule: text(json.rule),
    detail: text(json.detail) ?? "",
    contact: text(json.contact),
  };
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body.toString("utf8"));
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
