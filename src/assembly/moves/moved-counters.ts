import { sha256Base64Url } from "../../core/bytes.ts";
import { type ClientId, providerOf, type ServerId } from "../../core/ids.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import type { CountedUses } from "../../messagelog/message-record.ts";
import { countersOf, type UseSight } from "../../policy/permissions/judge-permission.ts";
import type { Permission } from "../../policy/permissions/permission.ts";
import { quotaUses, quotaWindows } from "../../policy/quota.ts";

type Services = Pick<GatewayServices, "agreements" | "clock" | "permissions" | "self" | "trust">;
/** Until when a counter is kept, milliseconds, by its name. */
type Counters = ReadonlyMap<string, number>;

/** How often something was used at one server, of which it may have heard from a third one. */
export interface MovedUses extends Pick<CountedUses, "counter" | "used"> {
  readonly origin: ServerId;
}

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

/** Names the counter of what was taken of another server's uses: shorter than both, and printable. */
function notedAs(origin: ServerId, counter: string): string {
  return `taken/${sha256Base64Url(Buffer.from(`${origin}\0${counter}`))}`;
}

/**
 * What counts here, by the server at which it was used: what comes back on any way is known there.
 * @param taken servers of which this one took uses
 * @throws SealwayError `log_unavailable`
 */
export async function usesToMove(
  services: Services,
  subsystem: ClientId,
  taken: readonly ServerId[],
  permissions: readonly Permission[],
): Promise<readonly MovedUses[]> {
  const { clock, permissions: book, self } = services;
  const names = [...countersNow(services, subsystem, permissions).keys()];
  const moved: MovedUses[] = [];
  for (let i = 0; i < names.length; i += askedAtOnce) {
    const asked = names.slice(i, i + askedAtOnce);
    const all = asked.flatMap((counter) => [counter, ...taken.map((origin) => notedAs(origin, counter))]);
    const counts = await book.store.used(all, clock.now());
    for (const [n, counter] of asked.entries()) {
      const [total, ...others] = counts.slice(n * (1 + taken.length), (n + 1) * (1 + taken.length));
      const own = others.reduce((rest, used) => rest - used, total!);
      moved.push({ counter, origin: self, used: own });
      moved.push(...taken.map((origin, k) => ({ counter, origin, used: others[k]! })));
    }
  }
  return moved.filter(({ used }) => used > 0);
}

/** Of what other servers counted, that which counts here, too: nothing else's counters are touched. */
export function usesTaken(
  services: Services,
  subsystem: ClientId,
  permissions: readonly Permission[],
  moved: readonly MovedUses[],
): readonly CountedUses[] {
  const own = countersNow(services, subsystem, permissions);
  return moved.flatMap(({ counter, origin, used }) => {
    const expires = own.get(counter);
    if (expires === undefined || origin === services.self) return [];
    return [{ counter, used, expires, noted: notedAs(origin, counter) }];
  });
}
