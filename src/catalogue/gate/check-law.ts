import type { DescriptionDocument } from "../description-document.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/** What every published description has, beside what the schema demands. */
const wanted = [
  ...["description", "domain", "responsibleAuthority", "contacts", "purposes", "entitled"],
  ...["classification", "retention"],
] as const satisfies readonly (keyof DescriptionDocument)[];

/** Names, law and duties: what a description says of the service as a whole. */
export function checkLaw({ document, publicClasses }: Publication): readonly GateFinding[] {
  const missing = wanted.filter((name) => isAbsent(document[name]));
  const [, memberClass, , , code] = document.id.split("/");
  const { lawfulBases = [] } = document;
  return [
    ...missing.map((name): GateFinding => ({ code: "description.missing", place: `/${name}`, detail: name })),
    ...(/^[a-z][a-z0-9-]{0,62}$/.test(code ?? "") ? [] : [finding("description.code", "/id")]),
    ...(lawfulBases.length === 0 ? [finding("law.provision", "/lawfulBases")] : []),
    ...lawfulBases.flatMap(({ basis, acceptedBy }, i) =>
      basis === "consent" && acceptedBy === undefined && publicClasses.has(memberClass ?? "")
        ? [finding("law.consent", `/lawfulBases/${i}`)]
        : [],
    ),
  ];
}

function isAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function finding(code: GateFinding["code"], place: string): GateFinding {
  return { code, place, detail: "" };
}
