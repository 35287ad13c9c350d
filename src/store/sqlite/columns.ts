import { uuidOfHex } from "../../core/uuid.ts";
import type { GuardEntry, MessageRecord, RecordDirection } from "../../messagelog/message-record.ts";

/*
 * How words become numbers in frames and columns: the index in these lists. New words go to the end; the order
 * never changes.
 */

export const directions: readonly RecordDirection[] = ["sent", "received"];
export const types: readonly MessageRecord["type"][] = ["request", "response", "refusal", "fault"];
export const roles: readonly GuardEntry["role"][] = ["consumer", "provider"];
export const effects: readonly GuardEntry["effect"][] = ["open", "close", "single"];

/** 2^32 records to a writer, 2^21 writers to a log. */
const perWriter = 2 ** 32;

/** The key of a writer's record; number 0 stands before the first one. */
export function recordKey(ordinal: number, number: number): number {
  return ordinal * perWriter + number;
}

export function writerOf(key: number): number {
  return Math.floor(key / perWriter);
}

export function numberOf(key: number): number {
  return key % perWriter;
}

/** The 16 bytes of an exchange id. */
export function exchangeIdBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  if (bytes.length !== 16) throw new RangeError("an exchange id is a UUID");
  return bytes;
}

export function exchangeIdText(bytes: Buffer): string {
  return uuidOfHex(bytes.toString("hex"));
}

/** The milliseconds that a UUIDv7 carries. */
export function exchangeIdTime(bytes: Buffer): number {
  return bytes.readUIntBE(0, 6);
}

/** A record logged further than this from the time in its exchange id is entered as a straggler. */
export const stragglerAfter = 5000;
