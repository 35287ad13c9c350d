import type { Text } from "../../catalogue/vocabulary.ts";
import { type ClientId, memberOf, type ServiceId } from "../../core/ids.ts";
import { partiesOf } from "../../policy/permissions/permission.ts";
import type { PermissionWords } from "../../policy/permissions/permission-text.ts";
import { elementTitles } from "../../policy/permissions/told-elements.ts";
import type { TrustSnapshot } from "../gateway-services.ts";

/** What words are looked up for. */
export interface WordedTerms {
  readonly consumer: ClientId;
  readonly service: ServiceId;
  readonly pattern?: "message";
  readonly purpose: { readonly id: string };
  readonly elements: readonly string[];
}

/** The words that the catalogue in force has for terms; identifiers where it has none any more. */
export function permissionWords(trust: TrustSnapshot, terms: WordedTerms): PermissionWords {
  const { service, purpose, elements } = terms;
  const { discloser, recipient } = partiesOf(terms);
  const document = trust.catalogue.service(service)?.document;
  const plain = (text: string): Text => ({ en: text });
  return {
    consumer: nameOf(trust, recipient),
    provider: nameOf(trust, discloser),
    service: document?.title ?? plain(service),
    purpose: document?.purposes?.find(({ id }) => id === purpose.id)?.title ?? plain(purpose.id),
    elements: elementTitles(elements, trust.vocabulary),
  };
}

/** The member's: people know agencies, not their subsystems. */
function nameOf({ configuration }: TrustSnapshot, client: ClientId): string {
  const member = memberOf(client);
  return configuration.members.find(({ id }) => id === member)?.name ?? member;
}
