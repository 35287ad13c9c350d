import type { ServicePurpose } from "../catalogue/description-document.ts";

/** As whom somebody reads the list of a person: the person, or who acts for a living or a dead one. */
export const viewers = ["self", "guardian", "heir"] as const;
export type Viewer = (typeof viewers)[number];

/** What a purpose says of the list of the person concerned. */
export type ListingRule = Pick<ServicePurpose, "disclosure" | "protectsFromRepresentative">;

/** How a use appears in a list, from the least to the most that is told. */
const appearances = ["absent", "counted", "without-unit", "whole"] as const;
export type Appearance = (typeof appearances)[number];

type Word = "show" | "show-without-unit" | "group" | "withhold" | "protected" | "not-yet";

// biome-ignore format: a table is read by its columns
const table: Readonly<Record<Word, Readonly<Record<Viewer, Appearance>>>> = {
  //                     self                   guardian                   heir
  "show":              { self: "whole",         guardian: "whole",         heir: "whole"        },
  "show-without-unit": { self: "without-unit",  guardian: "without-unit",  heir: "without-unit" },
  "group":             { self: "counted",       guardian: "counted",       heir: "counted"      },
  "withhold":          { self: "absent",        guardian: "absent",        heir: "absent"       },
  "not-yet":           { self: "absent",        guardian: "absent",        heir: "absent"       },
  "protected":         { self: "whole",         guardian: "absent",        heir: "absent"       },
};

const day = 24 * 60 * 60 * 1000;

/**
 * How a use appears to a viewer: as the rule that tells the least has it.
 * @param rules of its purpose, one for each version of the service that is in force; a use without a purpose has none
 * @param age since the use, milliseconds
 */
export function appearanceOf(rules: readonly ListingRule[], viewer: Viewer, age: number): Appearance {
  const words = rules.flatMap((rule) => wordsOf(rule, age));
  const told = words.map((word) => appearances.indexOf(table[word][viewer]));
  return appearances[Math.min(appearances.indexOf("whole"), ...told)]!;
}

function wordsOf({ disclosure = "show", protectsFromRepresentative }: ListingRule, age: number): Word[] {
  const shown =
    typeof disclosure === "string" ? disclosure : age < disclosure.later * day ? "not-yet" : "show";
  return protectsFromRepresentative === true ? [shown, "protected"] : [shown];
}
