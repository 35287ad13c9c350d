import type { Json } from "../../core/canonical-json.ts";
import { ConfigurationError } from "../../core/configuration-file.ts";
import { parseServiceId, type ServiceId } from "../../core/ids.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import { isJsonText } from "../../core/strict-json.ts";
import type { DescriptionDocument } from "../description-document.ts";
import type { ImportNote } from "./import-codes.ts";
import { importOpenApi } from "./import-openapi.ts";
import { parseDescriptionFile, parseDocument } from "./parse-document.ts";
import { isObject } from "./reading.ts";

export interface ReadDescription {
  readonly kind: "description" | "openapi";
  /** Of a description: whatever it is; of an OpenAPI document: a description. */
  readonly description: Json;
  /** What an OpenAPI document says that the description does not. */
  readonly notes: readonly ImportNote[];
  /** Where that which stands at a place of the description stands in the document (JSON pointers). */
  placeOf(place: string): string;
}

/** Of YAML: a server reads it among other work, and more than once. */
const mostTokens = 300_000;
/** Of the description as JSON, bytes: aliases of YAML stand for more than is written. */
const mostWritten = 1024 * 1024;

/**
 * Reads what a developer has of a service: its description or an OpenAPI document, as JSON or YAML.
 * @param file its name, for messages
 * @param bytes anybody's
 * @param id whose service an OpenAPI document becomes; what it has as `x-sealway-service` unless told
 * @throws ConfigurationError naming the places
 */
export function readDescription(file: string, bytes: Buffer, id: ServiceId | undefined): ReadDescription {
  const document = parseDocument(file, bytes, mostTokens);
  if (isObject(document) && (document.openapi !== undefined || document.swagger !== undefined)) {
    const { description, notes } = importOpenApi(file, document, id ?? statedId(file, document));
    const placeOf = (place: string) => placeInOpenApi(description, place);
    checkSize(file, description);
    return { kind: "openapi", description: description as unknown as Json, notes, placeOf };
  }
  checkSize(file, document);
  // What the exchange reads is stricter than JSON.
  if (isJsonText(bytes.toString("utf8"))) parseDescriptionFile(file, bytes);
  return { kind: "description", description: document, notes: [], placeOf: (place) => place };
}

function checkSize(file: string, description: unknown): void {
  if (Buffer.byteLength(JSON.stringify(description)) <= mostWritten) return;
  const problem = `the description has more than ${mostWritten} bytes`;
  throw new ConfigurationError(file, [{ place: "file", problem, remedy: "Split the service." }]);
}

function statedId(file: string, document: { readonly [name: string]: Json }): ServiceId {
  const place = "/x-sealway-service";
  try {
    return parseServiceId(String(document["x-sealway-service"]));
  } catch {
    const problem = "it does not say whose service it becomes";
    throw new ConfigurationError(file, [{ place, problem, remedy: "Name the service." }]);
  }
}

/** Members of an endpoint, and of what they are made. */
const endpointParts: Readonly<Record<string, string>> = {
  parameters: "/parameters",
  request: "/requestBody",
  responses: "/responses",
  summary: "/summary",
};

function placeInOpenApi({ endpoints }: DescriptionDocument, place: string): string {
  const [first = "", second = "", part = "", name] = place.split("/").slice(1);
  if (first === "id") return "/x-sealway-service";
  if (["version", "title", "description"].includes(first)) return `/info/${first}`;
  const endpoint = first === "endpoints" ? endpoints[Number(second)] : undefined;
  if (endpoint === undefined) return "";
  const operation = `/paths/${pointerToken(endpoint.path)}/${endpoint.method.toLowerCase()}`;
  const status = part === "responses" && name !== undefined ? `/${name}` : "";
  return `${operation}${endpointParts[part] ?? ""}${status}`;
}
