import { SealwayError } from "../core/errors.ts";
import type { BuiltInCall } from "../exchange/builtin/built-in-client.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { confirmPower, livingKinds } from "../exchange/representation/acting-for.ts";
import type { SoughtPerson } from "../messagelog/search/sought-person.ts";
import type { PowerKind } from "../policy/representation/power.ts";
import type { Portal } from "./check-reader.ts";
import type { Viewer } from "./disclosure-rule.ts";
import type { UsageQuery } from "./usage-query.ts";

/** As whom somebody reads another one's list. */
export type Representative = Exclude<Viewer, "self">;

const kinds: Readonly<Record<Representative, readonly PowerKind[]>> = {
  guardian: livingKinds,
  heir: ["heir"],
};

type Source = Pick<UsageQuery, "source">;

/**
 * By which scheme the source of a power names those who are represented.
 * @throws SealwayError `missing_parameter`; `representation_refused` for a source that does not count here
 */
export function schemeOfRepresented({ powers }: Pick<GatewayServices, "powers">, { source }: Source): string {
  if (source === null)
    throw new SealwayError("missing_parameter", "source is missing: who knows of the power");
  const found = powers.settings.sources.find(({ service }) => service === source);
  if (found !== undefined) return found.represented;
  throw new SealwayError("representation_refused", "no such source of powers counts here");
}

/**
 * Confirms at its authentic source that the one who has signed in may see all of a person's uses: the portal's word is
 * that he signed in, and no more. A power over some data alone does not show what was done with the rest.
 * @throws SealwayError as `confirmPower`
 */
export async function checkPower(
  services: GatewayServices,
  { subsystem, userId = "" }: Pick<BuiltInCall, "subsystem" | "userId">,
  { source }: Source,
  { portal, person, viewer }: { portal: Portal; person: SoughtPerson; viewer: Representative },
): Promise<void> {
  const by = { scheme: portal.scheme, value: userId, source: source ?? "" };
  const need = { act: "see", kinds: kinds[viewer], elements: null } as const;
  await confirmPower(services, { client: subsystem, person, by }, need, "use");
}
