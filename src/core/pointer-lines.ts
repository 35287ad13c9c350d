import { pointerToken } from "./json-pointer.ts";

const token = /[\s,:]*(?:("(?:[^"\\]|\\.)*")|([{}[\]])|([^\s,:{}[\]"]+))/gy;

interface Open {
  readonly pointer: string;
  readonly isArray: boolean;
  next: number;
  name: string | undefined;
}

/**
 * The line of a text at which each of the places stands; where a place is not there, the line of what it is missing in.
 * @param text JSON that was parsed
 * @param places JSON pointers (RFC 6901)
 */
export function pointerLines(text: string, places: Iterable<string>): ReadonlyMap<string, number> {
  const wanted = new Set([...places].flatMap(withAncestors));
  const found = linesOf(text, wanted);
  return new Map(
    [...places].map((place) => [
      place,
      withAncestors(place)
        .map((each) => found.get(each))
        .find(Boolean) ?? 1,
    ]),
  );
}

function linesOf(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const open: Open[] = [];
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(token)) {
    const [whole, string, bracket] = match;
    const above = open.at(-1);
    if (bracket === "}" || bracket === "]") {
      open.pop();
      continue;
    }
    if (above !== undefined && !above.isArray && above.name === undefined) {
      above.name = JSON.parse(string!) as string;
      continue;
    }
    const pointer = above === undefined ? "" : `${above.pointer}/${step(above)}`;
    if (wanted.has(pointer)) {
      const end = match.index + whole.length - (string ?? bracket ?? match[3]!).length;
      for (; counted < end; counted++) if (text.charCodeAt(counted) === 10) line++;
      found.set(pointer, line);
    }
    if (bracket !== undefined) open.push({ pointer, isArray: bracket === "[", next: 0, name: undefined });
  }
  return found;
}

/** The token by which the next value stands in what is open; the one after it gets another. */
function step(above: Open): string {
  if (above.isArray) return String(above.next++);
  const name = above.name!;
  above.name = undefined;
  return pointerToken(name);
}

/** The place and everything that it stands in, nearest first. */
function withAncestors(place: string): string[] {
  const parts = place.split("/");
  return parts.map((_, i) => parts.slice(0, parts.length - i).join("/"));
}
