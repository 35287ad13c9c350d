import type { ArchiveVerdict } from "../messagelog/archive/verify-archive.ts";
import type { Severity } from "../messagelog/evidence/finding-codes.ts";
import type { PackageVerdict } from "../messagelog/evidence/verify-package.ts";

const marks: Readonly<Record<Severity, string>> = {
  ok: "ok",
  info: "note",
  warning: "WARNING",
  failure: "FAILED",
};

const verdicts: Readonly<Record<PackageVerdict["verdict"], string>> = {
  valid: "VALID",
  invalid: "INVALID",
  unusable: "UNUSABLE",
};

/** A finding of a package or of an archive. */
interface Told {
  readonly code: string;
  readonly place: string;
  readonly severity: Severity;
  readonly consequence: string;
  readonly detail?: string;
}

/** A table for people: a line a finding, its consequence below unless all is well. */
export function describePackage({ verdict, exchange, findings }: PackageVerdict): string {
  const title = exchange === undefined ? [] : [`exchange ${exchange.id} in ${exchange.instance}`, ""];
  const count = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  const totals = `ok: ${count("ok")}, notes: ${count("info")}, warnings: ${count("warning")}, failures: ${count("failure")}`;
  return `${[...title, ...findings.flatMap(lines), "", `${verdicts[verdict]} (${totals})`].join("\n")}\n`;
}

/** One package of many: a line, and what failed. */
export function describeOfMany(path: string, { verdict, findings }: PackageVerdict): string {
  const failed = findings.filter(({ severity }) => severity === "failure").flatMap(lines);
  return `${[`${verdicts[verdict].padEnd(8)} ${printable(path)}`, ...failed].join("\n")}\n`;
}

/** How often each thing was found, then what must be looked at. */
export function describeArchive({ verdict, archive, counts, findings }: ArchiveVerdict): string {
  const title =
    archive === undefined
      ? []
      : [
          `log of ${printable(archive.server)}, ${archive.segments} segments, ${archive.records} records, ` +
            `time-stamped from ${new Date(archive.period.from).toISOString()} to ${new Date(archive.period.to).toISOString()}`,
          "",
        ];
  const told = new Set(findings.map(({ code }) => code as string));
  const good = Object.entries(counts).filter(([code]) => !told.has(code));
  const totals = good.map(([code, count]) => `${marks.ok.padEnd(8)} ${code.padEnd(28)} ${count} times`);
  const more = findings.flatMap((finding, i) => {
    const rest = counts[finding.code]! - findings.filter(({ code }) => code === finding.code).length;
    const isLast = findings.findLastIndex(({ code }) => code === finding.code) === i;
    return [
      ...lines(finding),
      ...(isLast && rest > 0 ? [`         and ${rest} more of ${finding.code}`] : []),
    ];
  });
  return `${[...title, ...totals, ...more, "", verdicts[verdict]].join("\n")}\n`;
}

function lines({ severity, code, place, detail, consequence }: Told): string[] {
  const line = `${marks[severity].padEnd(8)} ${code.padEnd(28)} ${printable(place)}`;
  const told = detail === undefined ? line : `${line} (${printable(detail)})`;
  return severity === "ok" ? [told] : [told, `         ${consequence}`];
}

/** Text of an attacker's choice must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
