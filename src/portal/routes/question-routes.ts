import type { FastifyReply } from "fastify";
import { type ClientId, encodePart, isInOneSpelling, parseClientId, unsafeId } from "../../core/ids.ts";
import { questionPage } from "../pages/question-page.ts";
import { mostQuestion } from "../questions/question-desk.ts";
import type { Visit } from "../visit.ts";
import type { Route } from "./route.ts";
import { useIn } from "./uses-routes.ts";

export const questionRoutes: readonly Route[] = [
  ["POST", "/uses/:exchange/ask", ask],
  ["GET", "/questions/:instance/:class/:member/:subsystem/:id", show],
];

/** Asks whoever got the data of an entry of the person's own list. */
async function ask(visit: Visit): Promise<FastifyReply> {
  const { portal, session } = visit;
  const use = useIn(visit);
  // Whom somebody acts for is no party to the question: the addressee would answer somebody whom it cannot know.
  if (session?.acting !== null) return visit.problem("bad-request");
  const text = visit.field("text").replaceAll("\r\n", "\n").trim();
  const addressee = use?.to.subsystem;
  if (use === undefined || typeof addressee !== "string") return visit.problem("not-found");
  if (text === "" || text.length > mostQuestion || !isInOneSpelling(addressee, parseClientId))
    return visit.problem("bad-request");
  const person = session!.person.identifier;
  const asked = await portal.questions.ask(person, unsafeId<ClientId>(addressee), use.exchange, text);
  portal.log.info({ addressee, outcome: asked === undefined ? "failed" : "asked" }, "question of a person");
  return asked === undefined
    ? visit.problem("not-asked")
    : visit.redirect(`/questions/${addressee}/${asked.id}`);
}

async function show(visit: Visit): Promise<FastifyReply> {
  const { portal, session, reader } = visit;
  if (session === undefined) return visit.redirect("/sign-in");
  // A member that has somebody follow a link to a question of its own would be told who that is.
  if (visit.isLedHere()) return visit.problem("other-site");
  const parts = ["instance", "class", "member", "subsystem"].map((name) => encodePart(visit.parameter(name)));
  const addressee = parts.join("/");
  const id = visit.parameter("id");
  if (!isInOneSpelling(addressee, parseClientId) || !/^[0-9a-f-]{36}$/.test(id))
    return visit.problem("not-found");
  const state = await portal.questions.state(session.person.identifier, unsafeId<ClientId>(addressee), id);
  return state === undefined ? visit.problem("not-found") : visit.show(questionPage(reader, state));
}
