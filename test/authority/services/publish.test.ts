import t from "tap";
import { residence } from "../../catalogue/residence.ts";
import { PublishingScene } from "./publishing-scene.ts";

t.test("a provider publishes a service: judged, countersigned, in the next configuration", async (t) => {
  const scene = await PublishingScene.start(t);
  const dry = await scene.send(await scene.sign(scene.act("publish")), residence, "?dryRun=1");
  t.match(dry, { status: 200, body: { configuration: 1 } });
  t.equal(scene.authority.health().version, 1, "nothing is published by a dry run");
  const { status, body } = await scene.do("publish");
  t.match({ status, body }, { status: 201, body: { configuration: 2, findings: [] } });
  t.equal(scene.authority.health().version, 2);
});
