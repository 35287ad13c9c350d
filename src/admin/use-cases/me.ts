import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Asked, Route } from "../api/route.ts";
import { line, list, orNull, place, role, time, uuid, whole } from "../api/shapes.ts";
import { shownKey, timeText, toldKey } from "./told-user.ts";

const usual = { allowed: "signed-in", scope: "self", audit: "none", personal: "none", people: 1 } as const;
const shownSession = whole({ user: uuid, key: orNull(uuid), formToken: { type: "string" }, began: time });

export const ownRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/me", summary: "Who asks, and what they may", ...usual },
    answer: whole({ id: uuid, name: line, place, roles: list(whole({ id: uuid, role, place })) }),
    run: async ({ caller }) => {
      const { id, name, place: of } = caller.user;
      const roles: Json = caller.assignments.map((one) => ({ ...one }));
      return { body: { id, name, place: of, roles } };
    },
  },
  {
    ...{ method: "GET", path: "/me/keys", summary: "The caller's own API keys", ...usual },
    answer: whole({ keys: list(shownKey) }),
    run: async ({ caller }) => ({ body: { keys: caller.user.keys.map(toldKey) } }),
  },
  {
    ...{ method: "GET", path: "/session", summary: "The session of the browser", ...usual },
    answer: shownSession,
    run: async (asked) => {
      const { user, key, formToken, began } = sessionOf(asked).session;
      return { body: { user, key, formToken, began: timeText(began) } };
    },
  },
  {
    ...{ method: "DELETE", path: "/session", summary: "Ends the session of the browser", ...usual },
    ...{ answer: null, status: 204 },
    run: async (asked) => {
      asked.services.sessions.take(sessionOf(asked).id);
      return { status: 204, session: "ended" };
    },
  },
];

function sessionOf({ caller }: Asked): NonNullable<Asked["caller"]["session"]> {
  if (caller.session !== undefined) return caller.session;
  throw new SealwayError("nothing_here", "the caller has no session");
}
