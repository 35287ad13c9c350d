import type { Test } from "tap";
import { roles } from "../../src/admin/roles.ts";
import { areas } from "../../src/console/page-table.ts";
import type { BrowserScene } from "./scene.ts";
import { pageOf, unvisited } from "./visited.ts";
import type { Visitor } from "./visitor.ts";

const paths = areas.flatMap(({ pages }) =>
  pages.filter(({ method }) => method === "GET").map(({ path }) => path),
);

/** Bytes of a page with all that it loads. */
const mostBytes = 150 * 1024;

/**
 * Every page of the console's table, found by links from the first one: held against WCAG, in both languages, for
 * somebody who may see all. Scripts may run there, so that one that came out of catalogue, log or names would be seen.
 */
export async function everyPage(t: Test, scene: BrowserScene): Promise<void> {
  const stranger = await scene.visitor({ scripts: "on" });
  await stranger.open(`${scene.admin.url}/enter`);
  const barriers = [...(await stranger.barriers())];
  t.ok(stranger.bytes <= mostBytes, `the first page has ${stranger.bytes} bytes`);
  const visitor = await scene.officer(roles, { scripts: "on" });
  const seen = await walk(t, visitor, scene.admin.url, barriers);
  t.strictSame(barriers, [], "no page keeps anybody out");
  t.strictSame([...stranger.faults, ...visitor.faults], [], "no page does what none may");
  t.strictSame(unvisited(paths, [...seen, "/enter"]), [], "each page of the table is reached by links");
  await stranger.leave();
  await visitor.leave();
}

/** One address of each page. @returns their paths */
async function walk(t: Test, visitor: Visitor, url: string, barriers: string[]): Promise<Set<string>> {
  const pages = new Map<string | undefined, string>([["/", "/"]]);
  for (const [page, path] of pages) {
    for (const language of ["zh-Hans", "en"]) {
      await visitor.open(`${url}${path}${path.includes("?") ? "&" : "?"}language=${language}`);
      barriers.push(...(await visitor.barriers()));
    }
    t.ok(visitor.bytes <= mostBytes, `${page} has ${visitor.bytes} bytes`);
    for (const link of await visitor.links()) {
      const other = pageOf(paths, link.split("?")[0]!);
      if (!pages.has(other)) pages.set(other, link);
    }
  }
  return new Set(pages.values());
}
