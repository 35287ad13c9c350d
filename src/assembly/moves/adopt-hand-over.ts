import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf, type ServerId } from "../../core/ids.ts";
import { judgeSideSeal } from "../../exchange/builtin/judge-agreement-act.ts";
import { judgeMovedPermissions, keepMovedPermissions } from "../../exchange/permissions/moved-permissions.ts";
import type { LogDesk } from "../../messagelog/desk/log-desk.ts";
import type { DurableMessageLog } from "../../messagelog/message-log.ts";
import type { AgreementBook } from "../agreement-book.ts";
import { adoptedHandOvers } from "./adopted-hand-overs.ts";
import type { StateParts } from "./collect-state.ts";
import type { HandOver } from "./hand-over.ts";
import type { MoveReports } from "./move-orders.ts";
import { usesTaken } from "./moved-counters.ts";
import { judgePapers } from "./moved-papers.ts";
import { openState } from "./moved-state.ts";
import type { OpenInvitation, OpenInvitations } from "./open-invitations.ts";

export interface AdoptionParts extends StateParts {
  readonly book: AgreementBook;
  readonly desk: LogDesk;
  readonly log: Pick<DurableMessageLog, "keep" | "takeUses">;
  readonly invitations: OpenInvitations;
}

/** By how much the clocks of two servers may differ, milliseconds. */
const skew = 60_000;

/**
 * Takes what another server hands over. All of it is judged before the first is kept: nothing is half adopted. Work that
 * breaks off behind that is made good by another hand-over: what is here is passed over.
 * @throws SealwayError `hand_over_refused`, `wrong_recipient`, `unknown_member`, `act_not_fresh`, `certificate_…`; as the
 *   judges of agreements, permissions and restrictions
 */
export async function adoptHandOver(
  parts: AdoptionParts,
  handOver: HandOver,
): Promise<MoveReports["move adopt"]> {
  const { book, invitations, log, restrictions, services, vault } = parts;
  const { from, origins = [], subsystem } = handOver.payload;
  judgeOrigin(parts, handOver);
  const statement = Buffer.from(handOver.statement, "latin1");
  const sha256 = sha256Base64Url(statement);
  await checkNew(parts, handOver, sha256);
  const invitation = invitationOf(parts, handOver);
  const items = await openState(handOver.sealed, invitation.privateKey);
  const ofKind = <Kind extends (typeof items)[number]["kind"]>(kind: Kind) =>
    items.filter((item): item is Extract<(typeof items)[number], { kind: Kind }> => item.kind === kind);
  const agreements = await judgePapers(services, subsystem, handOver.papers);
  const permissions = await judgeMovedPermissions(services, subsystem, ofKind("revision"));
  const acts = ofKind("restriction").map(({ signed }) => Buffer.from(signed, "latin1"));
  const restricted = restrictions.judgeMoved(acts, subsystem);
  const uses = ofKind("uses");
  if (!uses.every(({ origin }) => origins.includes(origin)))
    throw new SealwayError("malformed_statement", "hand-over: it does not name all whose uses go along");
  // First what forbids, then what permits.
  await restrictions.keepMoved(restricted);
  for (const { kind, text } of handOver.papers) await book.papers.keep(kind, Buffer.from(text, "latin1"));
  await book.follow();
  const newest = permissions.map((revisions) => revisions.at(-1)!.permission);
  await log.takeUses(usesTaken(services, subsystem, newest, uses));
  const apart = await keepMovedPermissions(services, vault, permissions, from);
  await log.keep({ kind: "hand-over", sha256, bytes: statement });
  invitations.end(invitation.id);
  return { subsystem, agreements, permissions: permissions.length, apart };
}

/** The owner of the server from which it comes says so, about this server, with a seal that was good then. */
function judgeOrigin({ services }: AdoptionParts, { certificate, payload }: HandOver): void {
  const { clock, judge, seals, self, trust } = services;
  const { from, instance, subsystem, time, to } = payload;
  const { configuration, directory } = trust();
  const old = directory.server(from);
  const served: ServerId | undefined = directory.serverOf(subsystem)?.id;
  if (instance !== configuration.parameters.instance || to !== self || old === undefined)
    throw new SealwayError("wrong_recipient", `the hand-over is for ${to}`);
  if (served !== from && served !== self)
    throw new SealwayError("unknown_member", `${subsystem} is served by neither of both servers`);
  if (!seals.has(memberOf(subsystem)))
    throw new SealwayError("unknown_member", `${memberOf(subsystem)} has no seal at this server`);
  if (time > clock.now() + skew) throw new SealwayError("act_not_fresh", "it was signed in the future");
  judgeSideSeal({ clock, judge, trust }, old.owner, certificate, time);
}

async function checkNew(
  { desk, services: { self } }: AdoptionParts,
  { payload: { subsystem, time } }: HandOver,
  sha256: string,
): Promise<void> {
  const adopted = await adoptedHandOvers(desk, self, subsystem);
  if (adopted.some((one) => one.sha256 === sha256)) throw refused("it was adopted before");
  if (adopted.some(({ payload }) => payload.time >= time))
    throw refused(`a newer one of ${subsystem} was adopted`);
}

function invitationOf({ invitations }: AdoptionParts, { payload }: HandOver): OpenInvitation {
  const invitation = invitations.get(payload.invitation);
  if (invitation === undefined) throw refused("it answers no invitation that is open since this server runs");
  const { from, subsystem, time } = invitation;
  if (payload.subsystem !== subsystem || payload.from !== from)
    throw refused(`invited was ${subsystem}, from ${from}`);
  if (payload.time < time - skew) throw refused("it was signed before the invitation");
  return invitation;
}

function refused(detail: string): SealwayError {
  return new SealwayError("hand_over_refused", detail);
}
