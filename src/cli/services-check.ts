import type { DescriptionDocument } from "../catalogue/description-document.ts";
import { descriptionFaults } from "../catalogue/description-faults.ts";
import { checkPublication } from "../catalogue/gate/check-publication.ts";
import { parseDescriptionFile } from "../catalogue/openapi/parse-document.ts";
import { isPublishable, type ToldFinding, tellFaults, tellFindings } from "../catalogue/told-finding.ts";
import { compareVersions } from "../core/compare-versions.ts";
import { type Flag, type FlagValues, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { findingLines, placeFindings } from "./finding-lines.ts";
import {
  catalogueFlags,
  readBounded,
  readCatalogue,
  readDescription,
  readVocabulary,
  today,
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

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const bytes = await readBounded(files[0]!);
  const document = parseDescriptionFile(files[0]!, bytes);
  const faults = descriptionFaults(document);
  const findings =
    faults.length > 0
      ? tellFaults(faults)
      : await gateFindings(document as unknown as DescriptionDocument, files[0]!, given);
  const placed = placeFindings(bytes, findings);
  const publishable = isPublishable(findings);
  process.stdout.write(
    given.json
      ? `${JSON.stringify({ publishable, findings: placed }, undefined, 2)}\n`
      : `${findingLines(files[0]!, placed)}\n`,
  );
  return publishable ? exitCodes.ok : exitCodes.failed;
}

async function gateFindings(
  document: DescriptionDocument,
  file: string,
  given: FlagValues<typeof flags>,
): Promise<ToldFinding[]> {
  const others = await readCatalogue(given.against, file);
  const inForce = given.published === undefined ? undefined : await readDescription(given.published);
  const classes = given["public-class"];
  const findings = checkPublication({
    document,
    published: inForce ?? newest(others.filter(({ id }) => id === document.id)),
    catalogue: others.filter(({ id }) => id !== document.id),
    vocabulary: await readVocabulary(given.vocabulary),
    publicClasses: new Set(classes.length > 0 ? classes : ["GOV", "MUN"]),
    exceptions: [],
    today: today(),
  });
  return tellFindings(findings);
}

function newest(versions: readonly DescriptionDocument[]): DescriptionDocument | undefined {
  return [...versions].sort((a, b) => compareVersions(b.version, a.version))[0];
}
