import type { FastifyReply } from "fastify";
import { randomOctets } from "../../core/random.ts";
import type { Acting } from "../acting/acting.ts";
import { actingPage } from "../pages/acting-page.ts";
import { newSession } from "../session.ts";
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
  return actFor(visit, chosen);
}

function end(visit: Visit): FastifyReply {
  return actFor(visit, null);
}

/**
 * What was shown before was another one's: no form of it counts any more, and what a page that is still being made reads
 * belongs to the session as it was.
 */
function actFor(visit: Visit, acting: Acting | null): FastifyReply {
  const { formToken, person, powers } = visit.session!;
  const session = newSession({ acting, formToken, person, told: null });
  visit.portal.sessions.replace(visit.sessionId!, { ...session, powers });
  return visit.redirect("/");
}
