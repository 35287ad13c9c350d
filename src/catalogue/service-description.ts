import schema from "../../schemas/service/v1.schema.json" with { type: "json" };
import { type EndpointTemplate, matchEndpoint, parseEndpointTemplate } from "../core/endpoint-template.ts";
import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, parseServiceId, type ServiceId } from "../core/ids.ts";
import { ownSchema } from "../core/own-schema.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type {
  ContentKind,
  DescriptionDocument,
  EndpointDocument,
  RetentionProposal,
  SubjectLocation,
} from "./description-document.ts";

export interface Endpoint {
  readonly method: string;
  readonly template: EndpointTemplate;
  readonly subjects: readonly SubjectLocation[];
  /** The statuses of successful answers that have a body to disclose something in. */
  readonly successes: readonly string[];
  /** As it was published. */
  readonly document: EndpointDocument;
}

/** A service as its provider describes it, with the digest of the published bytes (base64url SHA-256). */
export interface ServiceDescription {
  readonly id: ServiceId;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly contentKind: ContentKind;
  readonly timeoutMs: number;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  readonly endpoints: readonly Endpoint[];
  readonly retention: RetentionProposal;
  /** As it was published. */
  readonly document: DescriptionDocument;
}

/** JSON that is read is at most 1 MiB; other content has no such limit unless the description sets one. */
export const defaultMaxBytes = { json: 1_048_576, opaque: 2 ** 40, signed: 2 ** 40 } as const;
/** What a description may ask for: JSON is read as a whole, in memory. */
const largestMaxBytes = { json: 16 * 1_048_576, opaque: 2 ** 40, signed: 2 ** 40 } as const;

const validate = ownSchema<DescriptionDocument>(schema);

/**
 * Reads a published description.
 * @param sha256 base64url digest of the bytes
 * @throws SealwayError `bad_request` naming the place
 */
export function parseServiceDescription(bytes: Buffer, sha256: string): ServiceDescription {
  const document = parseStrictJson(bytes, "bad_request");
  if (!validate(document)) {
    const error = validate.errors?.[0];
    throw refused(`${error?.instancePath || "/"} ${error?.message}`);
  }
  const { contentKind } = document;
  if (!isInOneSpelling(document.id, parseServiceId)) throw refused("/id is not in its one spelling");
  const { maxRequestBytes = defaultMaxBytes[contentKind], maxResponseBytes = defaultMaxBytes[contentKind] } =
    document;
  if (Math.max(maxRequestBytes, maxResponseBytes) > largestMaxBytes[contentKind])
    throw refused(`bodies of a ${contentKind} service have at most ${largestMaxBytes[contentKind]} bytes`);
  return {
    id: document.id,
    version: document.version,
    sha256,
    bytes,
    contentKind,
    document,
    timeoutMs: document.timeoutMs,
    maxRequestBytes,
    maxResponseBytes,
    endpoints: document.endpoints.map((endpoint) => readEndpoint(endpoint, contentKind)),
    retention: document.retention ?? {},
  };
}

function readEndpoint(document: EndpointDocument, contentKind: ContentKind): Endpoint {
  const { method, path, subjects = [] } = document;
  const template = parseEndpointTemplate(path);
  for (const subject of subjects) {
    if (contentKind !== "json" && subject.in === "body")
      throw refused(`a body of ${contentKind} content is not read, so no subject stands in it`);
    if (!places[subject.in](subject.name, template))
      throw refused(`${path}: "${subject.name}" names nothing in the ${subject.in}`);
  }
  const successes = Object.keys(document.responses ?? {}).filter((status) => /^2(?!0[45])/.test(status));
  return { method, template, subjects, successes, document };
}

/** What a name must be to be found in each place of a request. */
const places: Readonly<Record<SubjectLocation["in"], (name: string, template: EndpointTemplate) => boolean>> =
  {
    path: (name, { segments }) =>
      segments.some((segment) => segment.kind === "parameter" && segment.name === name),
    query: () => true,
    header: (name) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name),
    body: (name) => /^(?:\/(?:[^~/]|~[01])*)+$/.test(name),
  };

function refused(detail: string): SealwayError {
  return new SealwayError("bad_request", `service description: ${detail}`);
}

/**
 * The first endpoint that the call fits, with the raw values of its path parameters.
 * @param path raw service path
 * @throws SealwayError `endpoint_not_described`, `ambiguous_path`
 */
export function findEndpoint(
  description: ServiceDescription,
  method: string,
  path: string,
): { readonly endpoint: Endpoint; readonly parameters: ReadonlyMap<string, string> } {
  for (const endpoint of description.endpoints) {
    if (endpoint.method !== method && endpoint.method !== "*") continue;
    const parameters = matchEndpoint(endpoint.template, path);
    if (parameters !== undefined) return { endpoint, parameters };
  }
  throw new SealwayError("endpoint_not_described", `${description.id} has no such endpoint for ${method}`);
}
