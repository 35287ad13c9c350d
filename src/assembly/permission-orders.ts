import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, parseClientId, parseServiceId, type ServiceId } from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { isUuidV7 } from "../core/uuid.ts";
import type { AskedPermission } from "../exchange/permissions/asked-terms.ts";
import type { EndReason, Permission } from "../policy/permissions/permission.ts";

/** What an officer's command orders of the running server about permissions; it signs with the provider's seal. */
export type PermissionOrder =
  /** Declares that a person gave a permission; the service is the asked one's. */
  | {
      readonly order: "permissions declare";
      /** Members, one of which must be the one that discloses; any when missing. */
      readonly holders?: readonly string[];
      readonly consumer: string;
      readonly officer: string;
      /** Digest of the paper; null without one. */
      readonly proof: string | null;
      readonly asked: AskedPermission & { readonly service: ServiceId };
      /** Who acted for the person, and by what power; null when the person did. */
      readonly representation: {
        readonly kind: NonNullable<Permission["representation"]>["kind"];
        readonly proof: string;
        readonly scheme: string;
        readonly value: string;
      } | null;
    }
  /** Declares that a person withdrew it, or, with a reason, that it ended. */
  | {
      readonly order: "permissions withdraw";
      readonly permission: string;
      readonly officer: string;
      readonly reason: EndReason | null;
    }
  | {
      readonly order: "permissions list";
      readonly provider: string;
      readonly person: { readonly scheme: string; readonly value: string } | null;
      readonly consumer: string | null;
      readonly state: string | null;
      readonly before: string | null;
    }
  /** Erases what names the person of one that is over. */
  | {
      readonly order: "permissions erase";
      readonly permission: string;
      readonly officer: string;
      readonly why: string;
    }
  | { readonly order: "permissions show"; readonly permission: string }
  | { readonly order: "permissions export"; readonly permission: string };

/** A permission in one line. */
export interface ListedPermission
  extends Pick<Permission, "id" | "revision" | "kind" | "consumer" | "service" | "state" | "validity"> {
  readonly purpose: string;
}

export interface PermissionReports {
  readonly "permissions declare": { readonly id: string };
  readonly "permissions withdraw": { readonly id: string; readonly revision: number };
  readonly "permissions erase": { readonly id: string; readonly revision: number };
  readonly "permissions list": { readonly permissions: readonly ListedPermission[]; readonly more: boolean };
  readonly "permissions show": {
    /** Oldest first. */
    readonly revisions: readonly Permission[];
    /** Lines of the text, in English. */
    readonly text: readonly string[];
    readonly used: number | null;
  };
  readonly "permissions export": { readonly record: unknown; readonly statement: string };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value.length > 0 && value.length <= 1024;
const digest: Check = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);
const id: Check = (value) => typeof value === "string" && isUuidV7(value);
const client: Check = (value) => typeof value === "string" && isInOneSpelling(value, parseClientId);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const members =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check((value as Record<string, unknown>)[name]));

const person = members({ scheme: text, value: text });

const orders: Readonly<Record<PermissionOrder["order"], Readonly<Record<string, Check>>>> = {
  "permissions declare": {
    holders: (value) => value === undefined || (Array.isArray(value) && value.every(text)),
    consumer: client,
    officer: text,
    proof: orNull(digest),
    asked: members({
      service: (value) => typeof value === "string" && isInOneSpelling(value, parseServiceId),
      purpose: text,
      person,
      days: Number.isSafeInteger,
    }),
    representation: orNull(members({ kind: text, proof: digest, scheme: text, value: text })),
  },
  "permissions withdraw": { permission: id, officer: text, reason: orNull(text) },
  "permissions list": {
    provider: client,
    person: orNull(person),
    consumer: orNull(client),
    state: orNull(text),
    before: orNull(id),
  },
  "permissions erase": { permission: id, officer: text, why: text },
  "permissions show": { permission: id },
  "permissions export": { permission: id },
};

/**
 * Reads an order. What it says of a permission, the permission's own schema checks.
 * @returns undefined for one that is not about permissions
 * @throws SealwayError `bad_request`
 */
export function parsePermissionOrder(bytes: Buffer): PermissionOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as Readonly<Record<string, unknown>> | null;
  const name = value?.order;
  if (typeof name !== "string" || !Object.hasOwn(orders, name)) return undefined;
  const checks = orders[name as PermissionOrder["order"]];
  const wrong = Object.entries(checks).find(([member, check]) => !check(value![member]));
  const unknown = Object.keys(value!).find((member) => member !== "order" && !Object.hasOwn(checks, member));
  if (wrong !== undefined || unknown !== undefined)
    throw new SealwayError("bad_request", `the order's ${wrong?.[0] ?? unknown} cannot be used`);
  return value as unknown as PermissionOrder;
}
