import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { AgreementWatch } from "./agreement-watch.ts";
import type { CatalogueFault, PublishedCatalogue } from "./published-catalogue.ts";
import type { QuotaDesk } from "./quota-desk.ts";

/**
 * What an operator should know of the catalogue: what is published and not right, fields that are withdrawn from
 * services that are asked from here, agreements that it does not let this server keep, and those whose quota is exceeded.
 * @throws SealwayError `configuration_expired`
 */
export function catalogueAlarms(
  services: GatewayServices,
  { faults }: Pick<PublishedCatalogue, "faults">,
  watch: AgreementWatch,
  quotas: QuotaDesk,
): Alarm[] {
  const ofAgreements = [...watch.alarms(services), ...quotas.alarms()];
  return [...faults.map(faultAlarm), ...narrowed(services), ...ofAgreements];
}

function faultAlarm({ about, detail }: CatalogueFault): Alarm {
  const remedy =
    "Ask the governing authority; if it restored its catalogue from a copy and says that it is right, stop the server and delete catalogue-heads.json in its state directory.";
  return { code: "catalogue_refused", severity: "warning", about, detail, remedy };
}

function* narrowed({
  agreements,
  clients,
  trust,
}: Pick<GatewayServices, "agreements" | "clients" | "trust">): Generator<Alarm> {
  const { catalogue } = trust();
  for (const description of catalogue.services()) {
    const { withdrawnFields } = catalogue.standingOf(description);
    if (withdrawnFields.length === 0) continue;
    const isAsked = [...clients.keys()].some(
      (client) => agreements.between(client, description.id).length > 0,
    );
    if (!isAsked) continue;
    const detail = `the provider has withdrawn fields of its answers: ${withdrawnFields.join(", ")}`;
    const remedy = "Tell those whose systems use the fields; the provider's contact knows why.";
    yield { code: "service_narrowed", severity: "warning", about: description.id, detail, remedy };
  }
}
