import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import { newSecret } from "../administration/api-key.ts";
import type { Fact } from "../administration/entry.ts";
import type { ApiKey, User } from "../administration/state.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, line, list, uuid, whole } from "../api/shapes.ts";
import { aboutUser, checkNotHost, isHostOf, notThere, userIn } from "./users.ts";

const longestDays = 366;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

const wantedKey = demanded(
  { name: line, days: { type: "integer", minimum: 1, maximum: longestDays }, assignments: list(uuid) },
  ["name", "days"],
);
const wantedRotation = demanded({ overlapHours: { type: "integer", minimum: 0, maximum: 168 } }, [
  "overlapHours",
]);
/** The secret is told once, here. */
const madeKey = whole({ id: uuid, secret: { type: "string" } });

type Whose = (asked: Asked, users: ReadonlyMap<string, User>) => User;

const own: Whose = ({ caller }, users) => users.get(caller.user.id)!;
const ofUser: Whose = ({ params, reach }, users) => userIn({ users }, reach, params.user!);

/** The same of one's own keys, and of those of users who do not sign in otherwise. */
export const keyRoutes: readonly Route[] = [
  ...keyRoutesAt("/me/keys", own, { allowed: "signed-in", scope: "self" }),
  ...keyRoutesAt("/users/:user/keys", ofUser, { allowed: ["administrator"], scope: "members" }),
];

function keyRoutesAt(path: string, whose: Whose, rights: Pick<Route, "allowed" | "scope">): readonly Route[] {
  const usual = { audit: "fact", personal: "none", people: 1, ...rights } as const;
  return [
    {
      ...{ method: "POST", path, summary: "Makes an API key; its secret is told once", ...usual },
      ...{ body: wantedKey, answer: madeKey, status: 201 },
      run: (asked) =>
        changeKeys(asked, whose, (user) => {
          checkMaker(asked, user);
          const { name, days, assignments = null } = asked.body;
          const ends = asked.now + Number(days) * dayMs;
          const chosen = assignments as readonly string[] | null;
          checkAssignments(asked, user, chosen);
          return newKey(asked, user, { name: String(name), ends, assignments: chosen });
        }),
    },
    {
      ...{ method: "POST", path: `${path}/:key/rotation`, ...usual },
      summary: "Makes another key in the place of one that ends after an overlap",
      ...{ body: wantedRotation, answer: madeKey, status: 201 },
      run: (asked) =>
        changeKeys(asked, whose, (user) => {
          checkMaker(asked, user);
          const key = liveKey(asked, user);
          const { name, assignments, made, ends } = key;
          checkAssignments(asked, user, assignments);
          const lived = { name, assignments, ends: asked.now + (ends - made) };
          const overlap = asked.now + Number(asked.body.overlapHours) * hourMs;
          const { facts, answered } = newKey(asked, user, lived);
          return {
            facts: [...facts, { what: "key-ended", user: user.id, key: key.id, ends: overlap }],
            answered,
          };
        }),
    },
    {
      ...{ method: "DELETE", path: `${path}/:key`, summary: "Ends an API key at once", ...usual },
      ...{ answer: null, status: 204 },
      run: (asked) =>
        changeKeys(asked, whose, (user) => {
          const { id: key } = liveKey(asked, user);
          const fact: Fact = { what: "key-ended", user: user.id, key, ends: asked.now };
          return { facts: [fact], answered: { status: 204 } };
        }),
    },
  ];
}

interface KeyChange {
  readonly facts: readonly Fact[];
  readonly answered: Answered;
}

function changeKeys(asked: Asked, whose: Whose, decide: (user: User) => KeyChange): Promise<Answered> {
  return asked.services.book.change(async ({ users }, keep) => {
    const user = whose(asked, users);
    const { facts, answered } = decide(user);
    for (const fact of facts) await keep(asked.draft(fact, aboutUser(user.id, user.place)));
    return answered;
  });
}

/**
 * Whoever signs in by themselves makes their own keys: nobody else could then act in their name.
 * @throws SealwayError `not_permitted`
 */
function checkMaker(asked: Asked, user: User): void {
  if (asked.caller.user.id === user.id) return;
  if (user.subject !== null)
    throw new SealwayError("not_permitted", "the user signs in, and makes keys without an administrator");
  checkNotHost(asked, user);
}

function newKey(
  asked: Asked,
  user: User,
  { name, ends, assignments: wanted }: Pick<ApiKey, "name" | "ends" | "assignments">,
): KeyChange {
  const key = uuidV7(asked.now);
  // A key from the host's hands has none of the roles that the member gives its user after it.
  const isLimited = asked.caller.user.id !== user.id && isHostOf(asked, user.place);
  const assignments = wanted ?? (isLimited ? user.assignments.map(({ id }) => id) : null);
  const { text, digest } = newSecret(key);
  return {
    facts: [{ what: "key-made", user: user.id, key, name, digest, assignments, ends }],
    answered: { status: 201, body: { id: key, secret: text } },
  };
}

function liveKey({ params, now }: Asked, user: User): ApiKey {
  const key = user.keys.find(({ id, ends }) => id === params.key && now < ends);
  if (key === undefined) throw notThere();
  return key;
}

/** A key that is limited makes none that may do more. */
function checkAssignments({ caller }: Asked, user: User, chosen: readonly string[] | null): void {
  const isSelf = caller.user.id === user.id;
  const may = (isSelf ? caller : user).assignments.map(({ id }) => id);
  const limited = isSelf && may.length < user.assignments.length;
  if (chosen === null ? limited : !chosen.every((id) => may.includes(id)))
    throw new SealwayError("not_permitted", "the key would have roles that its maker has not now");
}
