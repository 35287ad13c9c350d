import { unsafeId } from "../core/ids.ts";
import type { Schema } from "./compatibility/json-schema.ts";
import type { DescriptionDocument } from "./description-document.ts";
import { descriptionFaults } from "./description-faults.ts";
import type { Question } from "./form-check.ts";
import { parseQuestionTable, readQuestionList } from "./form-list.ts";
import { questionsOfDescription, questionsOfSchema } from "./form-questions.ts";
import { importOpenApi } from "./openapi/import-openapi.ts";
import { parseDocument } from "./openapi/parse-document.ts";

/**
 * The questions of a form: a JSON Schema, an OpenAPI document, a service description, or a list of questions.
 * @param file its name, for messages; one that ends with `.csv` is a table
 * @param bytes anybody's
 * @returns undefined for a document that is no form
 * @throws ConfigurationError naming the places
 */
export function readForm(file: string, bytes: Buffer): readonly Question[] | undefined {
  if (file.endsWith(".csv")) return parseQuestionTable(file, bytes.toString("utf8"));
  const form = parseDocument(file, bytes);
  if (Array.isArray(form)) return readQuestionList(file, form);
  if (typeof form !== "object" || form === null) return undefined;
  if (Object.hasOwn(form, "openapi")) {
    return questionsOfDescription(importOpenApi(file, form, unsafeId("X/X/X/X/form")).description);
  }
  if (descriptionFaults(form).length === 0)
    return questionsOfDescription(form as unknown as DescriptionDocument);
  return questionsOfSchema(form as Schema);
}
