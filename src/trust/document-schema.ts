import type { AnySchemaObject, ErrorObject } from "ajv/dist/2020.js";
import definitions from "../../schemas/configuration/v1/definitions.schema.json" with { type: "json" };
import { ownSchema } from "../core/own-schema.ts";
import { DocumentError } from "./document-error.ts";

/** Reads JSON of a shape. @throws DocumentError that names the document and the place */
export type DocumentReader<Shape> = (document: string, bytes: Buffer) => Shape;

/**
 * A reader of JSON documents that follow a schema.
 * @param maxLength bytes; a longer document is refused unread
 */
export function documentReader<Shape>(schema: AnySchemaObject, maxLength: number): DocumentReader<Shape> {
  const validate = ownSchema<Shape>(schema, { schemas: [definitions], strictRequired: false });
  return (document, bytes) => {
    if (bytes.length > maxLength) throw new DocumentError(document, "", `longer than ${maxLength} bytes`);
    const value = parseJson(document, bytes);
    if (!validate(value)) throw describe(document, validate.errors![0]!);
    return value;
  };
}

function parseJson(document: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new DocumentError(document, "", `not JSON: ${(cause as Error).message}`, { cause });
  }
}

function describe(document: string, error: ErrorObject): DocumentError {
  const named = error.params.additionalProperty ?? error.params.allowedValues ?? error.params.allowedValue;
  const problem = named === undefined ? error.message : `${error.message}: ${JSON.stringify(named)}`;
  return new DocumentError(document, error.instancePath, problem ?? error.keyword);
}
