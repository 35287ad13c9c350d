import type { ClientId } from "../../core/ids.ts";
import { memberOf } from "../../core/ids.ts";
import { type ExchangePart, ownSubsystem, peerSubsystem } from "../../messagelog/desk/find-parts.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { disclosureParties } from "../message-pattern.ts";
import { DenialError } from "../problem.ts";

/** Whether the subsystem on this side gave the data of an exchange, or got it. */
export type DisclosureSide = "discloser" | "recipient";

/** One side of an exchange, as this server's log has it. */
export interface ExchangeSide extends ExchangePart {
  readonly own: ClientId;
  readonly peer: ClientId;
  readonly side: DisclosureSide;
}

/** The sides of an exchange that this server's log has. Where it was not answered nothing was disclosed. */
export async function sidesOfExchange(
  { evidence, trust }: Pick<GatewayServices, "evidence" | "trust">,
  exchangeId: string,
): Promise<readonly ExchangeSide[]> {
  const { catalogue } = trust();
  return (await evidence.parts(exchangeId)).map((part) => {
    const { id, sha256 } = part.service;
    const description = catalogue.byDigest(sha256 ?? "") ?? catalogue.service(id);
    const { discloser } = disclosureParties(part.client, id, description);
    const own = ownSubsystem(part);
    return { ...part, own, peer: peerSubsystem(part), side: own === discloser ? "discloser" : "recipient" };
  });
}

/** A call of a built-in service: who asks whom. */
interface Pair {
  readonly client: ClientId;
  readonly subsystem: ClientId;
}

/**
 * The side of an exchange between the member that asks and the member asked. One that is not there, one of others and
 * one that is not meant are refused alike: nobody learns who asked whom.
 * @throws DenialError `builtin.party`
 */
export async function partOfCaller(
  services: Pick<GatewayServices, "evidence" | "trust">,
  exchangeId: string,
  { client, subsystem }: Pair,
  isMeant: (part: ExchangeSide) => boolean,
): Promise<ExchangeSide> {
  const isOf = (one: ClientId, other: ClientId) => memberOf(one) === memberOf(other);
  const parts = await sidesOfExchange(services, exchangeId);
  const found = parts.find((part) => isOf(part.own, subsystem) && isOf(part.peer, client) && isMeant(part));
  if (found !== undefined) return found;
  throw new DenialError(
    "access_denied",
    "builtin.party",
    "no exchange of this id that this could be about was between the member that asks and the member asked",
  );
}
