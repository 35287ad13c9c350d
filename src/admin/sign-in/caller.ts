import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ExpiringMap } from "../../web/expiring-map.ts";
import { isOwnForm, type ShownOrigin } from "../../web/own-form.ts";
import { fitsDigest, parseApiKey } from "../administration/api-key.ts";
import type { AdministrationBook } from "../administration/book.ts";
import type { ApiKey, User } from "../administration/state.ts";
import type { Assignment } from "../roles.ts";
import type { AttemptLimit } from "./attempt-limit.ts";

/** Who is signed in in a browser. What a user may is asked anew for each request: nothing of it is kept here. */
export interface AdminSession {
  readonly user: string;
  /** The API key that opened it; null for a sign-in at the identity provider. */
  readonly key: string | null;
  /** Whom the user signed in as there (the digest): who signs in as somebody else now is another person. */
  readonly subject: string | null;
  readonly formToken: string;
  /** Milliseconds. */
  readonly began: number;
}

/** Who asks, and what they may. */
export interface Caller {
  readonly user: User;
  readonly assignments: readonly Assignment[];
  readonly key: string | null;
  readonly session: { readonly id: string; readonly session: AdminSession } | undefined;
}

/** What a request shows of who asks: all of it an attacker's choice. */
export interface Shown extends ShownOrigin {
  readonly authorization: string | undefined;
  readonly sessionId: string | undefined;
  /** The header `X-Form-Token`. */
  readonly formToken: string | undefined;
  readonly address: string;
  /** Whether the request changes anything, or stands in the log as the caller's. */
  readonly leavesTrace: boolean;
}

export interface CallerParts {
  readonly book: AdministrationBook;
  readonly sessions: ExpiringMap<AdminSession>;
  readonly attempts: { readonly ofAddress: AttemptLimit; readonly ofKey: AttemptLimit };
  readonly clock: Clock;
  readonly publicUrl: string;
}

/** The API key of a text, with its user. @throws SealwayError `sign_in_required`, `too_many_attempts` */
export async function userOfKey(
  parts: CallerParts,
  text: string,
  address: string,
): Promise<{ readonly user: User; readonly key: ApiKey }> {
  const { attempts, book, clock } = parts;
  const given = parseApiKey(text);
  const checkAttempts = () => {
    attempts.ofAddress.check(address);
    if (given !== undefined) attempts.ofKey.check(given.id);
  };
  checkAttempts();
  const { users } = await book.state();
  // Of those that came together some may have failed meanwhile; from here on nothing is awaited.
  checkAttempts();
  const found = given && keyOf(users.values(), given.id);
  if (
    found !== undefined &&
    fitsDigest(given!.secret, found.key.digest) &&
    found.user.enabled &&
    clock.now() < found.key.ends
  )
    return found;
  attempts.ofAddress.failed(address);
  if (found !== undefined) attempts.ofKey.failed(given!.id);
  throw new SealwayError("sign_in_required", "the API key is none, has ended, or is of nobody here");
}

/**
 * Who asks; undefined for nobody.
 * @throws SealwayError `sign_in_required` for a credential that is none, `form_not_ours`, `too_many_attempts`
 */
export async function callerOf(parts: CallerParts, shown: Shown): Promise<Caller | undefined> {
  const { authorization, sessionId } = shown;
  if (authorization !== undefined) {
    const text = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization)?.[1] ?? "";
    const { user, key } = await userOfKey(parts, text, shown.address);
    return callerBy(user, key, undefined);
  }
  const session = parts.sessions.use(sessionId);
  if (session === undefined) return undefined;
  if (shown.leavesTrace && !isOwnForm(parts.publicUrl, shown, shown.formToken ?? "", session.formToken))
    throw new SealwayError("form_not_ours", "the request lacks the session's form token");
  const user = (await parts.book.state()).users.get(session.user);
  const key = user?.keys.find(({ id }) => id === session.key);
  const isOver =
    session.key === null
      ? user?.subject !== session.subject
      : key === undefined || parts.clock.now() >= key.ends;
  if (user === undefined || !user.enabled || isOver) {
    parts.sessions.take(sessionId);
    return undefined;
  }
  return callerBy(user, key, { id: sessionId!, session });
}

function callerBy(user: User, key: ApiKey | undefined, session: Caller["session"]): Caller {
  const limited = key?.assignments ?? null;
  const assignments =
    limited === null ? user.assignments : user.assignments.filter(({ id }) => limited.includes(id));
  return { user, assignments, key: key?.id ?? null, session };
}

function keyOf(users: Iterable<User>, id: string): { user: User; key: ApiKey } | undefined {
  for (const user of users) {
    const key = user.keys.find((one) => one.id === id);
    if (key !== undefined) return { user, key };
  }
  return undefined;
}
