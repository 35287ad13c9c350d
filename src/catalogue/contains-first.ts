import type { Ajv2020 } from "ajv/dist/2020.js";
import contains from "ajv/dist/vocabularies/applicator/contains.js";

/**
 * Has `contains` looked at before `prefixItems`: behind it ajv skips it for empty arrays, and takes one that holds nothing.
 */
export function containsFirst<Validator extends Ajv2020>(ajv: Validator): Validator {
  ajv.removeKeyword("contains");
  ajv.addKeyword({ ...contains.default, before: "prefixItems" });
  return ajv;
}
