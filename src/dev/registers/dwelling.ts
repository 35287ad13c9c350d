import type { Random } from "../random.ts";
import { type Address, streets, type Town, towns } from "./places.ts";

const byWeight: readonly Town[] = towns.flatMap((town) => Array<Town>(town[3]).fill(town));

/** A town, drawn by its population. */
export function drawTown(random: Random): Town {
  return random.pick(byWeight);
}

/** An address in an invented town. */
export function drawAddress(random: Random): Address {
  const [town, region, prefix, , housing] = drawTown(random);
  const street = random.pick(streets);
  const house = `${random.between(1, 89)}${random.chance(8) ? "A" : ""}`;
  const postcode = `${prefix}${String(random.below(100)).padStart(2, "0")}`;
  if (housing === "houses" && random.chance(80)) return { region, town, street, house, postcode };
  return { region, town, street, house, flat: String(random.between(1, 60)), postcode };
}
