import type { Flag } from "./arguments.ts";

export const jsonFlag = {
  kind: "switch",
  name: "json",
  description: "Prints JSON.",
} as const satisfies Flag;

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
