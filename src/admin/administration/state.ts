import type { Assignment, Place } from "../roles.ts";
import type { AdministrationEntry, Fact, ProposedAct } from "./entry.ts";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly assignments: readonly string[] | null;
  readonly made: number;
  /** Milliseconds; it is worth nothing from then on. */
  readonly ends: number;
}

export interface User {
  readonly id: string;
  readonly name: string;
  /** Whose user it is: that place's administrators change it. */
  readonly place: Place;
  readonly subject: string | null;
  readonly enabled: boolean;
  readonly assignments: readonly Assignment[];
  readonly keys: readonly ApiKey[];
  /** Changes so far: by it, whoever changes says what was seen. */
  readonly revision: number;
  /** Others who made it, or gave it a role, a key or a sign-in: they could act in its name. */
  readonly hands: readonly Hand[];
}

export interface Hand {
  readonly by: string;
  /** Milliseconds. */
  readonly at: number;
}

/** What lets an auditor see more than metadata. */
export interface Mandate {
  readonly id: string;
  readonly auditor: string;
  readonly member: string;
  readonly order: string;
  readonly from: number;
  readonly to: number;
  readonly orderedBy: string;
  /** By another person; null until then: it does not count yet. */
  readonly confirmedBy: string | null;
  readonly ended: boolean;
}

/** What one person proposed, and another one must confirm before it is done. */
export interface Proposal {
  readonly id: string;
  readonly act: ProposedAct;
  /** JSON. */
  readonly terms: string;
  /** Keyed digest of the person whom it is about. */
  readonly person: string | null;
  readonly member: string | null;
  readonly proposedBy: string;
  /** Milliseconds. */
  readonly proposed: number;
  readonly confirmedBy: string | null;
  /** Null until it is done. */
  readonly result: string | null;
  readonly dropped: boolean;
}

/** Users, roles, keys, mandates and proposals, as all entries so far make them. */
export interface AdministrationState {
  readonly users: ReadonlyMap<string, User>;
  readonly mandates: ReadonlyMap<string, Mandate>;
  readonly proposals: ReadonlyMap<string, Proposal>;
}

interface Folding {
  readonly users: Map<string, User>;
  readonly mandates: Map<string, Mandate>;
  readonly proposals: Map<string, Proposal>;
}

/** Folds entries in the order of their time: nodes that kept them in another order get the same. */
export function foldAdministration(entries: readonly AdministrationEntry[]): AdministrationState {
  const folding: Folding = { users: new Map(), mandates: new Map(), proposals: new Map() };
  const inOrder = [...entries].sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  for (const entry of inOrder) apply(folding, entry);
  return folding;
}

type Apply<What extends Fact["what"]> = (
  folding: Folding,
  fact: Extract<Fact, { what: What }>,
  entry: AdministrationEntry,
) => void;

