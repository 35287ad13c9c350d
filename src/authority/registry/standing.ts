import { SealwayError } from "../../core/errors.ts";

/** What has a standing in the registry. `certificate` is one of a server's connections; all are named by fingerprints. */
export type ObjectKind =
  | "member"
  | "subsystem"
  | "server"
  | "seal"
  | "certificate"
  | "client"
  | "attribute"
  | "officer"
  | "group"
  | "group-member"
  | "agreement"
  | "succession";

/**
 * Where an object stands. `saved`: a request for it was handed in that not all have signed who must; `requested`: all
 * have; `approved`: it is published.
 */
export type ObjectState = "absent" | "saved" | "requested" | "approved" | "suspended" | "removed";

/** What happens to an object. `lapse`: the request for it was declined, or nobody acted in time. */
export type Step = "save" | "request" | "lapse" | "approve" | "change" | "suspend" | "resume" | "remove";

type Steps = Readonly<Record<ObjectState, Readonly<Partial<Record<Step, ObjectState>>>>>;

const before = {
  absent: { save: "saved", request: "requested" },
  saved: { request: "requested", lapse: "absent" },
  requested: { lapse: "absent", approve: "approved" },
} as const;

/** An organisation, a system or a server: its name is never given to another one. */
const named: Steps = {
  ...before,
  approved: { change: "approved", suspend: "suspended", remove: "removed" },
  suspended: { change: "suspended", resume: "approved", remove: "removed" },
  removed: {},
};

/** What is in force or not. */
const plain: Steps = {
  ...before,
  approved: { change: "approved", remove: "removed" },
  suspended: {},
  removed: {},
};

/** A seal that has ended may turn out to have been in other hands, or longer than was known. */
const ending: Steps = { ...plain, removed: { remove: "removed" } };

/** What may come back: it names nobody, it relates two or more that have names, or a person and the authority. */
const relation: Steps = { ...plain, removed: before.absent };

/** Of what others make and hold, only what the authority stopped has a standing. */
const stopped: Steps = {
  absent: { suspend: "suspended" },
  saved: {},
  requested: {},
  approved: {},
  suspended: { resume: "absent", remove: "removed" },
  removed: {},
};

const tables: Readonly<Record<ObjectKind, Steps>> = {
  member: named,
  server: named,
  subsystem: plain,
  seal: ending,
  certificate: plain,
  client: relation,
  attribute: relation,
  officer: relation,
  group: plain,
  "group-member": relation,
  agreement: stopped,
  succession: relation,
};

/**
 * The state after a step.
 * @throws SealwayError `transition_refused` that names the object, where it stands and what can be done
 */
export function stateAfter(kind: ObjectKind, id: string, state: ObjectState, step: Step): ObjectState {
  const next = tables[kind][state][step];
  if (next !== undefined) return next;
  const possible = Object.keys(tables[kind][state]);
  const instead =
    possible.length === 0
      ? "it stays so, and its name is not given again"
      : `what can be done: ${possible.join(", ")}`;
  throw new SealwayError("transition_refused", `${step}: the ${kind} ${id} is ${state}; ${instead}`);
}
