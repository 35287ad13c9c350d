import type { FastifyReply } from "fastify";
import { randomOctets } from "../../core/random.ts";
import type { Acting } from "../acting/acting.ts";
import { actingPage } from "../pages/acting-page.ts";
import type { Session } from "../session.ts";
import type { Visit } from "../visit.ts";
import type { Route } from "./route.ts";

export const actingRoutes: readonly Route[] = [
  ["GET", "/acting", list],
  ["POST", "/acting", choose],
  ["POST", "/acting/end", end],
];

async function list(visit: Visit): Promise<FastifyReply> {
  const { session, portal } = visit;
  if (session === undefined) return visit.redirect("/sign-in?to=acting");
  const { powers, silent } = await portal.powers.list(session.person.identifier, portal.clock.now());
  session.powers = new Map(powers.map((one) => [randomOctets(12).toString("base64url"), one]));
  return visit.show(actingPage(visit.reader, session.powers, silent));
}

/** One of those that were shown last: what another window listed before names nobody any more. */
function choose(visit: Visit): FastifyReply {
  const session = visit.session!;
  const chosen = session.powers.get(visit.field("power"));
  if (chosen === undefined) return visit.problem("bad-request");
  visit.portal.log.info({ kind: chosen.kind, source: chosen.source }, "somebody acts for another");
  actFor(session, chosen);
  return visit.redirect("/");
}

function end(visit: Visit): FastifyReply {
  actFor(visit.session!, null);
  return visit.redirect("/");
}

/** What was shown before was another one's: no form of it counts any more. */
function actFor(session: Session, acting: Acting | null): void {
  session.acting = acting;
  session.reading = null;
  session.permissions = new Map();
  session.text = null;
  session.told = null;
}
