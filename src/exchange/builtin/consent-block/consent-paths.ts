/** Who may call a path: either party of a permission, a portal for who is signed in there, or the discloser's own systems. */
export type ConsentCaller = "party" | "portal" | "discloser";

/** What of the one engine a path is. */
export type ConsentAct =
  | "showAgreement"
  | "listAgreements"
  | "listOwn"
  | "showOwn"
  | "ask"
  | "listOfPerson"
  | "listOfAgreement"
  | "draft"
  | "sign"
  | "optOut"
  | "listAll"
  | "showAll";

export interface ConsentPath {
  readonly method: string;
  readonly path: string;
  readonly caller: ConsentCaller;
  readonly act: ConsentAct;
}

const verification = "/service/verification";
const record = "/service/individual/record";

// biome-ignore format: a table is read by its columns
const table: readonly (readonly [method: string, path: string, caller: ConsentCaller, act: ConsentAct])[] = [
  ["GET",  "/service/data-agreement/{id}",              "party",     "showAgreement"],
  ["GET",  `${verification}/data-agreements`,           "party",     "listAgreements"],
  ["GET",  `${verification}/consent-records`,           "party",     "listOwn"],
  ["GET",  `${verification}/consent-record/{id}`,       "party",     "showOwn"],
  ["POST", `${record}/data-agreement/{id}`,             "party",     "ask"],
  ["GET",  `${record}/consent-record`,                  "portal",    "listOfPerson"],
  ["GET",  `${record}/data-agreement/{id}`,             "portal",    "listOfAgreement"],
  ["POST", `${record}/consent-record/{id}/signature`,   "portal",    "draft"],
  ["PUT",  `${record}/consent-record/{id}/signature`,   "portal",    "sign"],
  ["PUT",  `${record}/consent-record/{id}`,             "portal",    "optOut"],
  ["GET",  "/audit/data-agreements",                    "discloser", "listAgreements"],
  ["GET",  "/audit/data-agreement/{id}",                "discloser", "showAgreement"],
  ["GET",  "/audit/consent-records",                    "discloser", "listAll"],
  ["GET",  "/audit/consent-record/{id}",                "discloser", "showAll"],
];

/** The paths of GovStack's consent building block that are answered, below the built-in service. */
export const consentPaths: readonly ConsentPath[] = table.map(([method, path, caller, act]) => {
  return { method, path, caller, act };
});
