import correction from "../../../schemas/control/v1/correction.schema.json" with { type: "json" };
import feedback from "../../../schemas/control/v1/feedback.schema.json" with { type: "json" };
import inquiry from "../../../schemas/control/v1/inquiry.schema.json" with { type: "json" };
import type { ErrorCode } from "../../core/error-codes.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";

const defs = ({ $id }: { readonly $id: string }, name: string) => `${$id}#/$defs/${name}`;

/** What the schemas of feedback, corrections and inquiries describe. */
const places = {
  "feedback event": feedback.$id,
  report: defs(feedback, "report"),
  "report taken": defs(feedback, "taken"),
  "answer to a report": defs(feedback, "answer"),
  "correction event": correction.$id,
  notice: defs(correction, "notice"),
  telling: defs(correction, "telling"),
  "notice taken": defs(correction, "taken"),
  outcome: defs(correction, "outcome"),
  "inquiry event": inquiry.$id,
  question: defs(inquiry, "question"),
  view: defs(inquiry, "view"),
  hold: defs(inquiry, "hold"),
  escalation: defs(inquiry, "escalation"),
} as const;

export type CaseSchema = keyof typeof places;

const schemas = [correction, feedback, inquiry];
const validators = new Map(
  Object.entries(places).map(([what, $ref]) => [what, ownSchema({ $ref }, { schemas })]),
);

/**
 * Checks a document (maybe an attacker's) against its schema, without quoting it.
 * @param code what to call one that breaks it
 * @throws SealwayError with that code
 */
export function checkCase(what: CaseSchema, document: unknown, code: ErrorCode): void {
  const validate = validators.get(what)!;
  if (validate(document)) return;
  const errors = validate.errors ?? [];
  const error = errors.find(({ keyword }) => keyword !== "const" && keyword !== "oneOf") ?? errors[0];
  throw new SealwayError(code, `${what}: ${error?.instancePath || "/"} ${error?.message}`);
}

/** Reads the body of a call. @throws SealwayError `invalid_body` */
export function parseCaseBody<Shape>(what: CaseSchema, body: Buffer): Shape {
  const document = parseStrictJson(body, "invalid_body");
  checkCase(what, document, "invalid_body");
  return document as Shape;
}
