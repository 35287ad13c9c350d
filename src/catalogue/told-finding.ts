import type { DescriptionFault } from "./description-faults.ts";
import { type GateFinding, gateCodes, type Severity } from "./gate/gate-codes.ts";

/** What stands against a publication, as whoever publishes is told. */
export interface ToldFinding {
  readonly code: string;
  readonly severity: Severity;
  /** JSON pointer (RFC 6901) into the description. */
  readonly place: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

/** Findings of the gate with what the table says of their codes. */
export function tellFindings(findings: readonly GateFinding[]): ToldFinding[] {
  return findings.map(({ code, place, detail }) => ({ code, place, detail, ...gateCodes[code] }));
}

/** Places where a document is not of the form of a description. */
export function tellFaults(faults: readonly DescriptionFault[]): ToldFinding[] {
  return faults.map(({ place, problem }) => ({
    ...{
      code: "description.form",
      severity: "refused",
      place,
      title: "It is no description",
      detail: problem,
    },
    remedy: "Correct it: schemas/service/v1.schema.json describes each member.",
  }));
}

/** Whether nothing of it stands against publication. */
export function isPublishable(findings: readonly ToldFinding[]): boolean {
  return findings.every(({ severity }) => severity === "noted");
}
