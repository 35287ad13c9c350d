import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { isUuidV7, uuidV7 } from "../../core/uuid.ts";
import type { AdminServices } from "../admin-services.ts";
import type { AdministrationDraft, Fact } from "../administration/entry.ts";
import { type Reach, type Role, reachOf, roles } from "../roles.ts";
import type { Caller } from "../sign-in/caller.ts";
import type { Answered, Asked, ObjectSchema, Route, Subject } from "./route.ts";

/** A request as it came: all of it an attacker's choice. */
export interface RawRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
}

/**
 * Does what a route is for: who asks, what they may, whether the request is well formed, and only then the act, with
 * its place in the log.
 * @throws SealwayError why it is not done
 */
export async function perform(
  services: AdminServices,
  route: Route,
  caller: Caller | undefined,
  raw: RawRequest,
): Promise<Answered> {
  if (caller === undefined) throw new SealwayError("sign_in_required", "the request shows no sign-in");
  const reach = checkReach(route, caller);
  const { params, query, body } = checkForm(route, raw);
  const now = services.clock.now();
  let recorded = false;
  const draft = (fact: Fact, about: Subject): AdministrationDraft => {
    recorded = true;
    return draftOf(route, caller, { fact, about, now, reason: textOf(body.reason) });
  };
  const revision = revisionOf(route, raw.ifMatch);
  const answered = await route.run({ services, caller, reach, params, query, body, revision, now, draft });
  if (answered.read !== undefined) {
    const { member, about, results } = answered.read;
    await services.book.record(draft({ what: "read", results }, { member, about }));
  }
  // What should be in the log and is not is told to nobody.
  if (route.audit !== "none" && !recorded) throw new Error(`${route.path} recorded nothing`);
  return answered;
}

/** The rights come before everything else: whoever has none learns nothing of what there is. */
function checkReach(route: Route, caller: Caller): Reach {
  const { allowed } = route;
  if (allowed === "signed-in" || isAllowed(route, caller))
    return reachOf(caller.assignments, allowed === "signed-in" ? roles : allowed);
  throw new SealwayError("not_permitted", `it needs one of these roles: ${allowed.join(", ")}`);
}

/** Whether the caller's roles allow the route anywhere. */
export function isAllowed({ allowed, scope }: Route, { assignments }: Caller): boolean {
  if (allowed === "signed-in") return true;
  const { server, members } = reachOf(assignments, allowed);
  return server || (scope !== "server" && members.size > 0);
}

interface Formed {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, Json>>;
}

function checkForm(route: Route, { params, query, body }: RawRequest): Formed {
  if (!Object.values(params).every(isUuidV7)) throw new SealwayError("nothing_here", "no such id");
  return {
    params,
    query: formed(route.query, query, "the query") as Formed["query"],
    body: checkBody(route.body, body),
  };
}

/** @throws SealwayError `media_type_unknown`, `invalid_parameter` */
export function checkBody(schema: ObjectSchema | undefined, body: unknown): Formed["body"] {
  if (body instanceof URLSearchParams)
    throw new SealwayError("media_type_unknown", "a form is not taken here");
  return formed(schema, body ?? {}, "the body");
}

function formed(schema: ObjectSchema | undefined, value: unknown, part: string): Formed["body"] {
  if (schema === undefined) {
    if (Object.keys(Object(value)).length > 0)
      throw new SealwayError("invalid_parameter", `${part} must be empty`);
    return {};
  }
  if (schema.validate(value)) return value;
  const [error] = schema.validate.errors ?? [];
  const place = error?.instancePath || error?.params.missingProperty || "";
  throw new SealwayError("invalid_parameter", `${part}: ${place} ${error?.message ?? "is not right"}`);
}

function revisionOf({ concurrent }: Route, ifMatch: string | undefined): number | undefined {
  if (concurrent === undefined) return undefined;
  if (ifMatch === undefined) throw new SealwayError("precondition_missing", "If-Match is missing");
  const revision = /^"(\d{1,9})"$/.exec(ifMatch)?.[1];
  if (revision === undefined) throw new SealwayError("changed_meanwhile", "If-Match is no ETag of ours");
  return Number(revision);
}

interface Drafted {
  readonly fact: Fact;
  readonly about: Subject;
  readonly now: number;
  readonly reason: string | null;
}

function draftOf(route: Route, caller: Caller, { fact, about, now, reason }: Drafted): AdministrationDraft {
  return {
    ...{ id: uuidV7(now), time: now, by: caller.user.id, key: caller.key },
    roles: rolesUsed(route, caller),
    route: `${route.method} /api/v1${route.path}`,
    ...{ member: about.member, about: about.about, reason, fact },
  };
}

function rolesUsed({ allowed }: Route, { assignments }: Caller): Role[] {
  const held = new Set(assignments.map(({ role }) => role));
  return roles.filter((role) => held.has(role) && (allowed === "signed-in" || allowed.includes(role)));
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** @throws SealwayError `changed_meanwhile` */
export function checkRevision({ revision }: Pick<Asked, "revision">, current: number): void {
  if (revision !== current) throw new SealwayError("changed_meanwhile", `it is at "${current}" now`);
}
