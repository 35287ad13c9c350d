import { SealwayError } from "../../core/errors.ts";
import type { OwnSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";

/** Reads what a caller sent. @throws SealwayError `invalid_body` naming the place, never a value */
export function readBody<Shape>(body: Buffer, isShape: OwnSchema<Shape>): Shape {
  const document = parseStrictJson(body, "invalid_body");
  if (isShape(document)) return document;
  const [error] = isShape.errors ?? [];
  throw new SealwayError("invalid_body", `${error?.instancePath || "/"} ${error?.message}`);
}
