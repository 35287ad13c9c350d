import t from "tap";
import { withoutChromium } from "./chromium.ts";
import { portalStories } from "./portal.ts";
import { BrowserScene } from "./scene.ts";

/*
 * What people do in a real browser. One country, one browser and one process for all of it: starting them costs more
 * than what is done there.
 */

t.test("in chromium", { skip: withoutChromium }, async (t) => {
  const scene = await BrowserScene.start(t);
  await t.test("a citizen at the portal", (t) => portalStories(t, scene));
});
