import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ExchangeId, ServiceId } from "../../core/ids.ts";
import { providerOf } from "../../core/ids.ts";
import type { DisclosureQuestion, FoundDisclosures } from "../../messagelog/desk/find-disclosures.ts";
import type { SoughtTag } from "../../messagelog/search/search-query.ts";
import type { GatewayServices, TrustSnapshot } from "../gateway-services.ts";
import { disclosureParties } from "../message-pattern.ts";
import type { CorrectedData, CorrectionRecipient } from "./correction-event.ts";
import { mayDisclose } from "./disclosed-fields.ts";

/** Exchanges of one recipient that are named to it, and recipients that fit in one statement. */
const mostExchanges = 20;
const mostRecipients = 500;

export interface DisclosureDesk {
  /** @throws SealwayError `log_unavailable` */
  disclosures(question: DisclosureQuestion): Promise<FoundDisclosures>;
}

/**
 * Everybody to whom the log says that an element of a person's data was disclosed by a service, in a push too.
 * @param own the subsystem that disclosed it
 * @param tags of the person
 * @throws SealwayError `bad_request` when there are more than can be told at once
 */
export async function findRecipients(
  { clock, restrictions, trust }: Pick<GatewayServices, "clock" | "restrictions" | "trust">,
  desk: DisclosureDesk,
  own: ClientId,
  { service, elements, from, until }: CorrectedData,
  tags: readonly SoughtTag[],
): Promise<readonly CorrectionRecipient[]> {
  const { catalogue } = trust();
  const role = providerOf(service) === own ? "provider" : "consumer";
  const { found, isCutOff } = await desk.disclosures({ service, role, tags, since: from, until });
  if (isCutOff) throw tooMany("exchanges");
  const byRecipient = new Map<ClientId, ExchangeId[]>();
  const now = clock.now();
  for (const { exchangeId, client, sha256, endpoint, purpose, removed, time } of found) {
    // The list of recipients is read by officers who may not know of it.
    if (restrictions.covering({ exchangeId, consumer: client, service, purpose, time }, now)) continue;
    const description = catalogue.byDigest(sha256 ?? "") ?? catalogue.service(service as ServiceId);
    const { discloser, recipient } = disclosureParties(client, service, description);
    if (discloser !== own || !mayDisclose(description, endpoint ?? undefined, removed, elements)) continue;
    byRecipient.set(recipient, [...(byRecipient.get(recipient) ?? []), exchangeId]);
  }
  if (byRecipient.size > mostRecipients) throw tooMany("recipients");
  return [...byRecipient].map(([recipient, exchanges]) => ({
    ...{ recipient, count: exchanges.length, exchanges: exchanges.slice(0, mostExchanges) },
  }));
}

/** Whether an element is one of the vocabulary, or of a version of the service: anything else could be a name. */
export function isKnownElement(
  { catalogue, vocabulary }: Pick<TrustSnapshot, "catalogue" | "vocabulary">,
  service: ServiceId,
  element: string,
): boolean {
  if (vocabulary.element(element) !== undefined) return true;
  return catalogue
    .versions(service)
    .some((description) => mayDisclose(description, undefined, [], [element]));
}

function tooMany(what: string): SealwayError {
  return new SealwayError(
    "bad_request",
    `more ${what} than can be told at once: announce it for shorter periods`,
  );
}
