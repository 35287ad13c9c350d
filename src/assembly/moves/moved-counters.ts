import { sha256Base64Url } from "../../core/bytes.ts";
import { type ClientId, providerOf, type ServerId } from "../../core/ids.ts";
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

/** Names the counter of what was taken from another server's count: shorter than both, and printable. */
function notedAs(from: ServerId, counter: string): string {
  return `taken/${sha256Base64Url(Buffer.from(`${from}\0${counter}`))}`;
}

/**
 * What was counted here until now; what the other server counted it knows.
 * @throws SealwayError `log_unavailable`
 */
export async function usesToMove(
  services: Services,
  subsystem: ClientId,
  to: ServerId,
  permissions: readonly Permission[],
): Promise<readonly Pick<CountedUses, "counter" | "used">[]> {
  const names = [...countersNow(services, subsystem, permissions).keys()];
  const moved: Pick<CountedUses, "counter" | "used">[] = [];
  for (let i = 0; i < names.length; i += askedAtOnce) {
    const asked = names.slice(i, i + askedAtOnce);
    const both = [...asked, ...asked.map((counter) => notedAs(to, counter))];
    const counts = await services.permissions.store.used(both, services.clock.now());
    for (const [n, counter] of asked.entries()) {
      const used = counts[n]! - counts[asked.length + n]!;
      if (used > 0) moved.push({ counter, used });
    }
  }
  return moved;
}

/** Of what another server counted, that which counts here, too: nothing else's counters are touched. */
export function usesTaken(
  services: Services,
  subsystem: ClientId,
  from: ServerId,
  permissions: readonly Permission[],
  moved: readonly Pick<CountedUses, "counter" | "used">[],
): readonly CountedUses[] {
  const own = countersNow(services, subsystem, permissions);
  return moved.flatMap(({ counter, used }) => {
    const expires = own.get(counter);
    return expires === undefined ? [] : [{ counter, used, expires, noted: notedAs(from, counter) }];
  });
}
