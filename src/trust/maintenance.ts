import { type MaintenanceEntry, partPath } from "./configuration-parts.ts";
import { DocumentError } from "./document-error.ts";
import type { Maintenance, SecurityServer } from "./global-configuration.ts";

type Address = SecurityServer["addresses"][number];

/**
 * Reads what is published of a server's maintenance.
 * @param place where it stands in its part
 * @throws DocumentError for a time that is none, or an end that is not after its beginning
 */
export function readMaintenance(entries: readonly MaintenanceEntry[], place: string): Maintenance[] {
  return entries.map(({ from, until, notice, addresses }, i) => {
    const began = Date.parse(from);
    const ends = until === undefined ? null : Date.parse(until);
    if (Number.isNaN(began) || (ends !== null && !(ends > began))) {
      throw new DocumentError(partPath("servers"), `${place}/${i}`, "does not end after it begins");
    }
    return { from: began, until: ends, notice, addresses: addresses ?? null };
  });
}

/**
 * The maintenance by which a server takes no new exchange at a time: of the whole server, or of each of its nodes.
 * @param now milliseconds
 * @returns the one that ends last; undefined while some node is in service
 */
export function maintenanceOf(server: SecurityServer, now: number): Maintenance | undefined {
  const running = runningAt(server, now);
  if (running.length === 0) return undefined;
  const whole = running.filter(({ addresses }) => addresses === null);
  if (whole.length > 0) return lastOf(whole);
  const isDown = server.addresses.every((address) => running.some((one) => covers(one, address)));
  return isDown ? lastOf(running) : undefined;
}

/** Whether a node of a server is in maintenance, or the whole server is. @param now milliseconds */
export function isInMaintenance(server: SecurityServer, address: Address, now: number): boolean {
  return server.maintenance !== undefined && runningAt(server, now).some((one) => covers(one, address));
}

function runningAt({ maintenance = [] }: SecurityServer, now: number): readonly Maintenance[] {
  return maintenance.filter(({ from, until }) => from <= now && (until === null || now < until));
}

function covers({ addresses }: Maintenance, { host, port }: Address): boolean {
  return addresses === null || addresses.some((one) => one.host === host && one.port === port);
}

function lastOf(all: readonly Maintenance[]): Maintenance | undefined {
  return all.toSorted(
    (a, b) => (b.until ?? Number.POSITIVE_INFINITY) - (a.until ?? Number.POSITIVE_INFINITY),
  )[0];
}
