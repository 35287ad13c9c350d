import { isPublishable, type ToldFinding } from "../catalogue/told-finding.ts";
import { pointerLines } from "../core/pointer-lines.ts";

/** Findings that are printed for people: nobody reads more at once. */
const mostPrinted = 200;

export interface PlacedFinding extends ToldFinding {
  /** Of the description's file, from 1. */
  readonly line: number;
}

/** @param bytes the description's file, which was parsed */
export function placeFindings(bytes: Buffer, findings: readonly ToldFinding[]): PlacedFinding[] {
  const lines = pointerLines(
    bytes.toString("utf8"),
    findings.map(({ place }) => place),
  );
  return findings.map((finding) => ({ ...finding, line: lines.get(finding.place)! }));
}

/** The findings for people, a verdict last. */
export function findingLines(file: string, findings: readonly PlacedFinding[]): string {
  const lines = findings.slice(0, mostPrinted).map((finding) => describe(file, finding));
  return [...lines, verdict(isPublishable(findings), findings.length)].join("\n");
}

function describe(file: string, finding: PlacedFinding): string {
  const { code, severity, place, title, detail, remedy, line } = finding;
  const what = `${title}${detail === "" ? "" : `: ${detail}`}`;
  return `${file}:${line}: ${code}${severity === "noted" ? " (noted)" : ""} at ${place || "/"}\n  ${what}. ${remedy}`;
}

function verdict(publishable: boolean, count: number): string {
  if (count === 0) return "publishable";
  const more = count > mostPrinted ? `, ${mostPrinted} of them above; --json prints all` : "";
  return `${publishable ? "publishable" : "not publishable"}: ${count} ${count === 1 ? "finding" : "findings"}${more}`;
}
