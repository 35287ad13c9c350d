import { randomOctets } from "./random.ts";

/**
 * A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits.
 * @param now milliseconds since the epoch
 */
export function uuidV7(now: number): string {
  const random = randomOctets(10);
  random[0] = 0x70 | (random[0]! & 0x0f);
  random[2] = 0x80 | (random[2]! & 0x3f);
  const time = now.toString(16).padStart(12, "0");
  const rest = random.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`;
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
