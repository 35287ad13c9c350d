import type { FastifyReply } from "fastify";
import { NoDirectory } from "../gateways/directory.ts";
import { goneUsePage, usePage } from "../pages/use-page.ts";
import { noUsesPage, usesPage } from "../pages/uses-page.ts";
import { type Session, whoseOf } from "../session.ts";
import { type Entry, UsesReading } from "../uses/read-uses.ts";
import type { Use } from "../uses/usage-answer.ts";
import { periodOf, readUsesView, type UsesView } from "../uses/uses-view.ts";
import type { Visit } from "../visit.ts";
import type { Route } from "./route.ts";

export const usesRoutes: readonly Route[] = [
  ["GET", "/uses", list],
  ["GET", "/uses/:exchange", showOne],
];

async function list(visit: Visit): Promise<FastifyReply> {
  const { session, portal, query } = visit;
  if (session === undefined) return visit.redirect("/sign-in?to=uses");
  const view = readUsesView(query, portal.clock.now());
  try {
    const reading = await readingFor(visit, session, view);
    // One more than is shown tells whether there is more.
    await reading.readOn(view.count + 1, view.fits);
    return visit.show(usesPage(visit.reader, reading, view));
  } catch (error) {
    if (!(error instanceof NoDirectory)) throw error;
    return visit.show(noUsesPage(visit.reader), 503);
  }
}

/** The list goes on where it was when its pages are turned; whoever opens it again asks everybody again. */
async function readingFor(visit: Visit, session: Session, view: UsesView): Promise<UsesReading> {
  const { gateways, directory } = visit.portal;
  const period = periodOf(view);
  const known = session.reading;
  if (known !== null && visit.query.has("count") && known.period?.periodStart === period?.periodStart)
    return known;
  session.reading = await UsesReading.begin(gateways, directory, whoseOf(session), period);
  return session.reading;
}

function showOne(visit: Visit): FastifyReply {
  const { session, reader } = visit;
  if (session === undefined) return visit.redirect("/sign-in?to=uses");
  const found = useIn(visit);
  return found === undefined ? visit.show(goneUsePage(reader), 404) : visit.show(usePage(reader, found));
}

/** The entry of the list that the path names; undefined when no list that was read has it. */
export function useIn(visit: Visit): (Entry & Use) | undefined {
  const exchange = visit.parameter("exchange");
  const account = visit.query.get("account") ?? "0";
  return visit.session?.reading?.entries.find(
    (entry): entry is Entry & Use =>
      entry.kind === "use" && entry.exchange === exchange && String(entry.account) === account,
  );
}
