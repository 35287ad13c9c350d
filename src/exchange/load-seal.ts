import { SealwayError } from "../core/errors.ts";
import { type ClientId, memberOf } from "../core/ids.ts";
import { awaitConfiguration, longPatience } from "./await-configuration.ts";
import { checkSeal } from "./check-seal.ts";
import type { MemberSeal, TrustSnapshot } from "./gateway-services.ts";
import type { ProviderExchange } from "./provider-exchange.ts";

/**
 * The seal with which a request is answered: the provider must be served here. Of a provider that has moved here a
 * moment ago the consumer may know first; of one that has moved away, we may.
 * @throws SealwayError `provider_moved`, `unknown_member`; `signer_unavailable`
 */
export async function loadSeal(x: ProviderExchange, provider: ClientId): Promise<MemberSeal> {
  const { services } = x;
  const isServedHere = ({ directory }: TrustSnapshot) => directory.serverOf(provider)?.id === services.self;
  const awaited = {
    before: x.trust,
    named: x.verified.document.configuration.version,
    patience: longPatience,
  };
  x.trust = await awaitConfiguration(services, awaited, isServedHere);
  if (!isServedHere(x.trust)) {
    const other = x.trust.directory.serverOf(provider);
    if (other !== undefined) throw new SealwayError("provider_moved", `${provider} is served by ${other.id}`);
  }
  const seal = isServedHere(x.trust) ? services.seals.get(memberOf(provider)) : undefined;
  if (seal === undefined) throw new SealwayError("unknown_member", `${provider} is not served here`);
  checkSeal(services, x.trust, seal);
  return seal;
}
