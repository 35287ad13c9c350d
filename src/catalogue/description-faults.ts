import type { ErrorObject } from "ajv/dist/2020.js";
import schema from "../../schemas/service/v1.schema.json" with { type: "json" };
import { pointerToken } from "../core/json-pointer.ts";
import { ownSchema } from "../core/own-schema.ts";
import type { DescriptionDocument } from "./description-document.ts";

/** One place where a document is not of the form of a service description. */
export interface DescriptionFault {
  /** JSON pointer (RFC 6901). */
  readonly place: string;
  readonly problem: string;
}

const validate = ownSchema<DescriptionDocument>(schema);
const validateAll = ownSchema<DescriptionDocument>(schema, { allErrors: true });
const mostFaults = 50;
/** Of a larger document only the first fault is told: each of its values may be one. */
const mostValues = 100_000;

/**
 * Where a document is not of the form of a description (`schemas/service`): all places, not only the first, of which 50
 * are told.
 * @param document anybody's parsed JSON
 */
export function descriptionFaults(document: unknown): readonly DescriptionFault[] {
  if (validate(document)) return [];
  const isLarge = hasMoreValues(document, mostValues);
  if (!isLarge) validateAll(document);
  const faults = ((isLarge ? validate : validateAll).errors ?? []).map(faultOf);
  const distinct = new Map(faults.map((fault) => [`${fault.place} ${fault.problem}`, fault]));
  return [...distinct.values()].slice(0, mostFaults);
}

function hasMoreValues(document: unknown, most: number): boolean {
  const waiting = [document];
  for (let count = 0; waiting.length > 0; count++) {
    if (count + waiting.length > most) return true;
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const each of Object.values(value)) waiting.push(each);
  }
  return false;
}

function faultOf({ instancePath, keyword, params, message = keyword }: ErrorObject): DescriptionFault {
  if (keyword === "required")
    return { place: `${instancePath}/${pointerToken(params.missingProperty)}`, problem: "missing" };
  if (keyword === "additionalProperties")
    return { place: `${instancePath}/${pointerToken(params.additionalProperty)}`, problem: "unknown member" };
  if (keyword === "enum") {
    return { place: instancePath, problem: `must be one of ${params.allowedValues.join(", ")}` };
  }
  return { place: instancePath, problem: message };
}
