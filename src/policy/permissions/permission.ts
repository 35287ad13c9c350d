import schema from "../../../schemas/permission/v1.schema.json" with { type: "json" };
import type { PermissionKind } from "../../catalogue/description-document.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  parseClientId,
  parseServiceId,
  providerOf,
  type ServiceId,
} from "../../core/ids.ts";
import { ownSchema } from "../../core/own-schema.ts";

export type PermissionState = "requested" | "active" | "declined" | "withdrawn" | "ended";
export type EndReason = "death" | "incapacity" | "majority" | "order" | "superseded" | "request-lapsed";

/** What of a permission can be enforced. */
export interface PermissionLimits {
  readonly uses: number | null;
  /** Periods of so many days, the first of which begins with the validity. */
  readonly perPeriod: { readonly uses: number; readonly days: number } | null;
  /** Days (`2026-01-31`), both included, and the parameters of the query in which a call says them. */
  readonly dataPeriod: {
    readonly from: string;
    readonly to: string;
    readonly parameters: readonly string[];
  } | null;
  /** How long the consumer may keep what it received. */
  readonly keepDays: number | null;
}

export const noLimits: PermissionLimits = { uses: null, perPeriod: null, dataPeriod: null, keepDays: null };

/** Somebody who is not named; as in exchange documents. */
export interface CommittedPerson {
  readonly c: string;
  readonly scheme: string;
}

/** What proves an act: a sign-in for this very text, or an officer's word. Digests are base64url SHA-256. */
export type PermissionAct =
  | {
      readonly kind: "signed-in";
      readonly issuer: string;
      readonly acr: string;
      /** Milliseconds. */
      readonly authTime: number;
      /** Of the text shown; null for an act that shows none. */
      readonly text: string | null;
      readonly token: string;
      /** JWK thumbprint of the key that signed the token. */
      readonly key: string;
    }
  | {
      readonly kind: "declared";
      readonly officer: string;
      readonly text: string | null;
      readonly proof: string | null;
    };

export interface Representation {
  readonly kind: "guardian" | "curator" | "mandate" | "employee";
  /** Digest of what proves the power; of a power that was fetched a commitment to the digest of the answer. */
  readonly proof: string;
  readonly representative: CommittedPerson;
  /** Of a power that was fetched from its authentic source; missing where an officer declares it. */
  readonly power?: FetchedPower;
}

export interface FetchedPower {
  readonly source: ServiceId;
  /** By which it was fetched. */
  readonly exchange: string;
  /** Data elements that it is limited to; null for a power over all. */
  readonly elements: readonly string[] | null;
  /** When it ends of itself, milliseconds; null while no end is known. */
  readonly until: number | null;
}

/** One revision of a permission, as it is signed: `schemas/permission/v1.schema.json`. Names no person. */
export interface Permission {
  readonly v: 1;
  readonly instance: string;
  /** When this revision was made, milliseconds. */
  readonly time: number;
  readonly id: string;
  readonly revision: number;
  /** Digest of the signed revision before this one. */
  readonly previous: string | null;
  readonly kind: PermissionKind;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** Of a service that takes messages: the consumer discloses, in what it sends. Missing for all others. */
  readonly pattern?: "message";
  readonly purpose: { readonly id: string; readonly revision: number; readonly sha256: string };
  /** Data elements that the person was told of; nothing else is disclosed. */
  readonly elements: readonly string[];
  /** JSON pointers; null for all that the elements cover. */
  readonly fields: readonly string[] | null;
  /** Milliseconds; the first moment belongs to it, the last does not. */
  readonly validity: { readonly from: number; readonly to: number };
  readonly limits: PermissionLimits;
  readonly person: CommittedPerson;
  readonly representation: Representation | null;
  readonly act: PermissionAct | null;
  readonly state: PermissionState;
  readonly reason: EndReason | null;
}

/** Who gives data by a permission, and whose member keeps and signs it; and who gets the data. */
export function partiesOf({
  consumer,
  service,
  pattern,
}: Pick<Permission, "consumer" | "service" | "pattern">): {
  readonly discloser: ClientId;
  readonly recipient: ClientId;
} {
  const provider = providerOf(service);
  return pattern === "message"
    ? { discloser: consumer, recipient: provider }
    : { discloser: provider, recipient: consumer };
}

/** The `typ` of a signed revision. */
export const permissionType = "sealway-permission+jws";

/** The scheme under which messages commit to the id of a permission. */
export const permissionScheme = "urn:sealway:permission";

const validate = ownSchema<Permission>(schema, { allowUnionTypes: true });

/**
 * Checks the form of a revision.
 * @throws SealwayError `bad_request` naming the place, never a value
 */
export function checkPermission(document: unknown): asserts document is Permission {
  if (!validate(document)) {
    const error = validate.errors?.[0];
    throw refused(`${error?.instancePath || "/"} ${error?.message}`);
  }
  const { consumer, service, validity } = document;
  if (!isInOneSpelling(consumer, parseClientId) || !isInOneSpelling(service, parseServiceId))
    throw refused("consumer or service is not in its one spelling");
  if (validity.from >= validity.to) throw refused("it ends before it begins");
}

/** As it is kept: canonical JSON (RFC 8785). */
export function serializePermission(permission: Permission): Buffer {
  return Buffer.from(canonicalJson(permission as unknown as Json), "utf8");
}

/** Reads what `serializePermission` made and our own store kept. */
export function readPermission(document: Buffer | string): Permission {
  return JSON.parse(document.toString()) as Permission;
}

function refused(detail: string): SealwayError {
  return new SealwayError("bad_request", `permission: ${detail}`);
}
