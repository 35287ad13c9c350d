import { isBuiltin } from "node:module";
import { covers, type Matrix, roomOf } from "./matrix.ts";
import type { Import, Source } from "./read-sources.ts";

/** What the rules of imports are made of. */
export interface ImportRules {
  readonly matrix: Matrix;
  /** Files that a room marked `i` may import. */
  readonly interfaceFiles: readonly string[];
  /** `dev` is reached from these alone. */
  readonly gatesToDev: readonly string[];
  /** Files that import a module whose address the composition root hands them. */
  readonly importersByAddress: readonly string[];
  /** Package to the one place that may import it: a file, or a folder with a closing slash. */
  readonly onlyImporters: readonly (readonly [name: string, place: string])[];
  /** Room to the builtin modules that it does without. */
  readonly forbiddenBuiltins: Readonly<Record<string, RegExp>>;
  /** Packages that production may import. */
  readonly dependencies: readonly string[];
}

/** Every import that breaks a rule, as `file:line imports what: why not`. */
export function importBreaches(sources: readonly Source[], rules: ImportRules): string[] {
  const files = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) =>
    source.imports.flatMap((found) => {
      const reason =
        found.target === undefined
          ? reasonAgainstPackage(source, found, rules)
          : reasonAgainstFile(source, found, files, rules);
      return reason === undefined
        ? []
        : [`${source.path}:${found.line} imports ${found.specifier}: ${reason}`];
    }),
  );
}

function reasonAgainstPackage({ path }: Source, found: Import, rules: ImportRules): string | undefined {
  const { specifier } = found;
  if (specifier === "?") {
    return rules.importersByAddress.includes(path) ? undefined : "an import must be a literal, to be checked";
  }
  const room = roomOf(path)!;
  if (isBuiltin(specifier)) {
    return rules.forbiddenBuiltins[room]?.test(specifier) ? `${room} does without it` : undefined;
  }
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const places = rules.onlyImporters.filter(([confined]) => confined === name).map(([, place]) => place);
  if (places.length > 0 && !places.some((place) => isWithin(path, place))) {
    return `only ${places.join(" and ")} may`;
  }
  const isProduction = room !== "dev" && found.kind !== "type";
  return isProduction && !rules.dependencies.includes(name) ? "not among the dependencies" : undefined;
}

function reasonAgainstFile(
  { path }: Source,
  found: Import,
  files: ReadonlySet<string>,
  rules: ImportRules,
): string | undefined {
  const target = found.target!;
  if (target === "package.json" || /^schemas\/.*\.json$/.test(target)) return undefined;
  if (!files.has(target)) return "there is no such file in src (own files are imported with .ts)";
  const [importer, imported] = [roomOf(path)!, roomOf(target)!];
  if (importer === imported) return undefined;
  if (imported === "dev" && !rules.gatesToDev.includes(path)) {
    return `only ${rules.gatesToDev.join(" and ")} may reach dev`;
  }
  const mark = rules.matrix.permission(importer, imported);
  return covers(mark, found, rules.interfaceFiles) ? undefined : `${importer} may not (mark "${mark}")`;
}

/** Packages that are imported from more than one file of the place that they are confined to. */
export function sharedPackages(sources: readonly Source[], names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const importers = sources.filter(({ imports }) =>
      imports.some(({ specifier, kind }) => specifier === name && kind !== "type"),
    );
    const paths = importers.map(({ path }) => path);
    return paths.length > 1 ? [`${name} is imported by ${paths.join(", ")}`] : [];
  });
}

/** Circles of files that import each other, each told once. */
export function cycles(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map(({ path, imports }) => [path, imports.filter(leadsOn).map(({ target }) => target!)]),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.add(fromItsFirst(trail.slice(start)));
      return;
    }
    if (done.has(path)) return;
    for (const target of edges.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return [...found];
}

/** A circle begins with the first of its files by name, wherever it was entered. */
function fromItsFirst(circle: readonly string[]): string {
  const first = circle.indexOf(circle.toSorted()[0]!);
  return [...circle.slice(first), ...circle.slice(0, first + 1)].join(" -> ");
}

/** A worker is started, not imported: it may share shapes with whoever starts it. */
function leadsOn({ kind, target }: Import): boolean {
  return target !== undefined && kind !== "address";
}

/** Files and functions that are longer than they may be. */
export function lengthBreaches(
  sources: readonly Source[],
  most: { file: number; function: number },
): string[] {
  return sources.flatMap(({ path, lineCount, functions }) => [
    ...(lineCount > most.file ? [`${path} has ${lineCount} lines`] : []),
    ...functions
      .filter(({ length }) => length > most.function)
      .map(({ line, length }) => `${path}:${line} is a function of ${length} lines`),
  ]);
}

/** Calls outside the places to which they are confined. */
export function callBreaches(
  sources: readonly Source[],
  confined: readonly (readonly [name: RegExp, places: readonly string[]])[],
): string[] {
  return sources.flatMap(({ path, calls }) =>
    calls
      .filter(({ name }) =>
        confined.some(
          ([pattern, places]) => pattern.test(name) && !places.some((place) => isWithin(path, place)),
        ),
      )
      .map(({ line, name }) => `${path}:${line} uses ${name}`),
  );
}

function isWithin(path: string, place: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}
