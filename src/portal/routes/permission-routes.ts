import type { FastifyReply } from "fastify";
import { startOfDay } from "../../core/day.ts";
import { NoDirectory } from "../gateways/directory.ts";
import { permissionPage, textPage } from "../pages/permission-page.ts";
import { noPermissionsPage, permissionsPage } from "../pages/permissions-page.ts";
import type { PermissionAct, ShownPermission, ShownText } from "../permissions/permission-answer.ts";
import type { PlainAct } from "../permissions/permission-desk.ts";
import { type Session, whoseOf } from "../session.ts";
import type { Visit } from "../visit.ts";
import type { Route } from "./route.ts";
import { sendAway } from "./sign-in-routes.ts";

/** Of an id: where several tell of it, names of permissions go on behind it. */
const idLength = 36;

export const permissionRoutes: readonly Route[] = [
  ["GET", "/permissions", list],
  ["GET", "/permissions/:id", showOne],
  ["GET", "/permissions/:id/extend", showExtension],
  ["POST", "/permissions/:id/give", give],
  ["POST", "/permissions/:id/decline", (visit) => end(visit, "decline")],
  ["POST", "/permissions/:id/withdraw", (visit) => end(visit, "withdraw")],
];

async function list(visit: Visit): Promise<FastifyReply> {
  const { session } = visit;
  if (session === undefined) return visit.redirect("/sign-in?to=permissions");
  const { told } = session;
  session.told = null;
  try {
    const { permissions, gaps } = await readList(visit, session);
    return visit.show(
      permissionsPage(visit.reader, { permissions, gaps, told, now: visit.portal.clock.now() }),
    );
  } catch (error) {
    if (!(error instanceof NoDirectory)) throw error;
    return visit.show(noPermissionsPage(visit.reader), 503);
  }
}

async function readList(visit: Visit, session: Session) {
  const found = await visit.portal.permissions.list(whoseOf(session));
  session.permissions = new Map(found.permissions.map((one) => [one.name, one]));
  return found;
}

/** The person's permission that the path names; a link from elsewhere may be the first that is seen of it. */
async function permissionIn(visit: Visit, session: Session): Promise<ShownPermission | undefined> {
  const id = visit.parameter("id");
  if (!session.permissions.has(id)) {
    await readList(visit, session).catch((error) => {
      if (!(error instanceof NoDirectory)) throw error;
    });
  }
  return session.permissions.get(id);
}

async function showOne(visit: Visit): Promise<FastifyReply> {
  const { session } = visit;
  if (session === undefined) return visit.redirect(`/sign-in?to=permission&id=${signInId(visit)}`);
  const shown = await permissionIn(visit, session);
  if (shown === undefined) return visit.problem("not-found");
  const now = visit.portal.clock.now();
  const isOpen = shown.permission.state === "requested" && shown.permission.validity.to > now;
  const text = isOpen ? await textFor(visit, session, shown, "give", undefined) : undefined;
  return visit.show(permissionPage(visit.reader, shown, text, now));
}

async function showExtension(visit: Visit): Promise<FastifyReply> {
  const { session } = visit;
  if (session === undefined) return visit.redirect(`/sign-in?to=permission&id=${signInId(visit)}`);
  const shown = await permissionIn(visit, session);
  const to = endOfDay(visit.query.get("to") ?? "");
  if (shown === undefined) return visit.problem("not-found");
  if (to === undefined) return visit.problem("bad-request");
  const text = await textFor(visit, session, shown, "extend", to);
  return text === undefined ? visit.problem("unavailable") : visit.show(textPage(visit.reader, shown, text));
}

/** The text that is shown now is the one that a form of this session is about. */
async function textFor(
  visit: Visit,
  session: Session,
  { permission, provider }: ShownPermission,
  name: PermissionAct["act"],
  to: number | undefined,
): Promise<ShownText | undefined> {
  const { id, revision } = permission;
  const { acting } = session;
  const act: PermissionAct = { act: name, acting, provider, permission: id, revision, to };
  session.text = (await visit.portal.permissions.text(session.person.identifier, act)) ?? null;
  return session.text ?? undefined;
}

/** Gives or extends what was shown last: the person signs in anew, for the text's digest. */
function give(visit: Visit): Promise<FastifyReply> | FastifyReply {
  const { session, sessionId } = visit;
  const text = session?.text;
  const id = visit.parameter("id").slice(0, idLength);
  const isShown = text?.act.permission === id && text.digest === visit.field("text");
  if (text === null || text === undefined || !isShown) return visit.problem("bad-request");
  const act = { session: sessionId!, act: text.act };
  return sendAway(visit, { kind: "fresh", nonce: text.digest }, { act, to: "/permissions" });
}

async function end(visit: Visit, act: PlainAct): Promise<FastifyReply> {
  const session = visit.session!;
  const shown = session.permissions.get(visit.parameter("id"));
  if (shown === undefined) return visit.problem("not-found");
  const { permissions, log } = visit.portal;
  session.told = await permissions.end(whoseOf(session), act, shown, session.person.idToken);
  log.info({ act, provider: shown.provider, outcome: session.told }, "act of a person");
  return visit.redirect("/permissions");
}

/** As it is an id, the only thing of it that an address repeats. */
function signInId(visit: Visit): string {
  const id = visit.parameter("id");
  return /^[0-9a-f-]{36}$/.test(id) ? id : "";
}

/** The end of a day, `2027-06-30`, which the person chose; UTC. */
function endOfDay(day: string): number | undefined {
  const time = startOfDay(day);
  return time === undefined ? undefined : time + 86_400_000;
}
