import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, providerOf } from "../../core/ids.ts";
import { type Permission, readPermission } from "../../policy/permissions/permission.ts";
import type { PowerEnd } from "../../policy/representation/power.ts";
import type { GatewayServices } from "../gateway-services.ts";
import type { NamedPerson } from "../permissions/permission-secret.ts";
import { DenialError } from "../problem.ts";
import { endPermission } from "./judge-representation.ts";

/** What a register tells of a person's life. */
export interface PersonalEvent {
  readonly person: NamedPerson;
  readonly event: Exclude<PowerEnd, "order">;
}

/** Which of a person's permissions and requests an event ends: whoever comes of age is asked anew, and keeps what is the own. */
const isEnded: Readonly<Record<PersonalEvent["event"], (permission: Permission) => boolean>> = {
  death: () => true,
  incapacity: () => true,
  majority: ({ representation, state }) => representation !== null && state === "active",
};

const atOnce = 100;

/**
 * Checks that a register tells of those alone whom its own powers are over: one of companies says of no person that he died.
 * @throws DenialError for everybody else
 */
export function checkRegister(
  { powers }: Pick<GatewayServices, "powers">,
  client: ClientId,
  { scheme }: NamedPerson,
): void {
  const isOwn = powers.settings.sources.some(
    ({ represented, service }) => providerOf(service) === client && represented === scheme,
  );
  if (isOwn) return;
  throw new DenialError(
    "access_denied",
    "builtin.caller",
    "only a register of those who are represented, which the provider names, tells of their lives",
  );
}

/**
 * Ends the permissions that a person's death, incapacity or majority ends, at one subsystem. How many they were it tells
 * nobody: a register has no business with what a person permits to others.
 * @throws SealwayError `log_unavailable`, `signer_unavailable`, and whatever else kept one of them from being ended: the
 *   others have ended then
 */
export async function endByEvent(
  services: GatewayServices,
  provider: ClientId,
  { person, event }: PersonalEvent,
): Promise<void> {
  const { permissions } = services;
  const tag = await permissions.tagOf(memberOf(provider), person);
  const failures: unknown[] = [];
  for (const state of ["requested", "active"] as const) {
    for (let before: string | undefined; ; ) {
      const behind = before === undefined ? {} : { before };
      const page = await permissions.store.list({ provider, person: tag, state, limit: atOnce, ...behind });
      for (const { id, document } of page) {
        if (isEnded[event](readPermission(document)))
          await endOne(services, id, event).catch((error) => failures.push(error));
        before = id;
      }
      if (page.length < atOnce) break;
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Acts that may come in between, one after the other. */
const mostActs = 5;

/** Nobody tells of the event again: an act that comes in between does not keep the permission in force. */
async function endOne(services: GatewayServices, id: string, event: PersonalEvent["event"]): Promise<void> {
  for (let acts = 0; acts < mostActs; acts++) {
    const held = await services.permissions.held(id);
    if (held === undefined || isOver(held.permission) || !isEnded[event](held.permission)) return;
    if ((await endPermission(services, held, event)) !== undefined) return;
  }
  throw new SealwayError("permission_state", "permission: others act on it all the time");
}

function isOver({ state }: Permission): boolean {
  return state !== "requested" && state !== "active";
}
