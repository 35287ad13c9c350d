import type { Test } from "tap";
import { routes } from "../../src/portal/portal-server.ts";
import type { BrowserScene } from "./scene.ts";
import { unvisited } from "./visited.ts";
import type { Visitor } from "./visitor.ts";

/**
 * A citizen at the portal, with a keyboard and without scripts: who asked, a permission given and withdrawn, and what the
 * bank gets then. Every page of the portal's table is held against WCAG, in both languages.
 */
export async function portalStories(t: Test, scene: BrowserScene): Promise<void> {
  const { people, portal } = scene;
  const person = await scene.visitor({ scripts: "off" });
  const barriers: string[] = [];
  const look = async () => void barriers.push(...(await inBothLanguages(person)));

  await t.test("a citizen signs in by keyboard alone, and sees who asked", async (t) => {
    t.equal((await scene.use()).status, 500, "the bank has no permission");
    await person.open(portal.url);
    await look();
    await person.follow("link", "Sign in");
    await scene.prove(person, people.cast.parent);
    await look();
    await person.follow("link", "Who asked for my data");
    await look();
    t.equal(await person.page.getByRole("row").count(), 2, "a heading and one use");
    await person.follow("link", "Details");
    await look();
    t.match(await person.says(), /It was refused: no data was given/);
  });

  await t.test("the bank asks, the citizen reads and consents by a sign-in for this very text", async (t) => {
    await person.open(await scene.askPermission());
    await look();
    await person.picture("portal-consent");
    await person.follow("button", "Consent");
    await scene.prove(person, people.cast.parent);
    t.match(await person.says(), /It is given/);
    await look();
    const answer = await scene.use();
    t.equal(answer.status, 200, answer.body.toString());
  });

  await t.test("the citizen withdraws it, and the very next call is refused", async (t) => {
    await person.follow("link", "Opening an account");
    await look();
    await person.follow("button", "Show what you would agree to");
    await look();
    await person.follow("link", "Back");
    await person.follow("button", "Withdraw");
    t.match(await person.says(), /It is withdrawn/);
    t.equal((await scene.use()).status, 500);
  });

  await t.test("the citizen asks an agency why", async (t) => {
    t.equal((await scene.useOfOwner()).status, 200);
    await person.follow("link", "Who asked for my data");
    await person.picture("portal-uses", person.page.getByRole("group"));
    await person.follow("link", "Details");
    await person.fill("Your question", "Why was that needed?");
    await person.follow("button", "Send it");
    await look();
    t.match(await person.says(), /Not answered yet/);
  });

  await t.test("each page of the portal was looked at, and none keeps anybody out", async (t) => {
    await person.open(`${portal.url}/acting`);
    await look();
    await person.open(`${portal.url}/nowhere`);
    await look();
    t.strictSame(barriers, []);
    t.strictSame(person.faults, []);
    t.strictSame(unvisited(paths, person.visited), []);
  });
  await person.leave();
}

/** What axe finds on the page that is shown, in Chinese and in English. */
async function inBothLanguages(visitor: Visitor): Promise<string[]> {
  const found: string[] = [];
  for (const language of ["zh-Hans", "en"]) {
    const url = new URL(visitor.page.url());
    url.searchParams.set("language", language);
    await visitor.open(url.href);
    found.push(...(await visitor.barriers(language === "en" ? "nothing" : "contrast")));
  }
  return found;
}

/** Those that only lead elsewhere. */
const leadElsewhere = ["/sign-in", "/signed-in"];

const paths = routes
  .filter(([method, path]) => method === "GET" && !leadElsewhere.includes(path))
  .map(([, path]) => path);
