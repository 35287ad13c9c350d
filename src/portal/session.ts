import type { PendingSignIn } from "../web/sign-in/sign-in-desk.ts";
import type { Acting, Whose } from "./acting/acting.ts";
import type {
  ActOutcome,
  PermissionAct,
  ShownPermission,
  ShownText,
} from "./permissions/permission-answer.ts";
import type { UsesReading } from "./uses/read-uses.ts";

/** Who is signed in, by the identity provider's word. */
export interface Person {
  /** Personal identifier; it stands in no address and in no log. */
  readonly identifier: string;
  readonly name: string;
  readonly acr: string;
  /** Milliseconds since the epoch. */
  readonly signedInAt: number;
  /** What proves it to others. */
  readonly idToken: string;
}

/** What the portal remembers of somebody who is signed in. */
export interface Session {
  readonly person: Person;
  /** Stands in each form of the session's pages. */
  readonly formToken: string;
  /** For whom the person acts; null for the own data. */
  readonly acting: Acting | null;
  /** For whom the person may act, as it was shown last; by names that no other list has. */
  powers: ReadonlyMap<string, Acting>;
  /** The list that is being read, so that its pages do not ask everybody anew. */
  reading: UsesReading | null;
  /** Those that were shown last, by their ids: what a form is about. */
  permissions: ReadonlyMap<string, ShownPermission>;
  /** The text that was shown last, of an act that needs a sign-in of its own. */
  text: ShownText | null;
  /** What became of the last act, told once. */
  told: ActOutcome | null;
}

/** What a browser was sent to the identity provider for. */
export interface Errand {
  readonly signIn: PendingSignIn;
  /** Null for a sign-in; an act needs the session that it was begun in. */
  readonly act: { readonly session: string; readonly act: PermissionAct } | null;
  /** Where it goes on: a path of the portal. */
  readonly to: string;
}

/** A session in which nothing was shown yet. */
export function newSession(of: Pick<Session, "acting" | "formToken" | "person" | "told">): Session {
  return { ...of, powers: new Map(), reading: null, permissions: new Map(), text: null };
}

/** Whose data the pages of a session are about. */
export function whoseOf({ acting, person }: Pick<Session, "acting" | "person">): Whose {
  return { userId: person.identifier, acting };
}
