import type { Random } from "../random.ts";
import { birthday, dayNumber, isoDay, lastDay } from "./calendar.ts";
import { checkDigit } from "./check-digit.ts";
import { drawAddress } from "./dwelling.ts";
import { isAdult, isAlive, type Person } from "./person.ts";
import type { Address } from "./places.ts";

/** What of an entry may be published: all of it, all but the board, or nothing. */
export type Publication = "full" | "board-withheld" | "excluded";

/** One entry of the Business Register. Days are `YYYY-MM-DD`, money is in cents of the euro. */
export interface Company {
  readonly code: string;
  readonly name: string;
  readonly form: string;
  readonly founded: string;
  readonly activity: string;
  readonly capitalCents: number;
  readonly address: Address;
  readonly publication: Publication;
  readonly board: readonly BoardMember[];
}

export interface BoardMember {
  readonly person: string;
  readonly role: "chair" | "member";
  readonly since: string;
}

// biome-ignore format: a table is read by its columns
const activities = [
  { code: "01.13", words: ["Fields", "Orchards", "Harvest"] },
  { code: "03.11", words: ["Fisheries", "Trawlers", "Seafood"] },
  { code: "10.71", words: ["Bakery", "Mills", "Foods"] },
  { code: "16.10", words: ["Timber", "Sawmill", "Joinery"] },
  { code: "25.11", words: ["Ironworks", "Metals", "Fittings"] },
  { code: "41.20", words: ["Builders", "Construction", "Roofing"] },
  { code: "46.90", words: ["Trading", "Wholesale", "Supplies"] },
  { code: "49.41", words: ["Haulage", "Logistics", "Freight"] },
  { code: "55.10", words: ["Inns", "Hotels", "Guesthouses"] },
  { code: "62.01", words: ["Software", "Systems", "Data"] },
  { code: "69.20", words: ["Accounts", "Audit", "Advisers"] },
  { code: "86.21", words: ["Clinic", "Health", "Care"] },
];
const firstWords =
  "Amber Anchor Blue Bright Cedar Clear Copper Crane Delta Dune Eastern Elm Falcon Fern Golden Granite Grey Harbour Heron Inland Ivy Juniper Keel Lantern Linden Marble Northern Oak Old Pearl Pine Quick Red River Salt Silver Slate South Stone Swift Tall Tidal United Upland Violet Western White Willow Winter Wren".split(
    " ",
  );
const forms = ["Ltd", "Ltd", "Ltd", "PLC", "Cooperative"];
const publications: readonly Publication[] = [
  ...Array<Publication>(46).fill("full"),
  "board-withheld",
  "board-withheld",
  "excluded",
  "excluded",
];

/** The eight-digit registration code with the given number, 1 to 999,999. */
function registrationCode(number: number): string {
  const digits = String(1_000_000 + number);
  return digits + checkDigit(digits);
}

/** Companies in the order of their codes; each board is of people who were of age when they joined and live. */
export function generateCompanies(random: Random, people: readonly Person[], count: number): Company[] {
  const end = isoDay(lastDay);
  const living = people.filter((person) => isAlive(person, end) && isAdult(person, end));
  return Array.from({ length: count }, (_, i): Company => {
    const founded = isoDay(random.between(dayNumber("1992-03-01"), lastDay - 60));
    const activity = random.pick(activities);
    const form = random.pick(forms);
    return {
      code: registrationCode(1 + i * 7),
      name: `${random.pick(firstWords)} ${random.pick(firstWords)} ${random.pick(activity.words)} ${form}`,
      form,
      founded,
      activity: activity.code,
      capitalCents: form === "PLC" ? 2_500_000 * random.between(1, 40) : 250_000 * random.between(1, 20),
      address: drawAddress(random),
      publication: random.pick(publications),
      board: drawBoard(random, living, founded),
    };
  });
}

function drawBoard(random: Random, living: readonly Person[], founded: string): BoardMember[] {
  const board: BoardMember[] = [];
  for (let seats = random.pick([1, 1, 1, 2, 2, 3, 4]); seats > 0; seats--) {
    const { code: person, born } = random.pick(living);
    if (board.some((member) => member.person === person)) continue;
    const earliest = Math.max(dayNumber(founded), dayNumber(birthday(born, 18)));
    const since = isoDay(random.between(earliest, lastDay));
    board.push({ person, role: board.length === 0 ? "chair" : "member", since });
  }
  return board;
}
