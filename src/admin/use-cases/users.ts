import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { Fact } from "../administration/entry.ts";
import type { AdministrationState, User } from "../administration/state.ts";
import { isInHandsOf } from "../administration/two-people.ts";
import { checkRevision } from "../api/perform.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, place, role } from "../api/shapes.ts";
import type { Place, Reach, Role } from "../roles.ts";
import { listOfUsers, shownUser, toldUser } from "./told-user.ts";

const allowed = ["administrator"] as const;
const usual = { allowed, scope: "members", personal: "none", people: 1 } as const;

export const userRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/users", summary: "Users of the caller's members", ...usual },
    ...{ allowed: ["administrator", "security-officer"], audit: "none", answer: listOfUsers },
    run: async ({ services, reach }) => {
      const { users } = await services.book.state();
      const own = [...users.values()].filter((user) => isOwn(reach, user.place));
      return { body: { users: own.map(toldUser) } };
    },
  },
  {
    ...{ method: "POST", path: "/users", summary: "Makes a user", ...usual },
    ...{ audit: "fact", answer: shownUser, status: 201 },
    body: demanded({ name: line, place, subject: identifier }, ["name", "place"]),
    run: makeUser,
  },
  {
    ...{ method: "GET", path: "/users/:user", summary: "A user", ...usual },
    ...{ allowed: ["administrator", "security-officer"], audit: "none", answer: shownUser },
    run: async ({ services, reach, params }) =>
      answerWith(userIn(await services.book.state(), reach, params.user!)),
  },
  {
    ...{ method: "PATCH", path: "/users/:user", summary: "Changes, disables or enables a user", ...usual },
    ...{ audit: "fact", answer: shownUser, concurrent: "if-match" },
    body: demanded({ name: line, enabled: { type: "boolean" }, subject: identifier, reason: line }, [
      "reason",
    ]),
    run: (asked) =>
      changeUser(asked, (user, { users }) => {
        const { body, caller, services } = asked;
        const { id, name, enabled } = user;
        if (id === caller.user.id && body.enabled === false)
          throw new SealwayError("two_people_needed", "nobody disables themselves");
        const given = body.subject === undefined ? undefined : services.subjectDigest(String(body.subject));
        if (given !== undefined) {
          checkNotHost(asked, user);
          checkSubject(users, given, id);
        }
        return {
          ...{ what: "user-changed", user: id, name: String(body.name ?? name) },
          ...{
            subject: given ?? user.subject,
            enabled: body.enabled === undefined ? enabled : body.enabled === true,
          },
        };
      }),
  },
  {
    ...{ method: "POST", path: "/users/:user/roles", summary: "Gives a user a role", ...usual },
    ...{ audit: "fact", answer: shownUser, concurrent: "if-match", people: 2 },
    body: demanded({ role, place, reason: line }, ["role", "place", "reason"]),
    run: giveRole,
  },
  {
    ...{ method: "DELETE", path: "/users/:user/roles/:assignment", summary: "Takes a role away", ...usual },
    ...{ audit: "fact", answer: shownUser, concurrent: "if-match" },
    run: (asked) =>
      changeUser(asked, ({ id, assignments }) => {
        const taken = assignments.find((one) => one.id === asked.params.assignment);
        if (taken === undefined || !isOwn(asked.reach, taken.place)) throw notThere();
        return { what: "role-taken", user: id, assignment: taken.id };
      }),
  },
];

function makeUser(asked: Asked): Promise<Answered> {
  const { services, reach, body, now } = asked;
  const at = body.place as Place;
  if (!isOwn(reach, at) || !isHosted(asked, at)) throw notThere();
  const subject = body.subject === undefined ? null : services.subjectDigest(String(body.subject));
  const user = uuidV7(now);
  return services.book.change(async ({ users }, keep) => {
    if (subject !== null) checkSubject(users, subject, user);
    const fact: Fact = { what: "user-made", user, name: String(body.name), place: at, subject };
    await keep(asked.draft(fact, aboutUser(user, at)));
    const made = { id: user, name: String(body.name), place: at, subject, enabled: true };
    return { ...answerWith({ ...made, assignments: [], keys: [], revision: 1, hands: [] }), status: 201 };
  });
}

/** One person, one user. */
function checkSubject(users: AdministrationState["users"], subject: string, of: string): void {
  if ([...users.values()].some((one) => one.subject === subject && one.id !== of))
    throw new SealwayError("changed_meanwhile", "somebody here signs in as that one");
}

/** Nobody gives themselves a role; and a host gives others' members administrators, who give all other roles there. */
function giveRole(asked: Asked): Promise<Answered> {
  const { body, caller, now, reach } = asked;
  const [given, at] = [body.role as Role, body.place as Place];
  return changeUser(asked, ({ id, place: of }, { users }) => {
    const self = caller.user.id;
    if (id === self || isInHandsOf(users, self, id, now))
      throw new SealwayError(
        "two_people_needed",
        "nobody gives themselves a role, nor by a user whom they made",
      );
    if (!isOwn(reach, at) || !isHosted(asked, at)) throw notThere();
    if (of !== "*" && of !== at)
      throw new SealwayError("not_permitted", "a member's users have roles for that member alone");
    if (isHostOf(asked, at) && (given !== "administrator" || of !== at))
      throw new SealwayError("not_permitted", "the member's own administrators give its roles to its users");
    return { what: "role-given", user: id, assignment: uuidV7(asked.now), role: given, place: at };
  });
}

/** @throws SealwayError `nothing_here`, `changed_meanwhile`, and what `decide` throws */
function changeUser(
  asked: Asked,
  decide: (user: User, state: AdministrationState) => Fact,
): Promise<Answered> {
  const { services, reach, params } = asked;
  return services.book
    .change(async (state, keep) => {
      const user = userIn(state, reach, params.user!);
      checkRevision(asked, user.revision);
      await keep(asked.draft(decide(user, state), aboutUser(user.id, user.place)));
    })
    .then(async () => answerWith(userIn(await services.book.state(), reach, params.user!)));
}

/** What is not the caller's to see does not exist: ids of other members' users are told from none by nobody. */
export function userIn({ users }: Pick<AdministrationState, "users">, reach: Reach, id: string): User {
  const user = users.get(id);
  if (user === undefined || !isOwn(reach, user.place)) throw notThere();
  return user;
}

export function aboutUser(user: string, at: Place) {
  return { member: at === "*" ? null : at, about: [`user ${user}`] };
}

/** Whether the caller acts for a member as its host alone. */
export function isHostOf({ reach, services }: Asked, at: Place): boolean {
  return at !== "*" && at !== services.owner && !reach.members.has(at);
}

/**
 * Checks that a host acts in the name of nobody who sees a hosted member's records: their keys and their sign-in are the
 * affair of the member's own administrators.
 * @throws SealwayError `not_permitted`
 */
export function checkNotHost(asked: Asked, { assignments }: User): void {
  if (assignments.some(({ role, place }) => role !== "administrator" && isHostOf(asked, place)))
    throw new SealwayError("not_permitted", "the user works for a member that has administrators of its own");
}

function isOwn({ server, members }: Reach, at: Place): boolean {
  return server || members.has(at);
}

function isHosted({ services }: Asked, at: Place): boolean {
  return at === "*" || services.members.includes(at);
}

function answerWith(user: User): Answered {
  return { body: toldUser(user) as Json, etag: user.revision };
}

export function notThere(): SealwayError {
  return new SealwayError("nothing_here", "no such user, role or key");
}
