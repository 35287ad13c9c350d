import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import type { EndpointDocument } from "../description-document.ts";
import { checkSchema } from "./check-schema.ts";
import { type DescribedMedia, describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

const ajv = new Ajv2020({ strict: false, logger: false });
addFormats.default(ajv);

/** Schemas, examples and parameters of every endpoint. */
export function checkEndpoints({ document }: Publication): readonly GateFinding[] {
  if (document.contentKind === "opaque") return [];
  return [
    ...document.endpoints.flatMap((endpoint, i) => [...checkEndpoint(endpoint, `/endpoints/${i}`)]),
    ...describedMedia(document).flatMap((media) => [...checkMedia(media)]),
  ];
}

function* checkEndpoint(endpoint: EndpointDocument, place: string): Generator<GateFinding> {
  const { path, parameters = {}, responses = {} } = endpoint;
  for (const [, name] of path.matchAll(/\{([^}]+)\}/g)) {
    if (parameters[`path:${name}`] === undefined) {
      yield { code: "endpoint.parameter", place: `${place}/parameters`, detail: `path:${name}` };
    }
  }
  for (const [name, { schema }] of Object.entries(parameters)) {
    yield* checkSchema(schema, `${place}/parameters/${pointerToken(name)}/schema`);
  }
  if (!Object.keys(responses).some((status) => status.startsWith("2"))) {
    yield { code: "endpoint.answer", place: `${place}/responses`, detail: "" };
  }
}

function* checkMedia({ media, place }: DescribedMedia): Generator<GateFinding> {
  const { schema, examples = [] } = media;
  const found = checkSchema(schema, `${place}/schema`);
  yield* found;
  if (examples.length === 0) yield { code: "example.missing", place: `${place}/examples`, detail: "" };
  const validate = found.length === 0 ? compiled(schema) : undefined;
  for (const [i, example] of examples.entries()) {
    if (validate === undefined || validate(example)) continue;
    const { instancePath = "", message = "" } = validate.errors?.[0] ?? {};
    yield { code: "example.invalid", place: `${place}/examples/${i}${instancePath}`, detail: message };
  }
}

/** Nothing of it is kept: another description may use the same identifiers. */
function compiled(schema: Schema): ValidateFunction | undefined {
  try {
    return ajv.compile(schema);
  } catch {
    return undefined;
  } finally {
    ajv.removeSchema();
  }
}
