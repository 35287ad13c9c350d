import t from "tap";
import { auditorStories } from "./auditor.ts";
import { withoutChromium } from "./chromium.ts";
import { everyPage } from "./every-page.ts";
import { portalStories } from "./portal.ts";
import { BrowserScene } from "./scene.ts";

/*
 * What people do in a real browser. One country, one browser and one process for all of it: starting them costs more
 * than what is done there.
 */

t.test("in chromium", { skip: withoutChromium }, async (t) => {
  const scene = await BrowserScene.start(t);
  await t.test("a citizen at the portal", (t) => portalStories(t, scene));
  await t.test("an auditor at the console", (t) => auditorStories(t, scene));
  await t.test("every page of the console", (t) => everyPage(t, scene));
});
