import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import { containsFirst } from "../contains-first.ts";
import type { EndpointDocument } from "../description-document.ts";
import { type DescribedMedia, describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

const ajv = containsFirst(new Ajv2020({ strict: false, logger: false, ownProperties: true }));
addFormats.default(ajv);

/** What every endpoint describes: parameters of its path, an answer, and examples that fit. */
export function checkEndpoints(
  { document }: Publication,
  faulty: ReadonlySet<Schema>,
): readonly GateFinding[] {
  if (document.contentKind === "opaque") return [];
  return [
    ...document.endpoints.flatMap((endpoint, i) => [...checkEndpoint(endpoint, `/endpoints/${i}`)]),
    ...describedMedia(document).flatMap((media) => [...checkExamples(media, faulty)]),
  ];
}

function* checkEndpoint(endpoint: EndpointDocument, place: string): Generator<GateFinding> {
  const { path, parameters = {}, responses = {} } = endpoint;
  for (const [, name] of path.matchAll(/\{([^}]+)\}/g)) {
    if (parameters[`path:${name}`] === undefined) {
      yield { code: "endpoint.parameter", place: `${place}/parameters`, detail: `path:${name}` };
    }
  }
  for (const name of Object.keys(parameters)) {
    if (name.startsWith("path:") && !path.includes(`{${name.slice("path:".length)}}`))
      yield {
        code: "endpoint.parameter",
        place: `${place}/parameters/${pointerToken(name)}`,
        detail: "it is not in the path",
      };
  }
  if (!Object.keys(responses).some((status) => status.startsWith("2"))) {
    yield { code: "endpoint.answer", place: `${place}/responses`, detail: "" };
  }
}

/** Examples are held against schemas without fault alone: others may take any time. */
function* checkExamples(
  { media, place }: DescribedMedia,
  faulty: ReadonlySet<Schema>,
): Generator<GateFinding> {
  const { schema, examples = [] } = media;
  if (examples.length === 0) yield { code: "example.missing", place: `${place}/examples`, detail: "" };
  if (faulty.has(schema) || examples.length === 0) return;
  const validate = compiled(schema);
  if (typeof validate === "string") {
    yield { code: "schema.invalid", place: `${place}/schema`, detail: validate };
    return;
  }
  for (const [i, example] of examples.entries()) {
    if (validate(example)) continue;
    const { instancePath = "", message = "" } = validate.errors?.[0] ?? {};
    yield { code: "example.invalid", place: `${place}/examples/${i}${instancePath}`, detail: message };
  }
}

/** Nothing of it is kept: another description may use the same identifiers. @returns why it cannot be, as a text */
function compiled(schema: Schema): ValidateFunction | string {
  try {
    return ajv.compile(schema);
  } catch (error) {
    return (error as Error).message.slice(0, 300);
  } finally {
    ajv.removeSchema();
  }
}
