import type { KeyObject } from "node:crypto";
import { sha256Base64Url } from "../../core/bytes.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseAuthorityStatement, signAuthorityStatement } from "../../message/authority-statement.ts";
import type { RegisteredContent } from "../../message/registration/registered.ts";
import type { StatementPayload, StatementType } from "../../message/signed-statement.ts";
import type { Approval, KeptRequest } from "./kept-request.ts";

/*
 * What the registry is made of: statements of the authority, each naming the one before, kept in a log as the documents
 * of exchanges are. An entry holds what members and officers signed as they signed it, and what the authority made of it.
 */

/** Longest entry, bytes: what the registry file of a large country says. */
export const mostEntryBytes = 64 * 1024 * 1024;

export const registryEntryType: StatementType = "sealway-registry-entry+jws";

/** What happened. */
export type RegistryEvent =
  /** What the registry file says that it did not say before, and what it says no more, by list and id (`members DEV/GOV/1`). */
  | { readonly entry: "import"; readonly content: RegisteredContent; readonly left: readonly string[] }
  | ({ readonly entry: "request" } & Pick<
      KeptRequest,
      "signatures" | "approvals" | "persons" | "members" | "automatic"
    > & { readonly state: "saved" | "requested" | "approved" })
  /** More of those signed who must. */
  | ({ readonly entry: "signature"; readonly request: string } & Pick<
      KeptRequest,
      "signatures" | "approvals" | "members" | "persons" | "automatic"
    > & { readonly state: "saved" | "requested" | "approved" })
  | {
      readonly entry: "decision";
      readonly request: string;
      /** The officer's, a compact JWS. */
      readonly statement: string;
      readonly approval: Approval;
      readonly state: "requested" | "approved" | "declined";
      readonly reason?: string;
    }
  /** Nobody acted in time. */
  | { readonly entry: "expiry"; readonly request: string };

/** An entry as it is kept. */
export interface RegistryEntry {
  readonly instance: string;
  /** Milliseconds. */
  readonly time: number;
  /** 1, 2, 3 … */
  readonly number: number;
  /** SHA-256 (base64url) of the entry before it; null for the first. */
  readonly previous: string | null;
  readonly event: RegistryEvent;
}

/** @param key the authority's catalogue key */
export function signRegistryEntry(key: KeyObject, entry: RegistryEntry): Buffer {
  return signAuthorityStatement(key, registryEntryType, entry as unknown as StatementPayload);
}

/**
 * Reads an entry of the own log.
 * @param keys of the authority, base64url of 32 bytes
 * @throws SealwayError `malformed_statement`; `invalid_signature` also for another key
 */
export function parseRegistryEntry(
  bytes: Buffer,
  keys: ReadonlySet<string>,
): { readonly entry: RegistryEntry; readonly sha256: string } {
  const { payload, key } = parseAuthorityStatement(bytes, registryEntryType, mostEntryBytes);
  if (!keys.has(key))
    throw new SealwayError("invalid_signature", "the entry is signed by no key of the authority");
  const { event } = payload as { event?: Json };
  if (typeof event !== "object" || event === null)
    throw new SealwayError("malformed_statement", "registry entry: it says nothing");
  return { entry: payload as unknown as RegistryEntry, sha256: sha256Base64Url(bytes) };
}
