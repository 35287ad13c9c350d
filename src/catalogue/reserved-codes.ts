import type { ServiceId } from "../core/ids.ts";

/** Codes that begin so are the gateway's own. */
const reservedPrefix = "sealway.";

/** X-Road's metaservices and monitoring services: a service of one of these codes would be taken for it. */
const metaservices = [
  ...["listClients", "listMethods", "allowedMethods", "getWsdl", "getOpenAPI"],
  ...["getSecurityServerMetrics", "getSecurityServerOperationalData", "getSecurityServerHealthData"],
].map((code) => code.toLowerCase());

/** Whether a service has a code that nobody may register, in whatever case. */
export function isReserved(service: ServiceId): boolean {
  const code = service.slice(service.lastIndexOf("/") + 1).toLowerCase();
  return code.startsWith(reservedPrefix) || metaservices.includes(code);
}
