import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import schema from "../../schemas/service/v1.schema.json" with { type: "json" };
import { pointerToken } from "../core/json-pointer.ts";
import type { DescriptionDocument } from "./description-document.ts";

/** One place where a document is not of the form of a service description. */
export interface DescriptionFault {
  /** JSON pointer (RFC 6901). */
  readonly place: string;
  readonly problem: string;
}

const validate = new Ajv2020({ strict: true, allErrors: true, verbose: false }).compile<DescriptionDocument>(
  schema,
);
const mostFaults = 50;

/**
 * Where a document is not of the form of a description (`schemas/service`): all places, not only the first, of which 50
 * are told.
 * @param document anybody's parsed JSON
 */
export function descriptionFaults(document: unknown): readonly DescriptionFault[] {
  if (validate(document)) return [];
  const faults = (validate.errors ?? []).map(faultOf);
  const distinct = new Map(faults.map((fault) => [`${fault.place} ${fault.problem}`, fault]));
  return [...distinct.values()].slice(0, mostFaults);
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
