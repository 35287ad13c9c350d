import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import type {
  RegisteredContent,
  RegisteredMember,
  RegisteredOfficer,
  RegisteredSeal,
  RegisteredServer,
} from "../../message/registration/registered.ts";
import { leaveGroups } from "./group-changes.ts";
import { contentDigest, fingerprintOf, type RegistryState, type Taken } from "./registry-state.ts";
import { clientAt } from "./server-clients.ts";
import type { ObjectKind } from "./standing.ts";

/** By what entries name what the registry file brought. */
const file = "file";

const lists = ["members", "servers", "seals", "officers"] as const;
type List = (typeof lists)[number];

interface ListRule<Item> {
  readonly kind: ObjectKind;
  readonly id: (item: Item) => string;
  /** What of it stands in the registry by itself. */
  readonly parts: (item: Item) => readonly (readonly [ObjectKind, string])[];
}

const rules: {
  readonly members: ListRule<RegisteredMember>;
  readonly servers: ListRule<RegisteredServer>;
  readonly seals: ListRule<RegisteredSeal>;
  readonly officers: ListRule<RegisteredOfficer>;
} = {
  members: {
    kind: "member",
    id: ({ id }) => id,
    parts: ({ subsystems }) => subsystems.map(({ id }) => ["subsystem", id]),
  },
  servers: {
    kind: "server",
    id: ({ id }) => id,
    parts: ({ id, clients, tlsCertificates }) => [
      ...tlsCertificates.map((der) => ["certificate", fingerprintOf(der)] as const),
      ...clients.map((client: ClientId) => ["client", clientAt(client, id)] as const),
    ],
  },
  seals: { kind: "seal", id: ({ certificate }) => fingerprintOf(certificate), parts: () => [] },
  officers: { kind: "officer", id: ({ certificate }) => fingerprintOf(certificate), parts: () => [] },
};

/** What a registry file says otherwise than at the last import. */
export interface ImportedContent {
  readonly content: RegisteredContent;
  /** What it says no more, by list and id. */
  readonly left: readonly string[];
}

/** What of a registry file is new; undefined when nothing is. @param content all that it says */
export function newContent(state: RegistryState, content: RegisteredContent): ImportedContent | undefined {
  const said = new Map<string, string>();
  const changed = <Item extends object>(list: List, items: readonly Item[]): readonly Item[] =>
    items.filter((item) => {
      const key = keyOf(list, item);
      const digest = contentDigest(item);
      said.set(key, digest);
      return state.imported.get(key) !== digest;
    });
  const fresh = {
    members: changed("members", content.members),
    servers: changed("servers", content.servers),
    seals: changed("seals", content.seals),
    officers: changed("officers", content.officers ?? []),
  };
  const left = [...state.imported.keys()].filter((key) => !said.has(key));
  const isNothing = left.length === 0 && lists.every((list) => fresh[list].length === 0);
  return isNothing ? undefined : { content: fresh, left };
}

/**
 * What requests have changed since the last import stays as it is: the file may say the same, and nothing else that is
 * new. What was kept is not judged again: a release may make another state of what came before it.
 * @throws SealwayError `registration_refused` naming the entry
 */
export function checkImport(state: RegistryState, { content, left }: ImportedContent): void {
  for (const list of lists) {
    for (const id of leftOf(list, left)) checkUntouched(state, list, id, undefined);
    const { id } = rules[list] as ListRule<unknown>;
    for (const item of content[list] ?? []) checkUntouched(state, list, id(item), item);
  }
}

/**
 * Takes over what the registry file says and did not say before.
 * @throws SealwayError `registration_refused` for a name that is given again
 */
export function importContent(state: RegistryState, { content, left }: ImportedContent, time: number): void {
  const taken = { time, by: file };
  for (const list of lists) {
    for (const id of leftOf(list, left)) {
      leave(state, list, id, taken);
      state.imported.delete(`${list} ${id}`);
    }
    for (const item of content[list] ?? []) {
      enter(state, list, (rules[list] as ListRule<unknown>).id(item), item, taken);
      state.imported.set(keyOf(list, item), contentDigest(item));
    }
  }
}

function leftOf(list: List, left: readonly string[]): readonly string[] {
  return left.filter((key) => key.startsWith(`${list} `)).map((key) => key.slice(list.length + 1));
}

function keyOf(list: List, item: object): string {
  return `${list} ${(rules[list] as ListRule<unknown>).id(item)}`;
}

function enter(state: RegistryState, list: List, id: string, item: unknown, taken: Taken): void {
  const rule = rules[list] as ListRule<unknown>;
  const registered = state[list] as Map<string, unknown>;
  const before = registered.get(id);
  const partsBefore = before === undefined ? [] : rule.parts(before);
  const parts = rule.parts(item);
  const keys = (all: typeof parts) => new Set(all.map((part) => part.join(" ")));
  if (before === undefined) register(state, rule.kind, id, taken);
  for (const part of parts) if (!keys(partsBefore).has(part.join(" "))) register(state, ...part, taken);
  for (const part of partsBefore) if (!keys(parts).has(part.join(" "))) removePart(state, part, taken);
  registered.set(id, item);
}

function leave(state: RegistryState, list: List, id: string, taken: Taken): void {
  const rule = rules[list] as ListRule<unknown>;
  const registered = state[list] as Map<string, unknown>;
  const item = registered.get(id);
  // A request removed it before the file did.
  if (item === undefined) return;
  state.move(rule.kind, id, "remove", taken);
  for (const part of rule.parts(item)) removePart(state, part, taken);
  registered.delete(id);
}

/** The file knows no groups: what it drops leaves them. */
function removePart(state: RegistryState, [kind, id]: readonly [ObjectKind, string], taken: Taken): void {
  state.move(kind, id, "remove", taken);
  if (kind === "subsystem") leaveGroups(state, id as ClientId, taken);
}

function register(state: RegistryState, kind: ObjectKind, id: string, taken: Taken): void {
  if (state.stateOf(kind, id) === "approved") return;
  try {
    state.move(kind, id, "request", taken);
    state.move(kind, id, "approve", taken);
  } catch (cause) {
    throw new SealwayError(
      "registration_refused",
      `the registry file has the ${kind} ${id}, which is ${state.stateOf(kind, id)}`,
      { cause },
    );
  }
}

/** What stands there is what the last import brought, or what the file says now. @param item undefined when nothing */
function checkUntouched(state: RegistryState, list: List, id: string, item: object | undefined): void {
  const before = (state[list] as Map<string, object>).get(id);
  const digest = before && contentDigest(before);
  if (digest === state.imported.get(`${list} ${id}`) || digest === (item && contentDigest(item))) return;
  throw new SealwayError(
    "registration_refused",
    `the registry file says something else of ${id} than before, and so did a registration request: write what is registered`,
  );
}
