import type { Json } from "../../core/canonical-json.ts";
import { parseEndpointTemplate } from "../../core/endpoint-template.ts";
import { SealwayError } from "../../core/errors.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { EndpointDocument, Media } from "../description-document.ts";
import { englishText } from "./english-text.ts";
import { importSubjects } from "./import-extensions.ts";
import { importMedia } from "./import-media.ts";
import { importParameters } from "./import-parameters.ts";
import { type LocatedObject, membersOf, type Reading } from "./reading.ts";

// biome-ignore format: names, by the object that has them
const known = {
  operation: new Set(["tags", "summary", "description", "operationId", "parameters", "requestBody", "responses", "security", "servers", "x-sealway-subjects", "x-sealway-answer-subjects"]),
  requestBody: new Set(["description", "content", "required"]),
  response: new Set(["description", "headers", "content"]),
};

/** One operation; nothing when its path cannot be described. @param item the Path Item Object above it */
export function importEndpoint(
  reading: Reading,
  method: string,
  path: string,
  operation: LocatedObject,
  item: LocatedObject,
): EndpointDocument | undefined {
  const { object, place } = operation;
  if (!isTemplate(path)) {
    reading.note("path.template", item.place, path.slice(0, 200));
    return undefined;
  }
  reading.leaveOut(operation, known.operation);
  if (object.security !== undefined) reading.note("service.security", `${place}/security`);
  if (object.servers !== undefined) reading.note("service.servers", `${place}/servers`);
  const summary = englishText(reading, object.summary ?? object.description, `${place}/summary`);
  const parameters = importParameters(reading, method, operation, item);
  const request = importRequest(reading, operation);
  const { responses, headers } = importResponses(reading, operation);
  return {
    method,
    path,
    ...(summary !== undefined && { summary }),
    ...importSubjects(reading, operation),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(request !== undefined && { request }),
    ...(Object.keys(responses).length > 0 && { responses }),
    ...(headers.length > 0 && { responseHeaders: headers }),
  };
}

function isTemplate(path: string): boolean {
  if (path.length > 1024 || path.endsWith("/**")) return false;
  try {
    parseEndpointTemplate(path);
    return true;
  } catch (error) {
    if (error instanceof SealwayError) return false;
    throw error;
  }
}

function importRequest(reading: Reading, { object, place }: LocatedObject): Media | undefined {
  const body = reading.follow(object.requestBody, `${place}/requestBody`);
  if (body === undefined) return undefined;
  reading.leaveOut(body, known.requestBody);
  if (body.object.required !== true) reading.note("request.optional", body.place);
  return importMedia(reading, body, "request");
}

function importResponses(reading: Reading, { object, place }: LocatedObject) {
  const headers = new Set<string>();
  const found = membersOf(object.responses).flatMap(([status, value]): [string, Media][] => {
    const at = `${place}/responses/${pointerToken(status)}`;
    if (status.startsWith("x-")) return [];
    if (!/^[2-5]\d\d$/.test(status)) {
      reading.note("response.status", at, status.slice(0, 20));
      return [];
    }
    const response = reading.follow(value, at);
    if (response === undefined) return [];
    reading.leaveOut(response, known.response);
    for (const name of headerNames(response.object.headers)) headers.add(name);
    if (membersOf(response.object.content).length === 0) reading.note("response.empty", at);
    const media = importMedia(reading, response, "response");
    return media === undefined ? [] : [[status, media]];
  });
  return { responses: Object.fromEntries(found.slice(0, 30)), headers: [...headers].slice(0, 30) };
}

/** OpenAPI 3.1.1 §4.8.17: a header named Content-Type is ignored. */
function headerNames(headers: Json | undefined): string[] {
  return membersOf(headers)
    .map(([name]) => name)
    .filter((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name) && !/^content-type$/i.test(name));
}
