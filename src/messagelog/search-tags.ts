import { createHmac, type KeyObject } from "node:crypto";
import { canonicalJson } from "../core/canonical-json.ts";
import type { NamedSubject } from "./message-record.ts";
import { uuidText } from "./uuid-bytes.ts";
import type { DataKey } from "./vault.ts";

/*
 * How the log is searched for a person without naming one: beside each record stand tags, keyed digests of the
 * identifiers in it. The key is the member's, of one quarter, and lives in the vault; with its destruction nobody
 * can be searched for in that quarter any more.
 */

/** One person of one record. */
export interface SearchTag {
  /** UUID of the key in the vault. */
  readonly key: string;
  readonly role: string;
  readonly scheme: string;
  /** base64url of 32 bytes. */
  readonly tag: string;
}

export function searchTags(key: DataKey, subjects: readonly NamedSubject[]): SearchTag[] {
  const id = uuidText(key.id);
  return subjects.map(({ role, scheme, value }) => {
    return { key: id, role, scheme, tag: searchTag(key.key, scheme, value) };
  });
}

/** The tag of one person under one key. @param value normalised */
export function searchTag(key: KeyObject, scheme: string, value: string): string {
  return createHmac("sha256", key).update(`sealway/search-tag/v1\0${scheme}\0${value}`).digest("base64url");
}

/** As a record holds them. */
export function serializeSearchTags(tags: readonly SearchTag[]): Buffer {
  return Buffer.from(canonicalJson(tags.map((tag) => ({ ...tag }))));
}

/** @param bytes of a record, `serializeSearchTags` made them */
export function parseSearchTags(bytes: Buffer): readonly SearchTag[] {
  return bytes.length === 0 ? [] : (JSON.parse(bytes.toString("utf8")) as SearchTag[]);
}
