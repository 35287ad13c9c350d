import type { Test } from "tap";
import { roles } from "../../src/admin/roles.ts";
import { keyAddress } from "../../src/console/members/shown-key.ts";
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

/** Bytes of a page with all that it loads. */
const mostBytes = 150 * 1024;

/**
 * Every page of the console's table, found by links from the first one or visited in a story: held against WCAG, in both
 * languages, for somebody who may see all. Scripts may run there, so that one that came out of catalogue, log or names would be seen.
 */
export async function everyPage(t: Test, scene: BrowserScene, visited: ReadonlySet<string>): Promise<void> {
  const key = await somethingToSee(scene);
  const stranger = await scene.visitor({ scripts: "on" });
  await stranger.open(`${scene.admin.url}/enter`);
  const barriers = [...(await stranger.barriers())];
  t.ok(stranger.bytes <= mostBytes, `the first page has ${stranger.bytes} bytes`);
  const visitor = await scene.officer(roles, { scripts: "on" });
  await visitor.follow("link", "Of the last hour");
  await visitor.picture("console-overview", visitor.page.getByRole("heading", { name: "Traffic" }));
  const seen = await walk(t, visitor, { url: scene.admin.url, key, barriers });
  t.strictSame(barriers, [], "no page keeps anybody out");
  t.strictSame([...stranger.faults, ...visitor.faults], [], "no page does what none may");
  t.strictSame(unvisited(paths, [...visited, ...seen, "/enter"]), [], "each page of the table was looked at");
  await stranger.leave();
  await visitor.leave();
}

/** A case, a permission, a registration request and a key of the console's own member, with texts that would do harm. @returns the key's page */
async function somethingToSee(scene: BrowserScene): Promise<string> {
  const about = (await scene.useOfOwner()).header("Sealway-Exchange-Id");
  await scene.order("data-protection-officer", "/feedback", { about, kind: "other", text: smuggled });
  await scene.order("approver", "/permissions", {
    ...{ consumer: clients.onboarding, service: permitted.id, purpose: "onboarding", days: 10 },
    person: { scheme, value: scene.people.cast.parent },
  });
  const member = benefitsAgency;
  const changes = [{ kind: "member-rename", member, name: smuggled }];
  await scene.order("registration-officer", "/registration-requests", { member, changes, note: smuggled });
  const made = await scene.order("security-officer", "/keys", { slot: `seal ${member}` });
  return keyAddress(made);
}

interface Walk {
  readonly url: string;
  /** The page of a key that was made here: it has a request, which the configured one has not. */
  readonly key: string;
  readonly barriers: string[];
}

/** One address of each page. @returns their paths */
async function walk(t: Test, visitor: Visitor, { url, key, barriers }: Walk): Promise<Set<string>> {
  const pages = new Map<string, string>([
    ["/", "/"],
    ["/catalogue/service", `/catalogue/service?service=${encodeURIComponent(hostile.id)}`],
    ["/catalogue/correction", `/catalogue/correction?service=${encodeURIComponent(permitted.id)}`],
    ["/cases/:kind", "/cases/feedback"],
    ["/permissions", `/permissions?provider=${encodeURIComponent(clients.benefits)}`],
    ["/catalogue/observe", "/catalogue/observe"],
    ["/members/key", key],
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
