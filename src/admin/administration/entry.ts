import { SealwayError } from "../../core/errors.ts";
import { isInOneSpelling, parseMemberId } from "../../core/ids.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import type { StatementPayload } from "../../message/signed-statement.ts";
import { isRole, type Place, type Role } from "../roles.ts";

/** The `typ` of what the server signs of its administration. */
export const administrationType = "sealway-administration+jws";

/** What somebody did: what the fold of all of them makes users, roles, keys and mandates of, or what was used. */
export type Fact =
  | {
      readonly what: "user-made";
      readonly user: string;
      readonly name: string;
      readonly place: Place;
      /** Keyed digest of issuer and subject at the identity provider; null for whoever has API keys alone. */
      readonly subject: string | null;
    }
  | {
      readonly what: "user-changed";
      readonly user: string;
      readonly name: string;
      readonly subject: string | null;
      readonly enabled: boolean;
    }
  | {
      readonly what: "role-given";
      readonly user: string;
      readonly assignment: string;
      readonly role: Role;
      readonly place: Place;
    }
  | { readonly what: "role-taken"; readonly user: string; readonly assignment: string }
  | {
      readonly what: "key-made";
      readonly user: string;
      readonly key: string;
      readonly name: string;
      /** SHA-256 of the secret, base64url. */
      readonly digest: string;
      /** Of its user's; null for all that there are. */
      readonly assignments: readonly string[] | null;
      /** Milliseconds. */
      readonly ends: number;
    }
  | { readonly what: "key-ended"; readonly user: string; readonly key: string; readonly ends: number }
  | {
      readonly what: "mandate-ordered";
      readonly mandate: string;
      readonly auditor: string;
      readonly member: string;
      /** Who ordered the audit, and by which act. */
      readonly order: string;
      readonly from: number;
      readonly to: number;
    }
  | { readonly what: "mandate-confirmed"; readonly mandate: string }
  | { readonly what: "mandate-ended"; readonly mandate: string }
  /** What one person proposes and another one has done. */
  | {
      readonly what: "act-proposed";
      readonly proposal: string;
      readonly act: ProposedAct;
      /** JSON; names no person whom exchanges are about. */
      readonly terms: string;
      /** Keyed digest of such a person, where the act is about one: who confirms it names the same. */
      readonly person: string | null;
    }
  | { readonly what: "act-confirmed"; readonly proposal: string }
  | { readonly what: "act-done"; readonly proposal: string; readonly result: string }
  | { readonly what: "act-dropped"; readonly proposal: string }
  /** Something of the running server's was ordered, or something was read; `results` that were shown. */
  | { readonly what: "ordered" }
  | { readonly what: "read"; readonly results: number };

/** Places a legal hold, or lifts one. */
export type ProposedAct = "hold" | "lift";

/** One act of administration or one read, as whoever acts says it. It names no person but who acted. */
export type AdministrationDraft = {
  /** UUIDv7. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** A user's id; `first-code` for whoever had the code of the first start. */
  readonly by: string;
  /** The API key that was used. */
  readonly key: string | null;
  /** By which roles. */
  readonly roles: readonly Role[];
  /** `POST /api/v1/users`. */
  readonly route: string;
  readonly member: string | null;
  /** Users, exchanges, services, or what was searched for. */
  readonly about: readonly string[];
  readonly reason: string | null;
  readonly fact: Fact;
};

/** As the log keeps it: the server added its instance, and signed. */
export type AdministrationEntry = AdministrationDraft & StatementPayload;

type Check = (value: unknown) => boolean;

const id: Check = (value) => typeof value === "string" && isUuidV7(value);
const line: Check = (value) =>
  typeof value === "string" &&
  value.length > 0 &&
  value.length <= 1000 &&
  value.isWellFormed() &&
  !/\p{Cc}/u.test(value);
const terms: Check = (value) =>
  typeof value === "string" && value.length <= 20_000 && value.isWellFormed() && !/\p{Cc}/u.test(value);
const isProposedAct: Check = (value) => value === "hold" || value === "lift";
const digest: Check = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);
const time: Check = (value) => Number.isSafeInteger(value);
const member: Check = (value) => typeof value === "string" && isInOneSpelling(value, parseMemberId);
const place: Check = (value) => value === "*" || member(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 1000 && value.every(check);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

type Checks = Readonly<Record<string, Check>>;

const facts: Readonly<Record<Fact["what"], Checks>> = {
  "user-made": { user: id, name: line, place, subject: orNull(digest) },
  "user-changed": {
    ...{ user: id, name: line, subject: orNull(digest) },
    enabled: (value) => typeof value === "boolean",
  },
  "role-given": { user: id, assignment: id, role: isRole, place },
  "role-taken": { user: id, assignment: id },
  "key-made": { user: id, key: id, name: line, digest, assignments: orNull(listOf(id)), ends: time },
  "key-ended": { user: id, key: id, ends: time },
  "mandate-ordered": { mandate: id, auditor: id, member, order: line, from: time, to: time },
  "mandate-confirmed": { mandate: id },
  "mandate-ended": { mandate: id },
  "act-proposed": { proposal: id, act: isProposedAct, terms, person: orNull(digest) },
  "act-confirmed": { proposal: id },
  "act-done": { proposal: id, result: line },
  "act-dropped": { proposal: id },
  ordered: {},
  read: { results: time },
};

/** Every kind of fact. */
export const factNames: readonly string[] = Object.keys(facts);

const entry: Checks = {
  ...{ id, time, key: orNull(id), route: line, member: orNull(member), about: listOf(line) },
  by: (value) => value === "first-code" || id(value),
  roles: listOf(isRole),
  reason: orNull(line),
  fact: isFact,
};

function isFact(value: unknown): boolean {
  const { what } = Object(value) as { readonly what?: unknown };
  if (typeof what !== "string" || !Object.hasOwn(facts, what)) return false;
  return hasExactly(value, { what: line, ...facts[what as Fact["what"]] });
}

function hasExactly(value: unknown, checks: Checks): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return (
    Object.keys(given).length === Object.keys(checks).length &&
    Object.entries(checks).every(([name, check]) => Object.hasOwn(given, name) && check(given[name]))
  );
}

/** @throws SealwayError `bad_request` for anything that is none */
export function checkDraft(value: unknown): asserts value is AdministrationDraft {
  if (!hasExactly(value, entry)) throw new SealwayError("bad_request", "this is no act of administration");
}

/** Facts that users, roles, keys and mandates are made of; the others are looked at by auditors alone. */
export function isOfFold({ what }: Fact): boolean {
  return what !== "ordered" && what !== "read";
}
