import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { memberOf } from "../../core/ids.ts";
import type { GatewayServices } from "../gateway-services.ts";
import type { Case, CaseEvent, JournalParts } from "./case-journal.ts";
import type { Parcel } from "./outbox.ts";
import type { ProtectedTexts } from "./protected-text.ts";

/** What all desks of cases work with. */
export interface CaseworkParts {
  services(): GatewayServices;
  readonly journal: JournalParts;
  readonly texts: ProtectedTexts;
  /** Within which the other side is to answer, milliseconds. */
  readonly answerWithin: number;
  /** Told of each parcel that a peer did not take. */
  failed(parcel: Parcel, error: SealwayError): void;
}

/** In how many cases that are open here one member may be the other side: more would be a flood. */
const mostOpenOfPeer = 1_000;

/**
 * Checks that a member has not opened as many cases here as are taken at a time.
 * @param isOpen whether a case counts
 * @throws SealwayError `too_many_open`
 */
export function checkFlood<Event extends CaseEvent>(
  cases: readonly Case<Event>[],
  { client }: { readonly client: ClientId },
  isOpen: (one: Case<Event>) => boolean,
): void {
  const open = cases.filter((one) => memberOf(one.name.peer) === memberOf(client) && isOpen(one));
  if (open.length >= mostOpenOfPeer)
    throw new SealwayError("too_many_open", "as many cases of this member are open here as are taken");
}

/** Whether a subsystem is served here, so that its member's seal is at hand. */
export function isServedHere({ trust, self }: GatewayServices, subsystem: ClientId): boolean {
  return trust().directory.serverOf(subsystem)?.id === self;
}

/** What a second answer gets that says something else than the first. */
export function alreadyAnswered(): SealwayError {
  return new SealwayError("already_answered", "the first answer stands");
}