const applies: { readonly [What in Fact["what"]]?: Apply<What> } = {
  "user-made": ({ users }, { user, name, place, subject }, { by, time: at }) => {
    if (users.has(user)) return;
    const empty = { enabled: true, assignments: [], keys: [], revision: 1, hands: [{ by, at }] };
    users.set(user, { id: user, name, place, subject, ...empty });
  },
  "user-changed": (folding, { user, name, subject, enabled }, entry) =>
    change(folding, user, (before) => ({
      ...{ name, subject, enabled },
      ...(subject !== before.subject && { hands: handsOf(before, entry) }),
    })),
  "role-given": (folding, { user, assignment: id, role, place }, entry) =>
    change(folding, user, (before) => ({
      assignments: [...before.assignments, { id, role, place }],
      hands: handsOf(before, entry),
    })),
  "role-taken": (folding, { user, assignment }) =>
    change(folding, user, ({ assignments }) => ({
      assignments: assignments.filter(({ id }) => id !== assignment),
    })),
  "key-made": (folding, { user, key: id, name, digest, assignments, ends }, entry) =>
    change(folding, user, (before) => ({
      keys: [...before.keys, { id, name, digest, assignments, made: entry.time, ends }],
      hands: handsOf(before, entry),
    })),
  "key-ended": (folding, { user, key, ends }) =>
    change(folding, user, ({ keys }) => ({
      keys: keys.map((one) => (one.id === key ? { ...one, ends: Math.min(one.ends, ends) } : one)),
    })),
  "mandate-ordered": ({ mandates }, { mandate: id, auditor, member, order, from, to }, { by: orderedBy }) => {
    const isNew = { confirmedBy: null, ended: false };
    if (!mandates.has(id)) mandates.set(id, { id, auditor, member, order, from, to, orderedBy, ...isNew });
  },
  // Whoever ordered it, or would use it, confirms nothing, whatever an entry says.
  "mandate-confirmed": ({ mandates }, { mandate: id }, { by }) => {
    const known = mandates.get(id);
    if (known !== undefined && known.confirmedBy === null && by !== known.orderedBy && by !== known.auditor)
      mandates.set(id, { ...known, confirmedBy: by });
  },
  "act-proposed": ({ proposals }, { proposal: id, act, terms, person }, { by, member, time }) => {
    const isNew = { confirmedBy: null, result: null, dropped: false };
    const proposal = { id, act, terms, person, member, proposedBy: by, proposed: time, ...isNew };
    if (!proposals.has(id)) proposals.set(id, proposal);
  },
  // Nobody confirms what they proposed, whatever an entry says.
  "act-confirmed": ({ proposals }, { proposal: id }, { by }) => {
    const known = proposals.get(id);
    if (known !== undefined && known.confirmedBy === null && by !== known.proposedBy)
      proposals.set(id, { ...known, confirmedBy: by });
  },
  "act-done": ({ proposals }, { proposal: id, result }) => {
    const known = proposals.get(id);
    if (known !== undefined) proposals.set(id, { ...known, result });
  },
  "act-dropped": ({ proposals }, { proposal: id }) => {
    const known = proposals.get(id);
    if (known !== undefined) proposals.set(id, { ...known, dropped: true });
  },
  "mandate-ended": ({ mandates }, { mandate: id }) => {
    const known = mandates.get(id);
    if (known !== undefined) mandates.set(id, { ...known, ended: true });
  },
};

function apply(folding: Folding, entry: AdministrationEntry): void {
  const act = applies[entry.fact.what] as Apply<Fact["what"]> | undefined;
  act?.(folding, entry.fact, entry);
}

function handsOf({ id, hands }: User, { by, time: at }: AdministrationEntry): readonly Hand[] {
  return by === id ? hands : [...hands, { by, at }];
}

function change({ users }: Folding, id: string, changes: (user: User) => Partial<User>): void {
  const user = users.get(id);
  if (user !== undefined) users.set(id, { ...user, ...changes(user), revision: user.revision + 1 });
}

/**
 * Whether somebody can administer the server now: who loses that, by keys that all have ended, is let in again by the
 * code that a new start prints.
 * @param signIn whether users sign in at a provider
 */
export function isAdministered(
  { users }: AdministrationState,
  now: number,
  signIn: "provider" | "keys",
): boolean {
  return [...users.values()].some(({ enabled, assignments, keys, subject }) => {
    const ids = assignments.filter(({ role, place }) => role === "administrator" && place === "*");
    const has = (key: ApiKey) =>
      now < key.ends && (key.assignments === null || ids.some(({ id }) => key.assignments!.includes(id)));
    return enabled && ids.length > 0 && ((signIn === "provider" && subject !== null) || keys.some(has));
  });
}

/** Whether a mandate lets its auditor see more now. */
export function isInForce({ confirmedBy, ended, from, to }: Mandate, now: number): boolean {
  return confirmedBy !== null && !ended && now >= from && now < to;
}
