import { birthday } from "./calendar.ts";
import type { Sex } from "./personal-code.ts";
import type { Address } from "./places.ts";

export type MaritalStatus = "single" | "married" | "divorced" | "widowed";

/** One entry of the Population Register. Days are `YYYY-MM-DD`; relatives are personal codes. */
export interface Person {
  readonly code: string;
  readonly sex: Sex;
  readonly given: string;
  readonly family: string;
  readonly born: string;
  readonly birthplace: string;
  readonly died?: string;
  readonly citizenship: string;
  readonly marital: MaritalStatus;
  readonly married?: string;
  readonly spouse?: string;
  /** Mother, father; none for those who came from abroad or were born before the register began. */
  readonly parents: readonly string[];
  readonly children: readonly string[];
  readonly address: Address;
  readonly residentSince: string;
}

/** Whether the person is alive on a day (`YYYY-MM-DD`). */
export function isAlive(person: Person, day: string): boolean {
  return person.born <= day && (person.died === undefined || person.died > day);
}

/** Whether the person is of full age, 18, on a day. */
export function isAdult(person: Person, day: string): boolean {
  return birthday(person.born, 18) <= day;
}
