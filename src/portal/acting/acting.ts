import type { ServiceId } from "../../core/ids.ts";
import type { Power } from "../../policy/representation/power.ts";

/** For whom somebody who is signed in acts, by a register's word. */
export interface Acting extends Pick<Power, "kind" | "acts"> {
  /** The service that knows of the power. */
  readonly source: ServiceId;
  /** Identifier scheme, and identifier, of whom it is for; they stand in no address and in no log. */
  readonly scheme: string;
  readonly identifier: string;
  readonly name: string;
}

/** Whose data is asked about, and who is signed in. */
export interface Whose {
  readonly userId: string;
  /** Null for the own. */
  readonly acting: Acting | null;
}

/** The list of uses of somebody, as `sealway.usage` is asked for it: a path with its query. */
export function usesPath({ userId, acting }: Whose, rest: Readonly<Record<string, string>>): string {
  if (acting === null) return `/v1/usages?${new URLSearchParams({ userCode: userId, ...rest })}`;
  const { identifier: userCode, kind, source } = acting;
  const query = new URLSearchParams({ userCode, representative: userId, source, ...rest });
  return `/v1/usages/${kind === "heir" ? "heir" : "guardian"}?${query}`;
}

/**
 * An act on permissions, as `sealway.permission` is told of it: where, and what.
 * @param scheme of those who sign in
 */
export function actOf(
  { userId, acting }: Whose,
  scheme: string,
  act: object,
): { readonly path: string; readonly body: object } {
  if (acting === null) return { path: "/acts", body: { ...act, person: { scheme, value: userId } } };
  const { identifier, source } = acting;
  const person = { scheme: acting.scheme, value: identifier };
  const representative = { scheme, value: userId, source };
  return { path: "/acts/represented", body: { ...act, person, representative } };
}
