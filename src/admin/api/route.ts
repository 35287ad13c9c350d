import type { AnySchemaObject } from "ajv/dist/2020.js";
import type { Json } from "../../core/canonical-json.ts";
import type { OwnSchema } from "../../core/own-schema.ts";
import type { AdminServices } from "../admin-services.ts";
import type { AdministrationDraft, Fact } from "../administration/entry.ts";
import type { Reach, Role } from "../roles.ts";
import type { Caller } from "../sign-in/caller.ts";

/** One request that may be done, checked by the route's schemas. */
export interface Asked {
  readonly services: AdminServices;
  readonly caller: Caller;
  /** What the caller's roles that the route allows cover. */
  readonly reach: Reach;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, Json>>;
  /** Of `If-Match`: the revision that was seen. */
  readonly revision: number | undefined;
  readonly now: number;
  /** A fact for the log, with who acts, by which role, why. */
  draft(fact: Fact, about: Subject): AdministrationDraft;
}

/** What an act or a read is about. */
export interface Subject {
  readonly member: string | null;
  readonly about: readonly string[];
}

export interface Answered {
  /** 200 unless told. */
  readonly status?: number;
  readonly body?: Json;
  /** Why it is not done, with more than an error has (RFC 9457 §3.2); told with `status`. */
  readonly problem?: Json;
  /** A file instead of JSON. */
  readonly file?: { readonly type: string; readonly name: string; readonly bytes: Buffer };
  readonly etag?: number;
  /** Of the browser, which is told its new id, or that it has none any more. */
  readonly session?: { readonly id: string } | "ended";
  /** For the record of a read. */
  readonly read?: Subject & { readonly results: number };
}

/** Who may. */
export type Allowed = "signed-in" | readonly Role[];

/**
 * Where a role must reach: the server itself; the member that the request is about, which the use case looks at, as
 * what it may not see does not exist for the caller; or the records of members, to which a role for the server alone
 * does not reach.
 */
export type Scope = "server" | "members" | "records" | "self";

/**
 * How the log has it. `fact`: the use case keeps what it changes; `before`: it is kept before it is done;
 * `read`: it is kept before anything is shown.
 */
export type Audit = "none" | "fact" | "before" | "read";

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/api/v1`; parameters as `:user`. */
  readonly path: string;
  readonly summary: string;
  readonly allowed: Allowed;
  readonly scope: Scope;
  readonly audit: Audit;
  /** Whether personal data of those whom exchanges are about is shown: then there is a reason. */
  readonly personal: "none" | "always" | "when-asked";
  /** How many people it needs. */
  readonly people: 1 | 2;
  readonly query?: ObjectSchema;
  readonly body?: ObjectSchema;
  /** Of the answer's body; a media type for a file, null for none. */
  readonly answer: AnySchemaObject | string | null;
  readonly status?: 201 | 204;
  /** Whether `If-Match` must say which revision was seen. */
  readonly concurrent?: "if-match";
  readonly run: (asked: Asked) => Promise<Answered>;
}

/** What somebody may do who is not signed in. */
export interface OpenRoute extends Pick<Route, "method" | "path" | "summary" | "answer" | "status"> {
  readonly body: ObjectSchema;
  readonly run: (asked: {
    readonly services: AdminServices;
    readonly body: Readonly<Record<string, Json>>;
    readonly address: string;
    /** Of the session that the browser had before. */
    readonly sessionId: string | undefined;
  }) => Promise<Answered>;
}

/** Properties of a closed object, and which of them are needed. */
export interface ObjectSchema {
  readonly schema: AnySchemaObject;
  readonly validate: OwnSchema<Readonly<Record<string, Json>>>;
}
