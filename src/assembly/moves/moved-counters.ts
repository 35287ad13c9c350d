import { type ClientId, providerOf } from "../../core/ids.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import type { CountedUses } from "../../messagelog/message-record.ts";
import { countersOf, type UseSight } from "../../policy/permissions/judge-permission.ts";
import type { Permission } from "../../policy/permissions/permission.ts";
import { quotaUses, quotaWindows } from "../../policy/quota.ts";

type Services = Pick<GatewayServices, "agreements" | "clock" | "permissions" | "trust">;
/** Until when a counter is kept, milliseconds, by its name. */
type Counters = ReadonlyMap<string, number>;

const sights: readonly UseSight[] = ["ordinary", "restricted"];
const askedAtOnce = 500;

/** What counts now for a subsystem: uses of its permissions, and calls of its services in windows that run. */
function countersNow(
  { agreements, clock, trust }: Services,
  subsystem: ClientId,
  permissions: readonly Permission[],
): Counters {
  const now = clock.now();
  const { catalogue, configuration } = trust();
  const uses = permissions.flatMap((permission) =>
    sights.flatMap((sight) => Object.values(countersOf(permission, now, sight))),
  );
  const windows = [...agreements.all()].flatMap(({ consumer, id, quota, service }) => {
    if (providerOf(service) !== subsystem) return [];
    const described = catalogue.service(service)?.document.quota;
    const agreed = quota && { id, quota };
    return sights.flatMap((sight) => {
      const terms = { consumer, service, described, agreed, sight };
      return quotaWindows(terms, now, configuration.parameters.timeZone);
    });
  });
  const all = [...uses.filter((one) => one !== undefined), ...quotaUses(windows)];
  return new Map(all.map(({ counter, expires }) => [counter, expires]));
}

/** What was counted until now. @throws SealwayError `log_unavailable` */
export async function usesToMove(
  services: Services,
  subsystem: ClientId,
  permissions: readonly Permission[],
): Promise<readonly Pick<CountedUses, "counter" | "used">[]> {
  const names = [...countersNow(services, subsystem, permissions).keys()];
  const moved: Pick<CountedUses, "counter" | "used">[] = [];
  for (let i = 0; i < names.length; i += askedAtOnce) {
    const asked = names.slice(i, i + askedAtOnce);
    const counts = await services.permissions.store.used(asked, services.clock.now());
    for (const [n, counter] of asked.entries()) if (counts[n]! > 0) moved.push({ counter, used: counts[n]! });
  }
  return moved;
}

/** Of what another server counted, that which counts here, too: nothing else's counters are touched. */
export function usesTaken(
  services: Services,
  subsystem: ClientId,
  permissions: readonly Permission[],
  moved: readonly Pick<CountedUses, "counter" | "used">[],
): readonly CountedUses[] {
  const own = countersNow(services, subsystem, permissions);
  return moved.flatMap(({ counter, used }) => {
    const expires = own.get(counter);
    return expires === undefined ? [] : [{ counter, used, expires }];
  });
}
