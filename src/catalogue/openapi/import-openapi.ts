import type { Json } from "../../core/canonical-json.ts";
import { ConfigurationError } from "../../core/configuration-file.ts";
import type { ServiceId } from "../../core/ids.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { DescriptionDocument, EndpointDocument } from "../description-document.ts";
import { descriptionFaults } from "../description-faults.ts";
import { englishText } from "./english-text.ts";
import type { ImportNote } from "./import-codes.ts";
import { importEndpoint } from "./import-endpoint.ts";
import { isObject, membersOf, Reading } from "./reading.ts";

export interface Imported {
  readonly description: DescriptionDocument;
  /** Everything that was left out or could not be inferred. */
  readonly notes: readonly ImportNote[];
}

// biome-ignore format: names, by the object that has them
const known = {
  document: new Set(["openapi", "info", "paths", "components", "tags", "servers", "security", "jsonSchemaDialect", "x-sealway-service"]),
  info: new Set(["title", "summary", "description", "version", "contact", "license"]),
  pathItem: new Set(["$ref", "summary", "description", "parameters", "servers", "get", "put", "post", "delete", "options", "head", "patch", "trace"]),
};

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const mostEndpoints = 500;
const dialects = [
  "https://spec.openapis.org/oas/3.1/dialect/base",
  "https://json-schema.org/draft/2020-12/schema",
];

/**
 * A description from an OpenAPI document of version 3.0 or 3.1, as far as it says what a description says. Nothing is
 * guessed and nothing is fetched: what is missing is noted, and what must be known is asked for by the publishing gate.
 * @param file the document's name, for messages
 * @param document anybody's
 * @param id whose service it becomes
 * @throws ConfigurationError naming every place for which there can be no description
 */
export function importOpenApi(file: string, document: Json, id: ServiceId): Imported {
  const reading = new Reading(isObject(document) ? document : {}, versionOf(file, document));
  const { jsonSchemaDialect } = reading.root;
  if (jsonSchemaDialect !== undefined && !dialects.includes(jsonSchemaDialect as string))
    reading.fault("/jsonSchemaDialect", "the dialect is not read", "Use the one of OpenAPI 3.1.");
  const description = describe(reading, id);
  if (description.endpoints.length === 0 && reading.faults.length === 0)
    reading.fault("/paths", "no endpoint can be described", "See what was left out, and why.");
  const faults = [...reading.faults, ...(reading.faults.length > 0 ? [] : misfits(description))];
  if (faults.length > 0) throw new ConfigurationError(file, faults);
  return { description, notes: reading.notes };
}

function versionOf(file: string, document: Json): "3.0" | "3.1" {
  const text = isObject(document) ? document.openapi : undefined;
  const version = typeof text === "string" ? /^3\.[01](?=\.\d+(?:-.+)?$)/.exec(text)?.[0] : undefined;
  if (version === "3.0" || version === "3.1") return version;
  const remedy = "Convert it to OpenAPI 3.0 or 3.1.";
  throw new ConfigurationError(file, [{ place: "/openapi", problem: "neither 3.0 nor 3.1", remedy }]);
}

function describe(reading: Reading, id: ServiceId): DescriptionDocument {
  const { root } = reading;
  const endpoints = endpointsOf(reading);
  reading.leaveOut({ object: root, place: "" }, known.document);
  if (root.servers !== undefined) reading.note("service.servers", "/servers");
  if (root.security !== undefined) reading.note("service.security", "/security");
  reading.note("service.timeout", "");
  return {
    v: 1,
    id,
    ...describeInfo(reading),
    contentKind: "json",
    timeoutMs: 30_000,
    validation: "observe",
    endpoints,
  };
}

function describeInfo(reading: Reading): Pick<DescriptionDocument, "version" | "title" | "description"> {
  const info = reading.follow(reading.root.info, "/info") ?? { object: {}, place: "/info" };
  const { title, description, version, contact } = info.object;
  reading.leaveOut(info, known.info);
  reading.note("text.language", "/info");
  if (contact !== undefined) reading.note("service.contact", "/info/contact");
  const semantic = typeof version === "string" && /^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(version);
  if (!semantic) reading.note("service.version", "/info/version", String(version).slice(0, 100));
  const described = englishText(reading, description, "/info/description");
  return {
    version: semantic ? version : "1.0.0",
    title: englishText(reading, title, "/info/title", 200) ?? { en: "Service" },
    ...(described !== undefined && { description: described }),
  };
}

function endpointsOf(reading: Reading): EndpointDocument[] {
  const endpoints = membersOf(reading.root.paths)
    .filter(([path]) => !path.startsWith("x-"))
    .flatMap(([path, item]) => pathEndpoints(reading, path, item));
  if (endpoints.length > mostEndpoints) reading.note("service.many", "/paths");
  return endpoints.slice(0, mostEndpoints);
}

function pathEndpoints(reading: Reading, path: string, value: Json): EndpointDocument[] {
  const item = reading.follow(value, pointer("/paths", path));
  if (item === undefined) return [];
  reading.leaveOut(item, known.pathItem);
  if (item.object.servers !== undefined) reading.note("service.servers", `${item.place}/servers`);
  return methods.flatMap((method) => {
    const operation = reading.follow(item.object[method], `${item.place}/${method}`);
    return operation === undefined
      ? []
      : (importEndpoint(reading, method.toUpperCase(), path, operation, item) ?? []);
  });
}

function pointer(above: string, name: string): string {
  return `${above}/${pointerToken(name)}`;
}

/** The import keeps to the form of a description by itself; this is the net below it. */
function misfits(description: DescriptionDocument) {
  return descriptionFaults(description).map(({ place, problem }) => ({
    place: `description ${place}`,
    problem,
    remedy: "Correct what it was made of.",
  }));
}
