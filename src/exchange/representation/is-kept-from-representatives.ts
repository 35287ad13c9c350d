import type { Permission } from "../../policy/permissions/permission.ts";
import type { TrustSnapshot } from "../gateway-services.ts";

/**
 * Whether who acts for the person is not to learn of a permission, as of the uses for its purpose: when a version of the
 * service that is in force says so. Of a purpose that none of them has nobody said that a representative may know.
 */
export function isKeptFromRepresentatives(
  { catalogue }: Pick<TrustSnapshot, "catalogue">,
  { purpose, service }: Pick<Permission, "purpose" | "service">,
): boolean {
  const stated = catalogue
    .versions(service)
    .flatMap(({ document }) => document.purposes?.find(({ id }) => id === purpose.id) ?? []);
  return stated.length === 0 || stated.some((one) => one.protectsFromRepresentative === true);
}
