import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SealwayError } from "../../core/errors.ts";
import { type CookieName, cookie, readCookie } from "../../web/cookies.ts";
import { ProviderError } from "../../web/sign-in/fetch-json.ts";
import { errandFor, NotSignedIn, type PendingSignIn, signedInPath } from "../../web/sign-in/sign-in-desk.ts";
import type { AdminServices, ProviderSignIn } from "../admin-services.ts";
import type { User } from "../administration/state.ts";
import { answering } from "../api/answering.ts";
import { beginSession } from "../use-cases/sign-in.ts";

/** The two addresses of a sign-in that a browser visits: away to the provider, and back. */
export function addProviderRoutes(
  app: FastifyInstance,
  services: AdminServices,
  provider: ProviderSignIn,
): void {
  const settings = { overHttps: services.publicUrl.startsWith("https:") };
  const set = (reply: FastifyReply, name: CookieName, value: string, seconds: number | undefined) =>
    reply.header("set-cookie", cookie(name, value, settings, seconds));
  const away = answering(services.log, async (_request, reply) => {
    const { url, pending } = await telling(services, () => provider.desk.begin({ kind: "any" }, "en"));
    set(reply, "signing-in", provider.errands.seal(pending), errandFor / 1000);
    return reply.redirect(url, 303);
  });
  const back = answering(services.log, async (request, reply) => {
    const { cookie: header } = request.headers;
    const pending = provider.errands.open(readCookie(header, "signing-in", settings));
    set(reply, "signing-in", "gone", 0);
    const user = await telling(services, () => proven(services, provider, pending, request));
    const { session } = beginSession(services, user, null, readCookie(header, "session", settings));
    if (typeof session === "object") set(reply, "session", session.id, undefined);
    return reply.redirect(services.home, 303);
  });
  app.get("/sign-in", away);
  app.get(signedInPath, back);
}

/** @throws SealwayError `sign_in_required` for somebody who is no user here, `too_many_attempts` */
async function proven(
  { attempts, book, subjectDigest }: AdminServices,
  { desk }: ProviderSignIn,
  pending: PendingSignIn | undefined,
  { ip, raw }: FastifyRequest,
): Promise<User> {
  attempts.ofAddress.check(ip);
  if (pending === undefined) throw notSignedIn("the sign-in was not begun in this browser, or took too long");
  const { searchParams } = new URL(raw.url ?? "/", "https://here.invalid");
  const { identifier } = await desk.finish(searchParams, pending);
  const subject = subjectDigest(identifier);
  const { users } = await book.state();
  const user = [...users.values()].find((one) => one.subject === subject && one.enabled);
  if (user !== undefined) return user;
  attempts.ofAddress.failed(ip);
  throw notSignedIn("whoever signed in is no user here");
}

/** What went wrong at the provider is told as a refusal; its words name nobody. */
async function telling<Answer>({ log }: AdminServices, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderError || error instanceof NotSignedIn)) throw error;
    log.warn({ reason: error.message }, "no sign-in");
    throw notSignedIn("the identity provider proved no sign-in");
  }
}

function notSignedIn(detail: string): SealwayError {
  return new SealwayError("sign_in_required", detail);
}
