import type { Json } from "../../core/canonical-json.ts";
import type { ConfigurationFault } from "../../core/configuration-file.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import { isSchema, resolveReference } from "../compatibility/json-schema.ts";
import type { ImportCode, ImportNote } from "./import-codes.ts";

export type JsonObject = { readonly [name: string]: Json };

/** An object of the document, and where it stands. */
export interface LocatedObject {
  readonly object: JsonObject;
  /** JSON pointer. */
  readonly place: string;
}

const mostWritten = 200_000;
const mostNotes = 5000;

/** What one import has found so far. */
export class Reading {
  readonly root: JsonObject;
  readonly version: "3.0" | "3.1";
  readonly #notes = new Map<string, ImportNote>();
  readonly #faults = new Map<string, ConfigurationFault>();
  #written = 0;

  constructor(root: JsonObject, version: "3.0" | "3.1") {
    this.root = root;
    this.version = version;
  }

  get notes(): readonly ImportNote[] {
    return [...this.#notes.values()];
  }

  /** Why there is no description. */
  get faults(): readonly ConfigurationFault[] {
    return [...this.#faults.values()].slice(0, 50);
  }

  /**
   * Parts of schemas are written out wherever they are referred to: a small document may stand for any size.
   * @returns whether it may be written
   */
  write(place: string, parts: number): boolean {
    this.#written += parts;
    if (this.#written <= mostWritten) return true;
    const problem = `written out at each endpoint, schemas and examples have more than ${mostWritten} parts`;
    if (this.#written - parts <= mostWritten) this.fault(place, problem, "Split the document up.");
    return false;
  }

  /** The same for a value that is taken as it is. */
  writeValue(place: string, value: Json): boolean {
    return this.write(place, this.#written > mostWritten ? 1 : sizeOf(value));
  }

  /** Something is left out; told once a place. */
  note(code: ImportCode, place: string, detail = ""): void {
    if (this.#notes.size < mostNotes) this.#notes.set(`${code} ${place}`, { code, place, detail });
  }

  fault(place: string, problem: string, remedy: string): void {
    this.#faults.set(`${place} ${problem}`, { place: place || "/", problem, remedy });
  }

  /** The object that stands at a place, by way of Reference Objects (OpenAPI 3.1.1 §4.8.23) if need be. */
  follow(value: Json | undefined, place: string): LocatedObject | undefined {
    if (value === undefined) return undefined;
    const seen = new Set<Json>();
    let at = { value, place };
    while (isObject(at.value)) {
      const { $ref } = at.value;
      if ($ref === undefined) return { object: at.value, place: at.place };
      if (seen.has(at.value)) return this.#refuse(place, "the reference comes back to itself", "Correct it.");
      seen.add(at.value);
      const target = this.target($ref, at.place);
      if (target === undefined) return undefined;
      at = target;
    }
    return this.#refuse(at.place, "an object is expected", "Correct the document.");
  }

  /** What a reference names within the document; nothing else is ever fetched. */
  target($ref: Json, place: string): { readonly value: Json; readonly place: string } | undefined {
    if (typeof $ref === "string" && !$ref.startsWith("#")) {
      return this.#refuse(
        place,
        `the reference ${$ref.slice(0, 100)} leads out of the document`,
        "Copy what it names to components: nothing is fetched.",
      );
    }
    const value = resolveReference($ref, this.root);
    if (value === undefined) return this.#refuse(place, "the reference leads nowhere", "Correct it.");
    return { value, place: decodeURIComponent(($ref as string).slice(1)) };
  }

  #refuse(place: string, problem: string, remedy: string): undefined {
    this.fault(place, problem, remedy);
  }

  /** Tells every member that is neither read nor without meaning for a description. */
  leaveOut({ object, place }: LocatedObject, known: ReadonlySet<string>): void {
    for (const name of Object.keys(object)) {
      if (!known.has(name)) this.note("document.member", `${place}/${pointerToken(name)}`);
    }
  }
}

/** Values, and for each hundred characters another one; no more than matters. */
function sizeOf(value: Json): number {
  const waiting = [value];
  let size = 0;
  for (let next = waiting.pop(); next !== undefined && size <= mostWritten; next = waiting.pop()) {
    size += typeof next === "string" ? 1 + next.length / 100 : 1;
    if (typeof next === "object" && next !== null) for (const each of Object.values(next)) waiting.push(each);
  }
  return size;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value !== "boolean" && isSchema(value);
}

/** The members of an object; of anything else, none. */
export function membersOf(value: Json | undefined): readonly (readonly [name: string, value: Json])[] {
  return isObject(value) ? Object.entries(value) : [];
}
