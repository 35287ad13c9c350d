import type { FastifyReply } from "fastify";
import { randomOctets } from "../../core/random.ts";
import type { ProvenPerson } from "../../web/sign-in/check-id-token.ts";
import { ProviderError } from "../../web/sign-in/fetch-json.ts";
import { errandFor, NotSignedIn, type SignInKind, signedInPath } from "../../web/sign-in/sign-in-desk.ts";
import { type Errand, newSession, type Session } from "../session.ts";
import type { Visit } from "../visit.ts";
import { finishAct } from "./finish-act.ts";
import type { Route } from "./route.ts";

export const signInRoutes: readonly Route[] = [
  ["GET", "/sign-in", (visit) => sendAway(visit, { kind: "any" }, { act: null, to: wishedPlace(visit) })],
  ["GET", signedInPath, comeBack],
  ["POST", "/sign-out", signOut],
];

/** Sends a browser to the identity provider; what it is to come back with it keeps itself, sealed. */
export async function sendAway(
  visit: Visit,
  how: SignInKind,
  errand: Pick<Errand, "act" | "to">,
): Promise<FastifyReply> {
  const { signIn, errands, log } = visit.portal;
  try {
    const { url, pending } = await signIn.begin(how, visit.language);
    visit.setCookie("signing-in", errands.seal({ signIn: pending, ...errand }), errandFor / 1000);
    return visit.redirect(url);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.warn({ reason: error.message }, "no sign-in");
    return visit.problem("unavailable");
  }
}

async function comeBack(visit: Visit): Promise<FastifyReply> {
  const { errands, signIn, log } = visit.portal;
  const errand = errands.open(visit.cookie("signing-in"));
  visit.setCookie("signing-in", "gone", 0);
  if (errand === undefined) return visit.problem("sign-in-failed");
  try {
    const proven = await signIn.finish(visit.query, errand.signIn);
    return errand.act === null ? begin(visit, proven, errand.to) : await goOn(visit, errand.act, proven);
  } catch (error) {
    if (error instanceof NotSignedIn) {
      log.info({ reason: error.message }, "sign-in stopped");
      return visit.problem("sign-in-stopped");
    }
    if (!(error instanceof ProviderError)) throw error;
    log.warn({ reason: error.message }, "sign-in refused");
    return visit.problem("sign-in-failed");
  }
}

/** A session has a new id whenever somebody signs in: one that was known before is worth nothing. */
function begin(visit: Visit, proven: ProvenPerson, to: string): FastifyReply {
  openSession(visit, proven, { told: null, acting: null });
  return visit.redirect(to);
}

/** Where somebody wanted to go before signing in; a name of ours, never an address. */
function wishedPlace({ query }: Visit): string {
  const id = query.get("id") ?? "";
  if (query.get("to") === "permission" && /^[0-9a-f-]{36}$/.test(id)) return `/permissions/${id}`;
  return places.get(query.get("to") ?? "") ?? "/";
}

const places = new Map(["uses", "permissions", "acting"].map((name) => [name, `/${name}`]));

async function goOn(
  visit: Visit,
  { session: id, act }: NonNullable<Errand["act"]>,
  proven: ProvenPerson,
): Promise<FastifyReply> {
  const session = visit.sessionId === id ? visit.session : undefined;
  if (session === undefined) return visit.problemSignedOut("session-ended");
  if (session.person.identifier !== proven.identifier) {
    closeSession(visit);
    return visit.problemSignedOut("another-person");
  }
  const told = await finishAct(visit, act, proven);
  openSession(visit, proven, { told, acting: act.acting });
  return visit.redirect("/permissions");
}

async function signOut(visit: Visit): Promise<FastifyReply> {
  const { signIn, publicUrl } = visit.portal;
  closeSession(visit);
  const elsewhere = await signIn.endOfSession(`${publicUrl}/`).catch(() => undefined);
  return visit.redirect(elsewhere ?? "/");
}

function openSession(visit: Visit, proven: ProvenPerson, goesOn: Pick<Session, "acting" | "told">): void {
  const { sessions, clock } = visit.portal;
  if (visit.sessionId !== undefined) sessions.take(visit.sessionId);
  const { identifier, name, acr, idToken } = proven;
  const person = { identifier, name: name || identifier, acr, signedInAt: clock.now(), idToken };
  const formToken = randomOctets(32).toString("base64url");
  const id = sessions.add(newSession({ person, formToken, ...goesOn }));
  visit.setCookie("session", id, undefined);
}

function closeSession(visit: Visit): void {
  visit.portal.sessions.take(visit.sessionId);
  visit.setCookie("session", "gone", 0);
}
