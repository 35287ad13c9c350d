import t from "tap";
import { approverStories } from "./approver.ts";
import { auditorStories } from "./auditor.ts";
import { withoutChromium } from "./chromium.ts";
import { developerStories } from "./developer.ts";
import { everyPage } from "./every-page.ts";
import { portalStories } from "./portal.ts";
import { registrarStories } from "./registrar.ts";
import { BrowserScene } from "./scene.ts";

/*
 * What people do in a real browser. One country, one browser and one process for all of it: starting them costs more
 * than what is done there.
 */

t.test("in chromium", { skip: withoutChromium }, async (t) => {
  const scene = await BrowserScene.start(t);
  await t.test("a citizen at the portal", (t) => portalStories(t, scene));
  const visited = new Set<string>();
  const stories = {
    ...{ auditor: auditorStories, developer: developerStories, approver: approverStories },
    "officer of the authority": registrarStories,
  };
  for (const [who, story] of Object.entries(stories))
    await t.test(`the console's ${who}`, async (t) => {
      for (const path of await story(t, scene)) visited.add(path);
    });
  await t.test("every page of the console", (t) => everyPage(t, scene, visited));
});
