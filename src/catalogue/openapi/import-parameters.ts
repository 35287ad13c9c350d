import type { Json } from "../../core/canonical-json.ts";
import type { FieldUse, Parameter } from "../description-document.ts";
import { englishText } from "./english-text.ts";
import { elementOf, namesSubject, useOf } from "./import-extensions.ts";
import { importSchema } from "./import-schema.ts";
import type { LocatedObject, Reading } from "./reading.ts";

// biome-ignore format: one list
const known = new Set(["name", "in", "description", "required", "schema", "example", "examples", "style", "explode", "x-sealway-element", "x-sealway-use"]);

/** The one way of writing each place that is not left out (OpenAPI 3.1.1 §4.8.12.2). */
const styles: Readonly<Record<string, string>> = { path: "simple", query: "form" };

/** Parameters of an operation, by `path:name` and `query:name`; those of the path item where it has none of its own. */
export function importParameters(
  reading: Reading,
  method: string,
  operation: LocatedObject,
  item: LocatedObject,
): { readonly [name: string]: Parameter } {
  const byName = new Map<string, LocatedObject>();
  for (const { object, place } of [item, operation]) {
    const list = Array.isArray(object.parameters) ? (object.parameters as Json[]) : [];
    for (const [i, value] of list.entries()) {
      const parameter = reading.follow(value, `${place}/parameters/${i}`);
      if (parameter !== undefined) byName.set(`${parameter.object.in}:${parameter.object.name}`, parameter);
    }
  }
  const entries = [...byName].flatMap(([name, parameter]): [string, Parameter][] => {
    if (!isDescribed(reading, name, parameter, operation)) return [];
    const described = importParameter(reading, method, parameter);
    return described === undefined ? [] : [[name, described]];
  });
  return Object.fromEntries(entries.slice(0, 100));
}

function isDescribed(
  reading: Reading,
  name: string,
  { object, place }: LocatedObject,
  operation: LocatedObject,
) {
  const style = styles[String(object.in)];
  if (style === undefined) {
    if (!namesSubject(operation, object)) reading.note("parameter.in", place, name.slice(0, 200));
    return false;
  }
  if (!/^(?:path|query):[A-Za-z0-9_.~-]{1,100}$/.test(name)) {
    reading.note("parameter.name", place, name.slice(0, 200));
    return false;
  }
  if (object.schema === undefined || (object.style ?? style) !== style) {
    reading.note("parameter.style", place, name);
    return false;
  }
  return true;
}

function importParameter(reading: Reading, method: string, parameter: LocatedObject): Parameter | undefined {
  const { object, place } = parameter;
  const use = useOf(reading, parameter) ?? useByPlace(method, object.in);
  if (use === undefined) {
    reading.note("parameter.use", place, String(object.name));
    return undefined;
  }
  reading.leaveOut(parameter, known);
  const description = englishText(reading, object.description, `${place}/description`);
  const element = elementOf(reading, parameter);
  return {
    ...(description !== undefined && { description }),
    // Those of the path always are.
    ...(object.required === true && object.in === "query" && { required: true }),
    schema: importSchema(reading, object.schema!, `${place}/schema`, "request"),
    ...(element !== undefined && { element }),
    use,
  };
}

/** A path names what is meant (RFC 3986 §3.3), and a safe request's query finds it (RFC 9110 §9.2.1). */
function useByPlace(method: string, place: Json | undefined): FieldUse | undefined {
  return place === "path" || method === "GET" || method === "HEAD" ? "key" : undefined;
}
