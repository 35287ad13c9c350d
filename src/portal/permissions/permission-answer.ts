import { sha256Base64Url } from "../../core/bytes.ts";
import type { ClientId } from "../../core/ids.ts";
import { checkPermission, type Permission, partiesOf } from "../../policy/permissions/permission.ts";
import {
  type AskedAct,
  type PermissionText,
  type PermissionWords,
  serializeText,
  textLanguages,
} from "../../policy/permissions/permission-text.ts";
import { showsAsItIs } from "../../web/html.ts";
import type { Acting } from "../acting/acting.ts";

/** A permission or request in a person's list, and who told it. */
export interface ShownPermission {
  readonly permission: Permission;
  readonly words: PermissionWords;
  /** How often it was used; null where uses are not counted. */
  readonly used: number | null;
  readonly provider: ClientId;
  /** By which addresses of the portal name it: its id, or more where several subsystems tell of the same id. */
  readonly name: string;
}

/** What a person does that gives something: it needs a sign-in for its very text. */
export interface PermissionAct {
  readonly act: AskedAct;
  readonly provider: ClientId;
  /** For whom, where it is not for oneself. */
  readonly acting: Acting | null;
  readonly permission: string;
  /** That the person saw. */
  readonly revision: number;
  /** Until when it is extended, milliseconds since the epoch. */
  readonly to: number | undefined;
}

/** What the person is to read before such an act. */
export interface ShownText {
  readonly act: PermissionAct;
  readonly lines: PermissionText["lines"];
  /** base64url SHA-256 of the canonical text: the nonce of the sign-in. */
  readonly digest: string;
}

/** What became of an act. */
export type ActOutcome =
  | "give"
  | "extend"
  | "decline"
  | "withdraw"
  | "changed"
  | "not accepted"
  | "no power"
  | "failed";

export interface PermissionPage {
  readonly permissions: readonly ShownPermission[];
  readonly more: boolean;
}

/** One page of a subsystem's list (another member's word); undefined when it is not of the form that was agreed. */
export function readPermissionPage(value: unknown, provider: ClientId): PermissionPage | undefined {
  const { permissions, more } = (value ?? {}) as { permissions?: unknown; more?: unknown };
  if (!Array.isArray(permissions) || permissions.length > 1000 || typeof more !== "boolean") return undefined;
  const shown = permissions.map((one) => readOne(one, provider));
  return shown.every((one) => one !== undefined) ? { permissions: shown, more } : undefined;
}

function readOne(value: unknown, provider: ClientId): ShownPermission | undefined {
  const { permission, words, used } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!isPermission(permission) || partiesOf(permission).discloser !== provider || !isWords(words))
    return undefined;
  if (used !== null && !Number.isSafeInteger(used)) return undefined;
  return { permission, words, used: used as number | null, provider, name: permission.id };
}

function isPermission(value: unknown): value is Permission {
  try {
    checkPermission(value);
    return true;
  } catch {
    return false;
  }
}

function isWords(value: unknown): value is PermissionWords {
  const { consumer, provider, service, purpose, elements } = (value ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const isText = (text: unknown) =>
    typeof text === "object" && text !== null && Object.values(text).every((one) => typeof one === "string");
  const areNames = typeof consumer === "string" && typeof provider === "string";
  return areNames && isText(service) && isText(purpose) && Array.isArray(elements) && elements.every(isText);
}

/**
 * The text of an act, as its provider told it; the digest is computed here from what is shown, so that a person signs in
 * for nothing else.
 * @returns undefined when it is not of the form that was agreed, when it does not show as it is, and when the provider
 *   states another digest
 */
export function readText(value: unknown, act: PermissionAct): ShownText | undefined {
  const { revision, text, digest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (revision !== act.revision || !isLines(text)) return undefined;
  const whole = {
    v: 1,
    permission: act.permission,
    revision: act.revision + 1,
    act: act.act,
    lines: text,
  } as const;
  const own = sha256Base64Url(serializeText(whole));
  return own === digest ? { act, lines: text, digest: own } : undefined;
}

function isLines(value: unknown): value is PermissionText["lines"] {
  if (typeof value !== "object" || value === null) return false;
  const names = Object.keys(value);
  const all = Object.values(value);
  const isWhole =
    names.length === textLanguages.length && textLanguages.every((name) => names.includes(name));
  return isWhole && all.every((lines) => Array.isArray(lines) && lines.length > 0 && lines.every(isLine));
}

/** A line must look like what it is: no breaks, nothing invisible. */
function isLine(value: unknown): boolean {
  return typeof value === "string" && value.length <= 20_000 && !/[\n\t]/.test(value) && showsAsItIs(value);
}
