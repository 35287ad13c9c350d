import type { AnySchemaObject } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { ownSchema } from "../../core/own-schema.ts";
import { roles } from "../roles.ts";
import type { ObjectSchema } from "./route.ts";

/* Schemas (JSON Schema 2020-12) of which the routes' own are made. */

const pchar = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@]|%[0-9A-F]{2})+";

export const uuid = {
  type: "string",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
};
/** One line that people wrote. */
export const line = { type: "string", minLength: 1, maxLength: 300, pattern: "^[^\\u0000-\\u001f\\u007f]+$" };
/** A time that there is, in UTC; no leap second, which `Date.parse` does not read: a time that is NaN is null in JSON, "no end". */
export const time = {
  ...{ type: "string", format: "date-time" },
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(?:\\.\\d{1,3})?Z$",
};
/** For AJV. */
export const formats = { "date-time": fullFormats["date-time"] };
export const member = { type: "string", maxLength: 1024, pattern: `^${pchar}/${pchar}/${pchar}$` };
/** A member that is hosted here, or `*` for the server itself. */
export const place = { type: "string", maxLength: 1024, pattern: `^(?:\\*|${pchar}/${pchar}/${pchar})$` };
export const service = { type: "string", maxLength: 1024, pattern: `^${pchar}(?:/${pchar}){4}$` };
/** A member or a subsystem. */
export const client = { type: "string", maxLength: 1024, pattern: `^${pchar}(?:/${pchar}){2,3}$` };
export const version = { type: "string", maxLength: 40, pattern: "^[0-9]{1,6}(?:\\.[0-9]{1,6}){2}$" };
export const identifier = { type: "string", minLength: 1, maxLength: 1024, pattern: "^[\\x21-\\x7e]+$" };
export const role = { type: "string", enum: [...roles] };
export const count = { type: "string", pattern: "^[1-9]\\d{0,3}$" };
export const cursor = { type: "string", pattern: "^[A-Za-z0-9_.~-]{1,1000}$" };

type Properties = Readonly<Record<string, AnySchemaObject>>;

/** A closed object. @param required names of it that must be there */
export function object(properties: Properties, required: readonly string[] = []): AnySchemaObject {
  return { type: "object", additionalProperties: false, properties, required: [...required] };
}

/** An object of which all members are always there. */
export function whole(properties: Properties): AnySchemaObject {
  return object(properties, Object.keys(properties));
}

export function list(items: AnySchemaObject): AnySchemaObject {
  return { type: "array", items };
}

export function orNull(schema: AnySchemaObject): AnySchemaObject {
  return { anyOf: [schema, { type: "null" }] };
}

/** What a request must be, compiled at its first use. */
export function demanded(properties: Properties, required: readonly string[] = []): ObjectSchema {
  const schema = object(properties, required);
  return { schema, validate: ownSchema(schema, { allErrors: false, formats }) };
}
