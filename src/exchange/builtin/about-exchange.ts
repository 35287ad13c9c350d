import type { ExchangeId, ServiceId } from "../../core/ids.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import { builtInService } from "./built-in-services.ts";

/**
 * The earlier exchange that a call of a built-in service is about: it stands in the signed document, so that the record
 * alone tells it. Both gateways read it in the body.
 * @param body parsed JSON, anybody's
 * @returns null for services whose calls are about none, and for what is no exchange id
 */
export function aboutIn(service: ServiceId, body: unknown): ExchangeId | null {
  if (builtInService(service)?.refers !== "about" || typeof body !== "object" || body === null) return null;
  const { about } = body as { readonly about?: unknown };
  return typeof about === "string" && isUuidV7(about) ? (about as ExchangeId) : null;
}
