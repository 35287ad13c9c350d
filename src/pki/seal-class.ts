import type { Certificate } from "./certificate.ts";
import { oids } from "./oids.ts";

/*
 * What kind of electronic seal a certificate makes, in the words of eIDAS (Regulation (EU) 910/2014, Articles 36 to 38), as its
 * issuer states it in qcStatements (ETSI EN 319 412-5). Every seal here is an advanced one: unique to its member, under its
 * sole control, and broken by any change of the data.
 */

/** From least to most. */
export const sealClasses = ["advanced", "advanced-on-qualified-certificate", "qualified"] as const;
export type SealClass = (typeof sealClasses)[number];

/** In words, for people who judge a seal. */
export const sealClassTitles: Readonly<Record<SealClass, string>> = {
  advanced: "an advanced electronic seal",
  "advanced-on-qualified-certificate": "an advanced electronic seal based on a qualified certificate",
  qualified: "a qualified electronic seal",
};

/** The class of the seals that a certificate makes, by its issuer's word; whether that one is to be believed, trust lists say. */
export function sealClassOf({ qualified: { statements, types } }: Pick<Certificate, "qualified">): SealClass {
  const isForSeals = statements.includes(oids.qcCompliance) && types.includes(oids.qcTypeSeal);
  if (!isForSeals) return "advanced";
  return statements.includes(oids.qcDevice) ? "qualified" : "advanced-on-qualified-certificate";
}

export function isAtLeast(one: SealClass, least: SealClass): boolean {
  return sealClasses.indexOf(one) >= sealClasses.indexOf(least);
}
