import { sha256Base64Url } from "../../core/bytes.ts";
import type { Json } from "../../core/canonical-json.ts";
import { canonicalJson } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import type {
  RegisteredGroup,
  RegisteredMember,
  RegisteredOfficer,
  RegisteredSeal,
  RegisteredServer,
  RegisteredStop,
} from "../../message/registration/registered.ts";
import type { SuccessionEntry } from "../../trust/configuration-parts.ts";
import type { KeptRequest } from "./kept-request.ts";
import { type ObjectKind, type ObjectState, type Step, stateAfter } from "./standing.ts";

/** Where an object stands, and what brought it there. */
export interface Standing {
  readonly state: ObjectState;
  /** Milliseconds. */
  readonly since: number;
  /** Id of a request, or `file`. */
  readonly by: string;
  /** Who suspended it: what the authority suspends, its owner does not resume. */
  readonly suspendedBy?: "owner" | "authority";
  /** Of what is asked for again, or was removed twice: how it was removed before. */
  readonly removed?: Standing;
}

/** When and by what a step is taken. */
export interface Taken {
  /** Milliseconds. */
  readonly time: number;
  readonly by: string;
}

/** The registry as it stands after some entries. */
export class RegistryState {
  readonly members: Map<MemberId, RegisteredMember>;
  readonly servers: Map<ServerId, RegisteredServer>;
  /** By fingerprint. */
  readonly seals: Map<string, RegisteredSeal>;
  /** Of the authority, by fingerprint. */
  readonly officers: Map<string, RegisteredOfficer>;
  /** By code. */
  readonly groups: Map<string, RegisteredGroup>;
  /** Of agreements that the authority stopped, by agreement, consumer and service. */
  readonly agreementStops: Map<string, RegisteredStop>;
  /** By whom and on what day they were. */
  readonly successions: Map<string, SuccessionEntry>;
  readonly requests: Map<string, KeptRequest>;
  /** Digests of what the registry file said of each object at the last import, by list and id. */
  readonly imported: Map<string, string>;
  readonly #standings: Map<string, Standing>;
  /** The entries, and the digest of the newest; null before the first. */
  entries: number;
  head: string | null;

  constructor(from?: RegistryState) {
    this.members = new Map(from?.members);
    this.servers = new Map(from?.servers);
    this.seals = new Map(from?.seals);
    this.officers = new Map(from?.officers);
    this.groups = new Map(from?.groups);
    this.agreementStops = new Map(from?.agreementStops);
    this.successions = new Map(from?.successions);
    this.requests = new Map(from?.requests);
    this.imported = new Map(from?.imported);
    this.#standings = new Map(from === undefined ? undefined : from.#standings);
    this.entries = from?.entries ?? 0;
    this.head = from?.head ?? null;
  }

  standing(kind: ObjectKind, id: string): Standing | undefined {
    return this.#standings.get(`${kind} ${id}`);
  }

  /** Those whose ids begin so, each under the rest of its id. */
  standings(kind: ObjectKind, start: string): (readonly [rest: string, Standing])[] {
    const key = `${kind} ${start}`;
    const found: (readonly [string, Standing])[] = [];
    for (const [id, standing] of this.#standings)
      if (id.startsWith(key)) found.push([id.slice(key.length), standing]);
    return found;
  }

  stateOf(kind: ObjectKind, id: string): ObjectState {
    return this.standing(kind, id)?.state ?? "absent";
  }

  /** @throws SealwayError `transition_refused` */
  move(kind: ObjectKind, id: string, step: Step, { time, by }: Taken): void {
    const before = this.standing(kind, id);
    const state = stateAfter(kind, id, this.stateOf(kind, id), step);
    const key = `${kind} ${id}`;
    const removed = before?.state === "removed" ? before : before?.removed;
    const suspendedBy = step === "change" ? before?.suspendedBy : undefined;
    const isAgain = state === "saved" || state === "requested" || state === "removed";
    if (state !== "absent")
      this.#standings.set(key, {
        ...{ state, since: time, by },
        ...(suspendedBy && { suspendedBy }),
        ...(isAgain && removed && { removed }),
      });
    else if (removed !== undefined) this.#standings.set(key, removed);
    else this.#standings.delete(key);
  }

  /** @throws SealwayError `transition_refused` unless it is registered, suspended or not */
  checkRegistered(kind: ObjectKind, id: string): void {
    const state = this.stateOf(kind, id);
    if (state !== "approved" && state !== "suspended")
      throw new SealwayError("transition_refused", `the ${kind} ${id} is ${state}`);
  }

  /** Notes who suspended what; undefined that it is over. A seal that its member's suspension withdrew is noted, too. */
  noteSuspension(kind: ObjectKind, id: string, by: "owner" | "authority" | undefined): void {
    const { suspendedBy: _, ...standing } = this.standing(kind, id)!;
    this.#standings.set(`${kind} ${id}`, { ...standing, ...(by && { suspendedBy: by }) });
  }

  /** @throws SealwayError `transition_refused` for one that was never registered */
  member(id: MemberId): RegisteredMember {
    return found(this.members.get(id), "member", id);
  }

  server(id: ServerId): RegisteredServer {
    return found(this.servers.get(id), "server", id);
  }

  group(code: string): RegisteredGroup {
    return found(this.groups.get(code), "group", code);
  }

  seal(fingerprint: string): RegisteredSeal {
    return found(this.seals.get(fingerprint), "seal", fingerprint);
  }
}

function found<Found>(value: Found | undefined, kind: ObjectKind, id: string): Found {
  if (value !== undefined) return value;
  throw new SealwayError("transition_refused", `the ${kind} ${id} is not registered`);
}

/** @param der base64 */
export function fingerprintOf(der: string): string {
  return sha256Base64Url(Buffer.from(der, "base64"));
}

/** By which the import sees that the file says something else. */
export function contentDigest(content: object): string {
  return sha256Base64Url(canonicalJson(content as Json));
}
