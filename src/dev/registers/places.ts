export interface Address {
  readonly region: string;
  readonly town: string;
  readonly street: string;
  readonly house: string;
  readonly flat?: string;
  readonly postcode: string;
}

/** How people live in a town: in blocks of flats or in houses. */
type Housing = "flats" | "houses";

/** Town, region, first digits of the postcode, weight of its population, housing. */
export type Town = readonly [
  name: string,
  region: string,
  postcode: number,
  weight: number,
  housing: Housing,
];

// biome-ignore format: a table is read by its columns
export const towns: readonly Town[] = [
  ["Harbour City",   "Bay",       101, 28, "flats"],
  ["Lantern Point",  "Bay",       115,  6, "flats"],
  ["Saltmarsh",      "Bay",       132,  3, "houses"],
  ["Oldbridge",      "River",     201, 12, "flats"],
  ["Millwater",      "River",     214,  5, "houses"],
  ["Three Fords",    "River",     228,  2, "houses"],
  ["Highmoor",       "Uplands",   301,  7, "flats"],
  ["Cold Spring",    "Uplands",   316,  3, "houses"],
  ["Stonecrop",      "Uplands",   329,  2, "houses"],
  ["Birchfield",     "Lakes",     401,  8, "flats"],
  ["Herons Mere",    "Lakes",     417,  3, "houses"],
  ["Reedhaven",      "Lakes",     433,  2, "houses"],
  ["Amberstrand",    "Islands",   501,  4, "houses"],
  ["Gull Rock",      "Islands",   519,  1, "houses"],
  ["Southgate",      "Orchards",  601,  8, "flats"],
  ["Quince Hill",    "Orchards",  612,  3, "houses"],
  ["Vinedale",       "Orchards",  625,  3, "houses"],
];

export const streets: readonly string[] = [
  ..."Anchor Apple Archive Baker Beacon Bell Birch Blacksmith Canal Castle Chestnut Clock Cooper Dyer Elder Ferry".split(
    " ",
  ),
  ..."Fisher Garden Glass Granary Hazel Juniper Kiln Lark Library Lime Linden Maple Market Meadow Mint Oak".split(
    " ",
  ),
  ..."Orchard Pilot Plover Poplar Potter Quarry Ropewalk Rowan Saddler School Ship Spruce Station Swan".split(
    " ",
  ),
  ..."Tanner Tide Timber Tower Violet Wall Weaver Well Willow Windmill".split(" "),
].flatMap((name) => [`${name} Street`, `${name} Lane`]);
