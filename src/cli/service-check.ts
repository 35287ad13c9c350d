import type { DescriptionDocument } from "../catalogue/description-document.ts";
import { descriptionFaults } from "../catalogue/description-faults.ts";
import { checkPublication } from "../catalogue/gate/check-publication.ts";
import { gateCodes } from "../catalogue/gate/gate-codes.ts";
import { parseDescriptionFile } from "../catalogue/openapi/parse-document.ts";
import { type Flag, type FlagValues, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { pointerLines } from "./pointer-lines.ts";
import {
  catalogueFlags,
  readBounded,
  readCatalogue,
  readDescription,
  readVocabulary,
} from "./service-files.ts";

export const summary = "Says what stands between a service description and its publication";

export const description =
  "The same checks as the publishing gate's: form, law, contacts, schemas, examples, data elements, persons, once-only " +
  "against the other services, and what changes for consumers of the version in force. Each finding has its code, its " +
  "place and its remedy. Nothing is sent anywhere.";

export const flags = [
  ...catalogueFlags,
  {
    kind: "text",
    name: "published",
    value: "FILE",
    description: "The version in force; the one in --against unless told.",
  },
  {
    kind: "list",
    name: "public-class",
    value: "CLASS",
    description:
      "Member class of public authorities, for which consent is no basis; GOV and MUN unless told.",
  },
  { kind: "switch", name: "json", description: "Prints the findings as JSON." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "FILE",
  least: 1,
  most: 1,
  description: "The description, as schemas/service has it.",
};

/** Findings that are printed for people: nobody reads more at once. */
const mostPrinted = 200;

/** A finding as it is told. */
interface Told {
  readonly code: string;
  readonly severity: "refused" | "noted";
  readonly place: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const bytes = await readBounded(files[0]!);
  const document = parseDescriptionFile(files[0]!, bytes);
  const faults = descriptionFaults(document);
  const findings =
    faults.length > 0
      ? faults.map((fault) => misshapen(fault.place, fault.problem))
      : await gateFindings(document as unknown as DescriptionDocument, given);
  const lines = pointerLines(
    bytes.toString("utf8"),
    findings.map(({ place }) => place),
  );
  const placed = findings.map((finding) => ({ ...finding, line: lines.get(finding.place)! }));
  const publishable = findings.every(({ severity }) => severity === "noted");
  process.stdout.write(
    given.json
      ? `${JSON.stringify({ publishable, findings: placed }, undefined, 2)}\n`
      : `${[...placed.slice(0, mostPrinted).map(describe(files[0]!)), verdict(publishable, findings.length)].join("\n")}\n`,
  );
  return publishable ? exitCodes.ok : exitCodes.failed;
}

async function gateFindings(document: DescriptionDocument, given: FlagValues<typeof flags>): Promise<Told[]> {
  const others = await readCatalogue(given.against);
  const inForce = given.published === undefined ? undefined : await readDescription(given.published);
  const classes = given["public-class"];
  const findings = checkPublication({
    document,
    published: inForce ?? others.find(({ id }) => id === document.id),
    catalogue: others.filter(({ id }) => id !== document.id),
    vocabulary: await readVocabulary(given.vocabulary),
    publicClasses: new Set(classes.length > 0 ? classes : ["GOV", "MUN"]),
    exceptions: [],
  });
  return findings.map(({ code, place, detail }) => ({ code, place, detail, ...gateCodes[code] }));
}

function misshapen(place: string, problem: string): Told {
  const remedy = "Correct it: schemas/service/v1.schema.json describes each member.";
  return {
    code: "description.form",
    severity: "refused",
    place,
    title: "It is no description",
    detail: problem,
    remedy,
  };
}

function describe(file: string): (finding: Told & { readonly line: number }) => string {
  return ({ code, severity, place, title, detail, remedy, line }) => {
    const what = `${title}${detail === "" ? "" : `: ${detail}`}`;
    return `${file}:${line}: ${code}${severity === "noted" ? " (noted)" : ""} at ${place || "/"}\n  ${what}. ${remedy}`;
  };
}

function verdict(publishable: boolean, count: number): string {
  if (count === 0) return "publishable";
  const more = count > mostPrinted ? `, ${mostPrinted} of them above; --json prints all` : "";
  return `${publishable ? "publishable" : "not publishable"}: ${count} ${count === 1 ? "finding" : "findings"}${more}`;
}
