import { equalSecret } from "../../core/bytes.ts";
import type { ClientId, MemberId, ServiceId } from "../../core/ids.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import {
  countersOf,
  type JudgedPermission,
  judgePermission,
  type PermissionFacts,
  type UseSight,
} from "../../policy/permissions/judge-permission.ts";
import { readPermission } from "../../policy/permissions/permission.ts";
import type { FoundPermission } from "../../policy/permissions/permission-store.ts";
import type { Purpose } from "../../policy/purpose.ts";
import type { GatewayServices } from "../gateway-services.ts";
import {
  type JudgedRepresentation,
  judgeRepresentation,
  type PowerGone,
} from "../representation/judge-representation.ts";
import type { PermissionBook } from "./permission-book.ts";
import type { NamedPerson } from "./permission-secret.ts";

/** What a call says that may need a permission. */
export interface PermissionCall {
  readonly client: ClientId;
  readonly service: ServiceId;
  /** Who discloses, and holds the permission. */
  readonly holder: MemberId;
  readonly purpose: Purpose | null;
  /** Id of the permission that the caller names, its own choice; null when the provider is to find one. */
  readonly named: string | null;
  /** Whom the request is about. */
  readonly persons: readonly NamedPerson[];
  /** Of the request, as the caller wrote it. */
  readonly query: string | undefined;
  /** Among which uses it counts. */
  readonly sight: UseSight;
}

/** What was found, and the powers that were found to be gone: nothing has ended by that. */
export interface PermissionOfCall {
  readonly judged: JudgedPermission;
  readonly gone: readonly PowerGone[];
}

/** Nothing has these. */
const noId = "00000000-0000-7000-8000-000000000000";
const nobody: NamedPerson = { scheme: "", value: "" };
const noCounter = "permission/none";

/** Whether a call asks for a permission at all: its purpose does, or the caller names one, which is not passed over. */
export function needsPermission({ purpose, named }: Pick<PermissionCall, "purpose" | "named">): boolean {
  return purpose?.permission !== undefined || named !== null;
}

/**
 * Finds the permission of a call and judges it. The same is looked up whatever there is: how long it takes tells nobody
 * what a person has given to others; whether one was named, the caller knows.
 * @throws SealwayError `log_unavailable`
 */
export async function judgePermissionOfCall(
  services: GatewayServices,
  call: PermissionCall,
  now: number,
): Promise<PermissionOfCall> {
  const book = services.permissions;
  const { client, holder, service, purpose, named, persons } = call;
  const [person = nobody, ...others] = persons;
  const tag = await book.tagOf(holder, person);
  const question = { person: tag, consumer: client, service, purpose: purpose?.id ?? "" };
  const candidates =
    named === null
      ? await book.store.activeFor(question)
      : await byName(book, isUuidV7(named) ? named : noId);
  const isOne = persons.length > 0 && others.every((other) => isSame(other, person));
  // Few permissions are for a period of the data: only they look into the query.
  const parameter = (name: string) => new URLSearchParams(call.query).getAll(name);
  const facts = { client, service, purpose, now, parameter };
  const judged = await judgeAll(book, candidates, call.sight, (stored) => {
    return { ...facts, isOfSubject: isOne && equalSecret(stored.person, tag) };
  });
  let last: JudgedRepresentation = judged[0] ?? none;
  const gone: PowerGone[] = [];
  for (const passed of judged.filter(({ failed }) => failed === undefined)) {
    last = await judgeRepresentation(services, passed, call.sight);
    if (last.gone !== undefined) gone.push(last.gone);
    if (last.failed === undefined) break;
  }
  return { judged: last, gone };
}

async function byName({ store }: PermissionBook, id: string): Promise<readonly FoundPermission[]> {
  return [await store.byId(id)].filter((one) => one !== undefined);
}

const none: JudgedPermission = {
  permission: undefined,
  statement: undefined,
  failed: "permission.exists",
  counters: [],
};

type FactsOf = (stored: FoundPermission) => Omit<PermissionFacts, "used">;

async function judgeAll(
  { store }: PermissionBook,
  candidates: readonly FoundPermission[],
  sight: UseSight,
  factsOf: FactsOf,
): Promise<JudgedPermission[]> {
  const cases = candidates.map((stored) => {
    const permission = readPermission(stored.document);
    const facts = factsOf(stored);
    const { statement } = stored;
    return { permission, statement, facts, ...countersOf(permission, facts.now, sight) };
  });
  const names = cases.flatMap(({ all, period }) => [all, period]).flatMap((one) => one?.counter ?? []);
  const asked = names.length === 0 ? [noCounter] : names;
  const now = cases[0]?.facts.now ?? 0;
  const counts = await store.used(asked, now);
  const used = new Map(asked.map((name, i) => [name, counts[i] ?? 0]));
  return cases.map(({ permission, statement, facts, all, period }) => {
    const count = (counter: string | undefined) => (counter === undefined ? 0 : (used.get(counter) ?? 0));
    const uses = { all: count(all?.counter), period: count(period?.counter) };
    const counters = [all, period].filter((one) => one !== undefined);
    const failed = judgePermission(permission, { ...facts, used: uses });
    return { permission, statement, failed, counters };
  });
}

function isSame(one: NamedPerson, other: NamedPerson): boolean {
  return one.scheme === other.scheme && one.value === other.value;
}
