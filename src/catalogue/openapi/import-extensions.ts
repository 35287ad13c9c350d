import type { Json } from "../../core/canonical-json.ts";
import type { EndpointDocument, FieldUse } from "../description-document.ts";
import { isObject, type JsonObject, type LocatedObject, type Reading } from "./reading.ts";

/*
 * Members by which an OpenAPI document says what OpenAPI has no words for: x-sealway-element and x-sealway-use at
 * schemas and parameters, x-sealway-subjects and x-sealway-answer-subjects at operations. The export writes them.
 */

const uses: readonly string[] = ["key", "match", "claim", "notify", "collect"] satisfies FieldUse[];

/** What a parameter is told for, when it says so. */
export function useOf(reading: Reading, { object, place }: LocatedObject): FieldUse | undefined {
  const use = object["x-sealway-use"];
  if (use === undefined || uses.includes(use as string)) return use as FieldUse | undefined;
  reading.note("extension.value", `${place}/x-sealway-use`);
  return undefined;
}

/** The data element of a parameter, when it says so. */
export function elementOf(reading: Reading, { object, place }: LocatedObject): string | undefined {
  const element = object["x-sealway-element"];
  if (element === undefined) return undefined;
  if (
    typeof element === "string" &&
    /^[a-z][A-Za-z0-9]{0,49}(?:\.[a-z][A-Za-z0-9]{0,49}){0,9}$/.test(element)
  )
    return element;
  reading.note("extension.value", `${place}/x-sealway-element`);
  return undefined;
}

type Subjects = Pick<EndpointDocument, "subjects" | "answerSubjects">;
type Check = (value: Json | undefined) => boolean;

const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === "string" && pattern.test(value);
const scheme = text(/^[!-[\]-~]{1,200}$/);
const subject: Readonly<Record<string, Check>> = {
  in: text(/^(?:path|query|header|body)$/),
  name: text(/^.{1,200}$/u),
  role: text(/^(?:asked-about|representative)$/),
  scheme,
};
const answerSubject: Readonly<Record<string, Check>> = {
  pointer: text(/^(?=.{1,200}$)(?:\/(?:[^~/]|~[01])*)+$/),
  scheme,
};

/** Where an operation's documents name persons, when it says so. */
export function importSubjects(reading: Reading, operation: LocatedObject): Subjects {
  const subjects = listOf(reading, operation, "x-sealway-subjects", subject);
  const answerSubjects = listOf(reading, operation, "x-sealway-answer-subjects", answerSubject);
  return {
    ...(subjects.length > 0 && { subjects: subjects as unknown as NonNullable<Subjects["subjects"]> }),
    ...(answerSubjects.length > 0 && {
      answerSubjects: answerSubjects as unknown as NonNullable<Subjects["answerSubjects"]>,
    }),
  };
}

/** Whether a header is one in which the operation says that it finds a person. */
export function namesSubject({ object }: LocatedObject, parameter: JsonObject): boolean {
  const subjects = object["x-sealway-subjects"];
  const isNamed = (each: Json) => isObject(each) && each.in === "header" && each.name === parameter.name;
  return parameter.in === "header" && Array.isArray(subjects) && (subjects as Json[]).some(isNamed);
}

function listOf(
  reading: Reading,
  { object, place }: LocatedObject,
  name: string,
  shape: Readonly<Record<string, Check>>,
): readonly JsonObject[] {
  const list = object[name];
  if (list === undefined) return [];
  const fits = (value: Json): value is JsonObject =>
    isObject(value) &&
    Object.keys(value).every((member) => Object.hasOwn(shape, member)) &&
    Object.entries(shape).every(([member, check]) => check(value[member]));
  if (Array.isArray(list) && list.length <= 20 && (list as Json[]).every(fits)) return list as JsonObject[];
  reading.note("extension.value", `${place}/${name}`);
  return [];
}
