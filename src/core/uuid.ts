import { randomOctets } from "./random.ts";

/**
 * A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits.
 * @param now milliseconds since the epoch
 */
export function uuidV7(now: number): string {
  const octets = randomOctets(16);
  octets.writeUIntBE(now, 0, 6);
  octets[6] = 0x70 | (octets[6]! & 0x0f);
  octets[8] = 0x80 | (octets[8]! & 0x3f);
  return uuidOfHex(octets.toString("hex"));
}

/** The text of a UUID. @param hex 32 digits, small letters */
export function uuidOfHex(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether the text is a lower-case UUIDv7. */
export function isUuidV7(text: string): boolean {
  return form.test(text);
}

/** The milliseconds since the epoch that a UUIDv7 carries. */
export function uuidV7Time(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
