/** The part of package-lock.json (version 3) that is read here. */
export interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/**
 * Optional packages (the builds of a tool for other platforms) that the lock file does not list: npm leaves them
 * out when the registry at hand does not offer them, and `npm ci` then refuses the lock file.
 */
export function missingFromLock({ packages }: LockFile): string[] {
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !placesFor(place, name).some((where) => where in packages),
    ),
  );
}

/** Where Node looks for a package that the one at `place` needs, nearest first. */
function placesFor(place: string, name: string): string[] {
  const parts = place === "" ? [] : place.split(/\/?node_modules\//).slice(1);
  const folders = parts.map((_, i) =>
    parts
      .slice(0, parts.length - i)
      .map((part) => `node_modules/${part}/`)
      .join(""),
  );
  return [...folders, ""].map((folder) => `${folder}node_modules/${name}`);
}
