import { parseMemberId } from "../core/ids.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { OcspStapler } from "../pki/ocsp-stapler.ts";
import type { AgreementOffice } from "./agreement-office.ts";
import { parseAgreementOrder } from "./agreement-orders.ts";
import { hourDeskOf } from "./built-ins.ts";
import type { Casework } from "./casework.ts";
import { parseCaseworkOrder } from "./casework-orders.ts";
import { keepAdministration } from "./console/administration-office.ts";
import { CatalogueOffice } from "./console/catalogue-office.ts";
import { parseCatalogueOrder } from "./console/catalogue-orders.ts";
import { KeyWorkOffice } from "./console/key-work-office.ts";
import { parseKeyWorkOrder } from "./console/key-work-orders.ts";
import { respondRegistration } from "./console/registration-office.ts";
import { EmergencyOffice } from "./emergency-office.ts";
import { findForgeries } from "./keys/find-forgeries.ts";
import { keyOffice } from "./keys/key-office.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import { MoveOffice } from "./moves/move-office.ts";
import { parseMoveOrder } from "./moves/move-orders.ts";
import { fetchOtherSide } from "./order-other-side.ts";
import { PermissionOffice } from "./permission-office.ts";
import { parsePermissionOrder } from "./permission-orders.ts";
import type { QuotaDesk } from "./quota-desk.ts";
import { RestrictionOffice } from "./restriction-office.ts";
import { parseRestrictionOrder } from "./restriction-orders.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { ServiceOffice } from "./service-office.ts";
import { parseServiceOrder } from "./service-orders.ts";
import type { ServiceTargets } from "./service-targets.ts";
import type { TrustInUse } from "./trust-in-use.ts";

/** Does what a command orders of the running server; undefined for what another office does. */
export type Office = (order: Buffer) => Promise<unknown> | undefined;

export interface OfficeParts {
  readonly configuration: ServerConfiguration;
  readonly services: GatewayServices;
  readonly trust: TrustInUse;
  readonly targets: ServiceTargets;
  readonly desk: LogDesk;
  readonly log: Pick<DurableMessageLog, "content" | "takeUses" | "keep" | "nodes">;
  readonly restrictions: ConstructorParameters<typeof RestrictionOffice>[1];
  readonly agreements: AgreementOffice;
  readonly quotas: QuotaDesk;
  readonly casework: Casework;
  readonly keys: KeyRing;
  readonly stapler: OcspStapler;
}

/** The offices of a server, but that of erasures and holds, and what it must be reminded of. */
export interface Offices {
  readonly all: readonly Office[];
  readonly emergencies: EmergencyOffice;
}

/** @throws Error when what was recorded of emergencies cannot be read */
export async function openOffices(parts: OfficeParts): Promise<Offices> {
  const { agreements, casework, configuration, desk, quotas, services, targets, trust } = parts;
  const { clock, seals } = services;
  const { mirrors } = configuration;
  const catalogue = { agreements: services.agreements, clock, mirrors, seals, targets, trust };
  const forServices = new ServiceOffice(catalogue);
  const forKeys = new KeyWorkOffice(configuration, clock);
  const { vault } = parts.log.content;
  const moved = { services, vault, restrictions: parts.restrictions, book: agreements.book };
  const forMoves = new MoveOffice({ ...moved, casework, desk, log: parts.log });
  const forPermissions = new PermissionOffice(services);
  const forRestrictions = new RestrictionOffice(services, parts.restrictions);
  const forConsole = new CatalogueOffice(services);
  const emergencies = await EmergencyOffice.open(services, desk, parts.log.nodes);
  const all: readonly Office[] = [
    office(parseServiceOrder, (order) => forServices.execute(order)),
    office(parseAgreementOrder, (order) => agreements.execute(order)),
    office(parseRestrictionOrder, (order) => forRestrictions.execute(order)),
    (order) => emergencies.execute(order),
    (order) => quotas.execute(order),
    keyOffice(parts.keys, parts.stapler, async (member, from) =>
      findForgeries(services, hourDeskOf(desk), parseMemberId(member), Date.parse(from)),
    ),
    office(parsePermissionOrder, (order) => forPermissions.execute(order)),
    office(parseMoveOrder, (order) => forMoves.execute(order)),
    office(parseCaseworkOrder, (order) => casework.execute(order)),
    (order) => keepAdministration(services, order),
    (order) => respondRegistration({ ...configuration, clock, seals }, order),
    (order) => fetchOtherSide(services, order),
    office(parseKeyWorkOrder, (order) => forKeys.execute(order)),
    office(parseCatalogueOrder, (order) => forConsole.execute(order)),
  ];
  return { all, emergencies };
}

/** @param parse gives undefined for an order that is about something else */
function office<Order>(
  parse: (bytes: Buffer) => Order | undefined,
  execute: (order: Order) => Promise<unknown>,
): Office {
  return (bytes) => {
    const order = parse(bytes);
    return order === undefined ? undefined : execute(order);
  };
}
