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
    lines.push(["Sealway-Withdrawn-Fields", pointerList(withdrawnFields)]);
  }
  return lines;
}

/**
 * Headers of an answer with what the catalogue says of the version, in the place of the service's own word, and with the
 * fields that the provider's server signed to have cut.
 */
export function withStanding(
  lines: readonly HeaderLine[],
  standing: ServiceStanding,
  removed: readonly string[],
): HeaderLine[] {
  const told = standingHeaders(standing);
  if (removed.length > 0) told.push(["Sealway-Removed-Fields", pointerList(removed)]);
  const names = new Set(told.map(([name]) => name.toLowerCase()));
  return [...lines.filter(([name]) => !names.has(name.toLowerCase())), ...told];
}

/** What a header may hold; clients have limits of their own. */
const mostListLength = 4096;

function pointerList(pointers: readonly string[]): string {
  const encoded = pointers.map((pointer) => encodeURI(pointer).replaceAll(",", "%2C"));
  const list = encoded.join(", ");
  if (list.length <= mostListLength) return list;
  const cut = list.slice(0, mostListLength);
  return `${cut.slice(0, cut.lastIndexOf(", "))}, ...`;
}
