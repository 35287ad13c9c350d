import type { Test } from "tap";
import { type Role, roles } from "../../src/admin/roles.ts";
import { areas } from "../../src/console/page-table.ts";
import { benefitsAgency, clients } from "../exchange/country/plan.ts";
import { scheme } from "../exchange/permissions/permission-scene.ts";
import { agreementId } from "./approver.ts";
import { type BrowserScene, hostile, permitted, smuggled } from "./scene.ts";
import { pageOf, unvisited } from "./visited.ts";
import type { Visitor } from "./visitor.ts";

const paths = areas.flatMap(({ pages }) =>
  pages.filter(({ method }) => method === "GET").map(({ path }) => path),
);

/** A file, that of a key's request, which is there once a key was made: tried without a browser, in `test/console`. */
const elsewhere = ["/members/request"];

/** Bytes of a page with all that it loads. */
const mostBytes = 150 * 1024;

/**
 * Every page of the console's table, found by links from the first one or visited in a story: held against WCAG, in both
 * languages, for somebody who may see all. Scripts may run there, so that one that came out of catalogue, log or names would be seen.
 */
export async function everyPage(t: Test, scene: BrowserScene, visited: ReadonlySet<string>): Promise<void> {
  await somethingToSee(scene);
  const stranger = await scene.visitor({ scripts: "on" });
  await stranger.open(`${scene.admin.url}/enter`);
  const barriers = [...(await stranger.barriers())];
  t.ok(stranger.bytes <= mostBytes, `the first page has ${stranger.bytes} bytes`);
  const visitor = await scene.officer(roles, { scripts: "on" });
  await visitor.follow("link", "Of the last hour");
  await visitor.picture("console-overview", visitor.page.getByRole("heading", { name: "Traffic" }));
  const seen = await walk(t, visitor, scene.admin.url, barriers);
  t.strictSame(barriers, [], "no page keeps anybody out");
  t.strictSame([...stranger.faults, ...visitor.faults], [], "no page does what none may");
  t.strictSame(
    unvisited(paths, [...visited, ...seen, ...elsewhere, "/enter"]),
    [],
    "each page of the table was looked at",
  );
  await stranger.leave();
  await visitor.leave();
}

/** A case, a permission and a registration request of the console's own member, with texts that would do harm. */
async function somethingToSee(scene: BrowserScene): Promise<void> {
  const { admin, people } = scene;
  const ordered = async (role: Role, path: string, body: object) => {
    const { key } = await admin.user(role);
    const done = await admin.call(path, { method: "POST", key, body: { ...body, reason: smuggled } });
    if (done.status !== 201) throw new Error(`${path}: ${done.status} ${done.bytes}`);
  };
  const about = (await scene.useOfOwner()).header("Sealway-Exchange-Id");
  await ordered("data-protection-officer", "/feedback", { about, kind: "other", text: smuggled });
  await ordered("approver", "/permissions", {
    ...{ consumer: clients.onboarding, service: permitted.id, purpose: "onboarding", days: 10 },
    person: { scheme, value: people.cast.parent },
  });
  const member = benefitsAgency;
  const changes = [{ kind: "member-rename", member, name: smuggled }];
  await ordered("registration-officer", "/registration-requests", { member, changes, note: smuggled });
}

/** One address of each page. @returns their paths */
async function walk(t: Test, visitor: Visitor, url: string, barriers: string[]): Promise<Set<string>> {
  const pages = new Map<string, string>([
    ["/", "/"],
    ["/catalogue/service", `/catalogue/service?service=${encodeURIComponent(hostile.id)}`],
    ["/cases/:kind", "/cases/feedback"],
    ["/permissions", `/permissions?provider=${encodeURIComponent(clients.benefits)}`],
    ["/agreements/one", `/agreements/one?agreement=${agreementId}`],
  ]);
  for (const [page, path] of pages) {
    const { status, isPage } = await visitor.peek(url + path);
    if (status !== 200) t.fail(`${path}, to which a link leads, answers ${status}`);
    for (const language of isPage ? ["zh-Hans", "en"] : []) {
      await visitor.open(`${url}${path}${path.includes("?") ? "&" : "?"}language=${language}`);
      barriers.push(...(await visitor.barriers(language === "en" ? "nothing" : "contrast")));
    }
    t.ok(visitor.bytes <= mostBytes, `${page} has ${visitor.bytes} bytes`);
    for (const link of isPage ? await visitor.links() : []) {
      const [address] = link.split("?");
      const other = pageOf(paths, address!) ?? address!;
      if (!pages.has(other)) pages.set(other, link);
    }
  }
  return new Set([...pages.values()].map((path) => path.split("?")[0]!));
}
