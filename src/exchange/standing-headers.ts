import type { ServiceStanding } from "../catalogue/service-standing.ts";
import type { HeaderLine } from "../message/head.ts";

/**
 * What an answer's headers tell of the version that was called: `Deprecation` (RFC 9745 §2), `Sunset` (RFC 8594 §3), and
 * the fields that its provider has withdrawn, JSON pointers whose characters beyond those of a URI are percent-encoded.
 */
export function standingHeaders({ deprecation, withdrawnFields }: ServiceStanding): HeaderLine[] {
  const lines: HeaderLine[] = [];
  if (deprecation !== undefined) {
    lines.push(["Deprecation", `@${Math.floor(deprecation.since / 1000)}`]);
    lines.push(["Sunset", new Date(deprecation.sunset).toUTCString()]);
  }
  if (withdrawnFields.length > 0) {
    lines.push(["Sealway-Withdrawn-Fields", withdrawnFields.map(encodePointer).join(", ")]);
  }
  return lines;
}

/** The catalogue's word stands in the place of the service's own. */
export function withStanding(lines: readonly HeaderLine[], standing: ServiceStanding): HeaderLine[] {
  const told = standingHeaders(standing);
  const names = new Set(told.map(([name]) => name.toLowerCase()));
  return [...lines.filter(([name]) => !names.has(name.toLowerCase())), ...told];
}

function encodePointer(pointer: string): string {
  return encodeURI(pointer).replaceAll(",", "%2C");
}
