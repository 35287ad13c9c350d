import type { Json } from "../../core/canonical-json.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { Media } from "../description-document.ts";
import { type Direction, importSchema } from "./import-schema.ts";
import { isObject, type LocatedObject, membersOf, type Reading } from "./reading.ts";

const known = new Set(["schema", "example", "examples"]);
const json = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;.*)?$/i;
const mostExamples = 20;

/** The JSON of a request body or an answer: its schema and its examples. */
export function importMedia(
  reading: Reading,
  { object, place }: LocatedObject,
  direction: Direction,
): Media | undefined {
  const kinds = membersOf(object.content);
  const first = kinds.find(([kind]) => json.test(kind));
  for (const [kind] of kinds) {
    if (kind !== first?.[0]) reading.note("media.kind", `${place}/content/${pointerToken(kind)}`);
  }
  if (first === undefined) return undefined;
  const media = reading.follow(first[1], `${place}/content/${pointerToken(first[0])}`);
  if (media === undefined) return undefined;
  reading.leaveOut(media, known);
  if (media.object.schema === undefined) {
    reading.note("media.schema", media.place);
    return undefined;
  }
  const schema = importSchema(reading, media.object.schema, `${media.place}/schema`, direction);
  const examples = examplesOf(reading, media).filter((example) => reading.writeValue(media.place, example));
  if (examples.length > mostExamples) reading.note("example.many", media.place);
  return { schema, ...(examples.length > 0 && { examples: examples.slice(0, mostExamples) }) };
}

/** Those of the media type, or else those of its schema, which hold for the whole document as well. */
function examplesOf(reading: Reading, { object, place }: LocatedObject): readonly Json[] {
  if (object.example !== undefined) return [object.example];
  const named = membersOf(object.examples).flatMap(([name, value]) => {
    const at = `${place}/examples/${pointerToken(name)}`;
    const example = reading.follow(value, at);
    if (example?.object.externalValue !== undefined) reading.note("example.elsewhere", at);
    return example?.object.value ?? [];
  });
  if (named.length > 0) return named;
  const schema = isObject(object.schema)
    ? reading.follow(object.schema, `${place}/schema`)?.object
    : undefined;
  if (schema?.example !== undefined) return [schema.example];
  return Array.isArray(schema?.examples) ? (schema.examples as Json[]) : [];
}
