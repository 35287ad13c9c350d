import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { residence } from "../catalogue/residence.ts";
import { clients } from "../exchange/country/plan.ts";
import { newDirectory } from "../new-directory.ts";
import { until } from "../until.ts";
import type { BrowserScene } from "./scene.ts";
import type { Visitor } from "./visitor.ts";

const directory = newDirectory();
const checkForm = 'form[action="/catalogue/check"]';
const publishForm = 'form[action="/catalogue/publish"]';

/** A developer at the console, with a keyboard and without scripts: publishes a service from a file, and tries it. @returns paths of the pages */
export async function developerStories(t: Test, scene: BrowserScene): Promise<readonly string[]> {
  const developer = await scene.officer(["service-developer"], { scripts: "off" });
  const description = { ...residence, id: `${clients.benefits}/residence` };
  const barriers: string[] = [];
  const look = async () => void barriers.push(...(await developer.barriers()));

  await t.test("is told what stands against a description, beside its lines", async (t) => {
    await developer.follow("link", "Catalogue");
    await developer.follow("link", "Publish a service");
    const { purposes: _, lawfulBases: __, ...lacking } = description;
    await check(developer, lacking);
    await look();
    await developer.picture("console-findings");
    t.match(await developer.page.getByRole("alert").textContent(), /publication_refused/);
    t.ok((await developer.page.getByRole("row").count()) > 1, "findings, each with its line");
  });

  await t.test("publishes it from a file, and a new version that changes no call", async (t) => {
    const target = `http://127.0.0.1:${scene.country.register.port}/`;
    await publish(developer, description, target);
    t.match(await developer.says(), /Where a person lives/);
    await developer.follow("link", /new version/i);
    await publish(developer, { ...description, version: "1.1.0", timeoutMs: 6000 }, target);
    await developer.follow("link", /1\.0\.0/, "table td:last-child");
    await look();
    t.match(await developer.says(), /timeoutMs/);
    await developer.follow("link", residence.title.en);
  });

  await t.test("tries it: what would be decided, by which rule, and who can mend it", async (t) => {
    await developer.follow("link", /Try/);
    await developer.choose("Purpose", "means-test");
    await developer.follow("button", "Ask for the decision");
    await look();
    await developer.picture("console-try");
    t.match(await developer.says(), /It would be refused/);
    t.match(await developer.says(), /agreement/);
  });

  t.strictSame(barriers, []);
  t.strictSame(developer.faults, []);
  await developer.leave();
  return developer.visited;
}

async function check(developer: Visitor, description: object, target = ""): Promise<void> {
  const file = join(directory, "description.json");
  writeFileSync(file, JSON.stringify(description, undefined, 2));
  await developer.attach(/^File/, file, checkForm);
  await developer.fill(/^Address of the service/, target, checkForm);
  await developer.follow("button", "Check", checkForm);
}

async function publish(developer: Visitor, description: object, target: string): Promise<void> {
  await check(developer, description, target);
  await developer.follow("button", "Publish", publishForm);
  await until("the server uses what was published", async () => {
    const isThere = (await developer.page.getByRole("link", { name: "Show the service" }).count()) > 0;
    await developer.follow("link", isThere ? "Show the service" : "Look again");
    return isThere;
  });
}
