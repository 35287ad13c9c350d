import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Permission, PermissionState } from "./permission.ts";

/** Which states may follow which; what has ended stays so, and nothing makes it active again. */
const followers: Readonly<Record<PermissionState, readonly PermissionState[]>> = {
  requested: ["active", "declined", "ended"],
  active: ["active", "withdrawn", "ended"],
  declined: [],
  withdrawn: [],
  ended: [],
};

/** Which states a permission may begin in: asked for, or declared by an officer. */
const beginnings: readonly PermissionState[] = ["requested", "active"];

/** What no revision may change: another consumer, person or purpose is another permission. */
const lasting = [
  ...["instance", "id", "kind", "consumer", "service", "pattern", "purpose", "elements", "fields", "person"],
] as const satisfies readonly (keyof Permission)[];

/** What may change only where the person says so for an active permission: an extension. */
const terms = ["validity", "limits"] as const satisfies readonly (keyof Permission)[];

type Rule = readonly [what: string, holds: (next: Permission, before: Permission | undefined) => boolean];

// biome-ignore format: a table is read by its columns
const rules: readonly Rule[] = [
  ["its revision does not follow",              ({ revision }, before) => revision === (before?.revision ?? 0) + 1],
  ["it names no revision before it",            ({ previous }, before) => (previous === null) === (before === undefined)],
  ["its state cannot follow",                   ({ state }, before) => (before === undefined ? beginnings : followers[before.state]).includes(state)],
  ["it changes what lasts",                     (next, before) => before === undefined || lasting.every((name) => isSame(next[name], before[name]))],
  ["it changes terms without being extended",   (next, before) => before === undefined || isExtension(next, before) || terms.every((name) => isSame(next[name], before[name])) || endsWithPower(next, before)],
  ["it is extended backwards",                  (next, before) => before === undefined || next.validity.to >= before.validity.to || before.state !== "active"],
  ["nobody's act makes it what it is",          ({ state, act }) => act !== null || state === "requested" || state === "ended"],
  ["what is active was given for a text",       ({ state, act }) => state !== "active" || (act !== null && act.text !== null)],
  ["what has ended says why, nothing else does", ({ state, reason }) => (state === "ended") === (reason !== null)],
  ["it is older than the one before",           ({ time }, before) => before === undefined || time >= before.time],
];

/**
 * Whether a revision may follow another one; the first follows none.
 * @throws SealwayError `permission_state` naming what is wrong
 */
export function checkRevision(next: Permission, before: Permission | undefined): void {
  const broken = rules.find(([, holds]) => !holds(next, before));
  if (broken !== undefined) throw new SealwayError("permission_state", `permission: ${broken[0]}`);
}

/**
 * What a permission is after all of its revisions.
 * @param revisions in order, at least one
 * @throws SealwayError `permission_state` when one does not follow the one before
 */
export function foldRevisions(revisions: readonly Permission[]): Permission {
  let last: Permission | undefined;
  for (const next of revisions) {
    checkRevision(next, last);
    last = next;
  }
  if (last === undefined) throw new SealwayError("permission_state", "a permission has a first revision");
  return last;
}

/** What a representative gives ends with the power, as far as its end is known: earlier than it was asked for. */
function endsWithPower(next: Permission, before: Permission): boolean {
  const end = next.representation?.power?.until ?? null;
  const isGiven = before.state === "requested" && next.state === "active";
  const isShorter = next.validity.from === before.validity.from && next.validity.to < before.validity.to;
  return isGiven && isShorter && next.validity.to === end && isSame(next.limits, before.limits);
}

function isExtension(next: Permission, before: Permission): boolean {
  return before.state === "active" && next.state === "active";
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || canonicalJson((one ?? null) as Json) === canonicalJson((other ?? null) as Json);
}
