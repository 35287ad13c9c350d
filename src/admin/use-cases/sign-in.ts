import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { randomOctets } from "../../core/random.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { AdminServices } from "../admin-services.ts";
import { newSecret } from "../administration/api-key.ts";
import type { AdministrationDraft, Fact } from "../administration/entry.ts";
import { isAdministered, type User } from "../administration/state.ts";
import type { Answered, OpenRoute } from "../api/route.ts";
import { demanded, identifier, line, uuid, whole } from "../api/shapes.ts";
import { userOfKey } from "../sign-in/caller.ts";

const secret = { type: "string", minLength: 1, maxLength: 200 };
const begun = whole({ user: uuid, formToken: { type: "string" } });
const weekMs = 7 * 86_400_000;

/** What somebody may do who is not signed in. */
export const openRoutes: readonly OpenRoute[] = [
  {
    ...{ method: "POST", path: "/session", summary: "Opens a session of a browser by an API key" },
    ...{ body: demanded({ key: secret }, ["key"]), answer: begun, status: 201 },
    run: async ({ services, body, address, sessionId }) => {
      const { user, key } = await userOfKey(services, String(body.key), address);
      return beginSession(services, user, key.id, sessionId);
    },
  },
  {
    ...{ method: "POST", path: "/first-administrator", status: 201 },
    summary: "Makes the first user, by the code that the process printed at its start",
    body: demanded({ code: secret, name: line, subject: identifier }, ["code", "name"]),
    answer: whole({ user: uuid, key: uuid, secret: { type: "string" } }),
    run: ({ services, body, address }) => makeFirst(services, body, address),
  },
];

/**
 * Opens a session. It has a new id whenever somebody signs in: one that was known before is worth nothing.
 * @param before the id that the browser had
 */
export function beginSession(
  { sessions, clock }: AdminServices,
  { id: user, subject }: User,
  key: string | null,
  before: string | undefined,
): Answered {
  sessions.take(before);
  const formToken = randomOctets(32).toString("base64url");
  const id = sessions.add({ user, key, subject, formToken, began: clock.now() });
  return { status: 201, body: { user, formToken }, session: { id } };
}

function makeFirst(
  services: AdminServices,
  body: Readonly<Record<string, Json>>,
  address: string,
): Promise<Answered> {
  const { attempts, book, clock, first } = services;
  attempts.ofAddress.check(address);
  if (!first.fits(String(body.code))) {
    attempts.ofAddress.failed(address);
    throw new SealwayError("sign_in_required", "the code is not the one that was printed, or is used up");
  }
  return book.change(async (state, keep) => {
    const now = clock.now();
    if (isAdministered(state, now, services.provider === undefined ? "keys" : "provider"))
      throw new SealwayError("sign_in_required", "there is an administrator already");
    const [user, assignment, key] = [uuidV7(now), uuidV7(now), uuidV7(now)];
    const { text, digest } = newSecret(key);
    const subject = body.subject === undefined ? null : services.subjectDigest(String(body.subject));
    const facts: readonly Fact[] = [
      { what: "user-made", user, name: String(body.name), place: "*", subject },
      { what: "role-given", user, assignment, role: "administrator", place: "*" },
      { what: "key-made", user, key, name: "first", digest, assignments: null, ends: now + weekMs },
    ];
    for (const [i, fact] of facts.entries()) await keep(firstDraft(fact, user, now + i));
    return { status: 201, body: { user, key, secret: text } };
  });
}

function firstDraft(fact: Fact, user: string, time: number): AdministrationDraft {
  return {
    ...{ id: uuidV7(time), time, by: "first-code", key: null, roles: [], member: null, reason: null },
    ...{ route: "POST /api/v1/first-administrator", about: [`user ${user}`], fact },
  };
}
