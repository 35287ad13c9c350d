import { sha256 } from "../core/bytes.ts";
import { type PartName, type PartShapes, partNames, partPath } from "./configuration-parts.ts";
import { serviceOfPath } from "./service-paths.ts";

/*
 * A part that grows with the country is cut into pieces by the digest of whose an entry is, so that a change costs every
 * server the one piece that it is in: `configuration/seals.json` becomes `configuration/seals/00.json` to `3f.json`.
 * Together the pieces of a part are the part. More of them would make the targets metadata longer, which every change
 * costs too; with 64 both are about as long for a country of 2,000 members.
 */

/** Pieces of a part that is cut; those without an entry are left out. */
const pieces = 64;
/** Entries up to which a part is one file. */
const uncutEntries = 200;

interface Entry {
  readonly id?: string;
  readonly member?: string;
  readonly path?: string;
}

/** The lists of the parts that are cut, and whose their entries are; what is of one owner is in one piece, in its order. */
const owners: { readonly [name in PartName]?: { readonly [list: string]: (entry: Entry) => string } } = {
  members: { members: ({ id }) => id!, groups: () => "", successions: () => "", agreementStops: () => "" },
  servers: { servers: ({ id }) => id! },
  seals: { seals: ({ member }) => member! },
  services: {
    services: ({ path }) => serviceOfPath(path!),
    acts: ({ path }) => serviceOfPath(path!),
    vocabularies: () => "",
  },
};

/** What a part says beside `v` and `instance`: lists, or single values in a part that is not cut. */
export type PartContent = { readonly [name: string]: unknown };

const suffix = /^\/[0-3][0-9a-f]\.json$/;

/** The part of which a target is the whole or a piece. */
export function partOfTarget(path: string): PartName | undefined {
  // Beside the parts there are thousands of documents.
  if (!path.startsWith("configuration/")) return undefined;
  return partNames.find((name) => {
    const whole = partPath(name);
    const stem = whole.slice(0, -".json".length);
    const isPiece =
      owners[name] !== undefined && path.startsWith(stem) && suffix.test(path.slice(stem.length));
    return path === whole || isPiece;
  });
}

/**
 * Cuts a part where it has many entries.
 * @returns what each target says, by its path
 */
export function cutPart(name: PartName, content: PartContent): ReadonlyMap<string, PartContent> {
  const lists = owners[name];
  const entries = Object.values(content).flatMap((list) => (Array.isArray(list) ? [list.length] : []));
  const isSmall = entries.every((count) => count <= uncutEntries);
  if (lists === undefined || isSmall) return new Map([[partPath(name), content]]);
  const cut = new Map<string, { [list: string]: Entry[] }>();
  const empty = Object.keys(lists).filter((list) => content[list] !== undefined);
  for (const list of empty) {
    for (const entry of content[list] as readonly Entry[]) {
      const path = `${partPath(name).slice(0, -".json".length)}/${pieceOf(lists[list]!(entry))}.json`;
      const piece = cut.get(path) ?? Object.fromEntries(empty.map((other) => [other, [] as Entry[]]));
      piece[list]!.push(entry);
      cut.set(path, piece);
    }
  }
  return cut;
}

/** Puts the pieces of a part, in the order of their paths, together. */
export function joinPieces<Name extends PartName>(
  name: Name,
  cut: readonly PartShapes[Name][],
): PartShapes[Name] {
  const [first] = cut;
  if (cut.length === 1) return first!;
  const joined: { [member: string]: unknown } = { ...first };
  for (const list of Object.keys(owners[name] ?? {}))
    joined[list] = cut.flatMap((piece) => (piece as unknown as { [list: string]: Entry[] })[list] ?? []);
  return joined as unknown as PartShapes[Name];
}

/** The targets that make up each part, in their order. */
export function targetsByPart(paths: Iterable<string>): ReadonlyMap<PartName, readonly string[]> {
  const found = new Map<PartName, string[]>();
  for (const path of paths) {
    const name = partOfTarget(path);
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), path]);
  }
  for (const pieces of found.values()) pieces.sort();
  return found;
}

function pieceOf(owner: string): string {
  const [first] = sha256(owner);
  return (first! % pieces).toString(16).padStart(2, "0");
}
