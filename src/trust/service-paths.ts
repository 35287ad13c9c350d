import { type ServiceId, unsafeId } from "../core/ids.ts";

/*
 * Where the documents of the catalogue stand among the published files. What an act published stands below its service,
 * by its version; a description directly at its service's name was published without one, in a demonstration.
 */

const partsOfService = 5;

export function descriptionPath(service: ServiceId, version: string): string {
  return `services/${service}/${version}.json`;
}

/** @param number the acts of one service are numbered from 1 */
export function actPath(service: ServiceId, number: number): string {
  return `services/${service}/acts/${number}.jws`;
}

/** @param number what an instance adds to the vocabulary is numbered from 1 */
export function vocabularyPath(number: number): string {
  return `vocabularies/${number}.json`;
}

/** The service of a description or act. */
export function serviceOfPath(path: string): ServiceId {
  const parts = path.split("/").slice(1, 1 + partsOfService);
  return unsafeId(isPublishedByAct(path) ? parts.join("/") : parts.join("/").replace(/\.json$/, ""));
}

export function isPublishedByAct(path: string): boolean {
  return path.split("/").length > 1 + partsOfService;
}
