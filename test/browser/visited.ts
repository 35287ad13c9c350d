/** Of a table of pages, those that were not visited. @param paths as the server's router has them, `/users/:user` */
export function unvisited(paths: readonly string[], visited: Iterable<string>): string[] {
  const all = [...visited];
  return paths.filter((path) => !all.some((one) => patternOf(path).test(one)));
}

/** The address of a page in a table; the first that fits. */
export function pageOf(paths: readonly string[], path: string): string | undefined {
  return paths.includes(path) ? path : paths.find((one) => patternOf(one).test(path));
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:[a-z]+/gi, "[^/]+")}$`);
}
