import type { Random } from "../random.ts";
import { birthday, dayNumber, isoDay, lastDay, years } from "./calendar.ts";
import type { Person } from "./person.ts";

/** The account to which authorities pay, as the person told the Tax Board. */
export interface PaymentAccount {
  readonly account: string;
  readonly bank: string;
  readonly since: string;
}

const banks: readonly (readonly [code: string, name: string])[] = [
  ["11", "First Savings Bank"],
  ["22", "Bay Mutual"],
  ["33", "Uplands Farmers' Bank"],
];

/** Accounts of most adults, by personal code. */
export function generateAccounts(random: Random, people: readonly Person[]): Map<string, PaymentAccount> {
  const accounts = new Map<string, PaymentAccount>();
  for (const person of people) {
    const earliest = Math.max(dayNumber(birthday(person.born, 18)), lastDay - years(15));
    const latest = person.died === undefined ? lastDay : dayNumber(person.died);
    if (earliest >= latest || !random.chance(93)) continue;
    const [code, bank] = random.pick(banks);
    const number =
      String(random.below(1_000_000)).padStart(6, "0") + String(random.below(1e8)).padStart(8, "0");
    accounts.set(person.code, {
      account: accountNumber(code + number),
      bank,
      since: isoDay(random.between(earliest, latest)),
    });
  }
  return accounts;
}

/** An ISO 13616 number with its two check digits; "DV" is no country's code, and counts as 13 31. */
function accountNumber(digits: string): string {
  let remainder = 0;
  for (const part of [digits.slice(0, 8), digits.slice(8), "133100"]) {
    remainder = Number(`${remainder}${part}`) % 97;
  }
  return `DV${String(98 - remainder).padStart(2, "0")}${digits}`;
}
