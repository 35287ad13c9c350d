import type { Json } from "../../core/canonical-json.ts";
import type { Text } from "../vocabulary.ts";
import type { Reading } from "./reading.ts";

/** A text of the document as a text of a description; noted and left out when it is too long. */
export function englishText(
  reading: Reading,
  value: Json | undefined,
  place: string,
  most = 2000,
): Text | undefined {
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const en = value.trim();
  if (en.length <= most) return { en };
  reading.note("text.long", place, `more than ${most} characters`);
  return undefined;
}
