import { startOfDay } from "../../core/day.ts";
import type { ClientId, ServiceId } from "../../core/ids.ts";
import type { Permission } from "./permission.ts";

/** What a permission is held against; nothing is looked up from inside. */
export interface PermissionFacts {
  readonly client: ClientId;
  readonly service: ServiceId;
  /** Null for a call that has none. */
  readonly purpose: { readonly id: string; readonly revision: number } | null;
  /** Whether every person whom the request is about is the one who gave it, and there is one. */
  readonly isOfSubject: boolean;
  /** Milliseconds. */
  readonly now: number;
  /** Uses before this one: in all, and in the period that runs now. */
  readonly used: { readonly all: number; readonly period: number };
  /** The values of a parameter of the query, as the caller wrote them. */
  readonly parameter: (name: string) => readonly string[];
}

export type PermissionRule =
  | "permission.exists"
  | "permission.client"
  | "permission.subject"
  | "permission.service"
  | "permission.purpose"
  | "permission.state"
  | "permission.validity"
  | "permission.data-period"
  | "permission.uses"
  | "permission.period-uses"
  | "permission.fields"
  /** The representative who gave it may not act any more. */
  | "permission.representation"
  /** Nobody could be asked whether the representative still may. */
  | "permission.representation-unknown";

type Holds = (permission: Permission, facts: PermissionFacts) => boolean;

// biome-ignore format: a table is read by its columns
const rules: readonly (readonly [name: PermissionRule, holds: Holds])[] = [
  ["permission.client",      ({ consumer }, { client }) => consumer === client],
  ["permission.subject",     (_, { isOfSubject }) => isOfSubject],
  ["permission.service",     (permission, { service }) => permission.service === service],
  ["permission.purpose",     (permission, { purpose }) => permission.purpose.id === purpose?.id && permission.purpose.revision === purpose.revision],
  ["permission.state",       ({ state }) => state === "active"],
  ["permission.validity",    ({ validity }, { now }) => validity.from <= now && now < validity.to],
  ["permission.data-period", isWithinDataPeriod],
  ["permission.uses",        ({ limits }, { used }) => limits.uses === null || used.all < limits.uses],
  ["permission.period-uses", ({ limits }, { used }) => limits.perPeriod === null || used.period < limits.perPeriod.uses],
];

/**
 * The first rule by which a permission does not permit a call; undefined when it permits it.
 * @param permission undefined when there is none
 */
export function judgePermission(
  permission: Permission | undefined,
  facts: PermissionFacts,
): PermissionRule | undefined {
  if (permission === undefined) return "permission.exists";
  return rules.find(([, holds]) => !holds(permission, facts))?.[0];
}

/** A call says the days that it asks for, in each of the parameters and in one way; days compare as texts. */
function isWithinDataPeriod({ limits: { dataPeriod } }: Permission, { parameter }: PermissionFacts): boolean {
  if (dataPeriod === null) return true;
  const { from, to, parameters } = dataPeriod;
  return parameters.every((name) => {
    const [day, another] = parameter(name);
    if (day === undefined || another !== undefined || startOfDay(day) === undefined) return false;
    return from <= day && day <= to;
  });
}

const counterPrefix = "permission/";

/** Whether a counter counts uses of a permission. */
export function isPermissionCounter(counter: string): boolean {
  return counter.startsWith(counterPrefix);
}

const dayLength = 24 * 60 * 60 * 1000;

/** A counter of uses, as records name it: it names no person. */
export interface PermissionCounter {
  readonly counter: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly expires: number;
}

/**
 * As long as the permission itself is kept: what is extended has not been used less, and who asks late whether something
 * is used up must not find it forgotten.
 */
const neverForgotten = Number.MAX_SAFE_INTEGER;
/** A call that was judged in a period may be recorded, on another node's clock, after it: it counts with the others. */
const keptAfter = 3_600_000;

/** Restricted uses are counted apart, with limits as high: nothing that is told of the others depends on them. */
export type UseSight = "ordinary" | "restricted";

const prefixes: Readonly<Record<UseSight, string>> = {
  ordinary: counterPrefix,
  restricted: `${counterPrefix}restricted/`,
};

/** The rule that fails once a counter is used up. */
export function ruleOfCounter(counter: string): Extract<PermissionRule, `permission.${string}uses`> {
  return /\/\d+$/.test(counter) ? "permission.period-uses" : "permission.uses";
}

/** What counts the uses of a permission; none when they are not limited. */
export function countersOf(
  { id, limits, validity }: Permission,
  now: number,
  sight: UseSight,
): { readonly all: PermissionCounter | undefined; readonly period: PermissionCounter | undefined } {
  const { uses, perPeriod } = limits;
  const name = `${prefixes[sight]}${id}`;
  const all = uses === null ? undefined : { counter: name, limit: uses, expires: neverForgotten };
  if (perPeriod === null) return { all, period: undefined };
  const length = perPeriod.days * dayLength;
  const number = Math.floor((now - validity.from) / length);
  const expires = validity.from + (number + 1) * length + keptAfter;
  return { all, period: { counter: `${name}/${number}`, limit: perPeriod.uses, expires } };
}

/** A permission as it was judged; undefined when there is none that could be it. */
export interface JudgedPermission {
  readonly permission: Permission | undefined;
  /** Digest (base64url SHA-256) of the signed statement of it. */
  readonly statement: string | undefined;
  /** The rule that fails; undefined when it permits the call. */
  readonly failed: PermissionRule | undefined;
  /** What counts its uses, where they are limited. */
  readonly counters: readonly PermissionCounter[];
}
