import type { Company } from "./companies.ts";
import { findPerson } from "./country.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";

const unknownCompany = refuse(404, "unknown_company", "no company has this registration code");
const notPublished = refuse(
  451,
  "not_published",
  "this entry is excluded from publication (Business Register Act §31)",
);

/** GET /companies/{code}; 451 (RFC 7725) where the entry is not to be published. */
export function getCompany({ source, parameters }: Call): Reply {
  const company = source.country.companyByCode.get(parameters.code!);
  if (company === undefined) return unknownCompany;
  const { board, ...entry } = company;
  return publications[company.publication](entry, () =>
    board.map(({ person, role, since }) => {
      const { given, family } = findPerson(source.country, person)!;
      return { code: person, name: { given, family }, role, since };
    }),
  );
}

/** GET /companies/{code}/mandates/{person}: whether the person may act for the company, and since when. */
export function getMandate({ source, parameters }: Call): Reply {
  const company = source.country.companyByCode.get(parameters.code!);
  if (company === undefined) return unknownCompany;
  if (company.publication === "excluded") return notPublished;
  const seat = company.board.find(({ person }) => person === parameters.person);
  if (seat === undefined) return json({ company: company.code, mayAct: false });
  return json({ company: company.code, mayAct: true, role: seat.role, since: seat.since });
}

type Entry = Omit<Company, "board">;
type Publish = (entry: Entry, board: () => readonly unknown[]) => Reply;

const publications: Readonly<Record<Company["publication"], Publish>> = {
  full: (entry, board) => json({ ...entry, board: board() }),
  "board-withheld": (entry) => json({ ...entry, withheld: ["board"] }),
  excluded: () => notPublished,
};
