import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { SearchRow } from "../messagelog/search/search-row.ts";
import type { EnvelopeRecipient } from "../pki/hybrid-envelope.ts";
import type { UseSight } from "../policy/permissions/judge-permission.ts";
import type { CoverableExchange } from "../policy/restrictions/restriction.ts";
import type { GatewayServices } from "./gateway-services.ts";

/*
 * The one place on the path that knows whether an exchange is restricted. Two read it: the record, whose head and tags
 * are kept apart then, and the watch, which then tells nobody that there was an exchange. What is listed later asks the
 * same law with the row of the index (`assembly/restriction-book.ts`).
 */

type Parties = Omit<CoverableExchange, "time">;
type Named = Pick<ExchangeDocument, "id" | "client" | "service" | "purpose">;

/**
 * To whom the head of a record is encrypted beside its own key; undefined for one that is not restricted.
 * @param time when it is recorded, milliseconds
 */
export function readersOfRecord(
  { restrictions }: Pick<GatewayServices, "restrictions">,
  document: Named,
  time: number,
): readonly EnvelopeRecipient[] | undefined {
  const restriction = restrictions.covering({ ...partiesOf(document), time }, time);
  return restriction && restrictions.readersOf(restriction);
}

/** What of an exchange the watch must know, on the side of the consumer. */
interface Call {
  readonly services: Pick<GatewayServices, "restrictions" | "clock">;
  readonly id: string;
  readonly client: string;
  readonly target: { readonly service: string };
  readonly purpose: { readonly purpose: { readonly id: string } } | null;
}

/**
 * Whether those who watch the gateway are told nothing of a call, however it ended: also of one that was refused before
 * its request was signed, as soon as its purpose was found.
 */
export function isRestrictedCall({ services, id, client, target, purpose }: Call): boolean {
  if (purpose === null) return false;
  const parties = { exchangeId: id, consumer: client, service: target.service, purpose: purpose.purpose.id };
  return isCovered(services, parties);
}

/** As `isRestrictedCall`, of a message from a peer: nothing that is not authentic could be covered. */
export function isRestrictedRequest({
  services,
  request,
}: {
  readonly services: Call["services"];
  readonly request: { readonly document: Named } | undefined;
}): boolean {
  return request !== undefined && isCovered(services, partiesOf(request.document));
}

/** Among which uses a call counts that is not recorded yet, and has no id of its own. */
export function sightOf(services: Call["services"], parties: Omit<Parties, "exchangeId">): UseSight {
  return isCovered(services, { ...parties, exchangeId: "" }) ? "restricted" : "ordinary";
}

function isCovered({ restrictions, clock }: Call["services"], parties: Parties): boolean {
  const time = clock.now();
  return restrictions.covering({ ...parties, time }, time) !== undefined;
}

function partiesOf({ id, client, service, purpose }: Named): Parties {
  return { exchangeId: id, consumer: client, service: service.id, purpose: purpose?.id ?? null };
}

/** A row of the index, as the law looks at it. */
export function coverableRow({
  exchangeId,
  consumer,
  service,
  purpose,
  time,
}: Pick<SearchRow, "exchangeId" | "consumer" | "service" | "purpose" | "time">): CoverableExchange {
  const id = purpose === null ? null : purpose.slice(0, purpose.lastIndexOf("#"));
  return { exchangeId, consumer, service, purpose: id, time };
}
