import t from "tap";
import { composeParts } from "../../../src/authority/compose-parts.ts";
import { resolveRegistry } from "../../../src/authority/registry.ts";
import { residence } from "../../catalogue/residence.ts";
import { PublishingScene } from "./publishing-scene.ts";

t.test("a provider publishes a service: judged, countersigned, in the next configuration", async (t) => {
  const scene = await PublishingScene.start(t);
  const dry = await scene.send(await scene.sign(scene.act("publish")), residence, "?dryRun=1");
  t.match(dry, { status: 200, body: { configuration: 1 } });
  t.equal(scene.authority.health().version, 1, "nothing is published by a dry run");
  const { status, body } = await scene.do("publish");
  t.match({ status, body }, { status: 201, body: { configuration: 2, findings: { length: 0 } } });
  t.equal(scene.authority.health().version, 2);
});

t.test(
  "a registry that lacks a seal by which services were published is refused, with what to do",
  async (t) => {
    const scene = await PublishingScene.start(t);
    await scene.do("publish");
    const registry = scene.registry();
    const [seal, ...others] = registry.seals;
    await t.rejects(scene.authority.publish({ ...registry, seals: others }), {
      message:
        /at \/seals: DEV\/GOV\/10000001 lacks the seal \S+, which signed for DEV\/GOV\/10000001\/population\/residence: list it, withdrawn/,
    });
    const withdrawn = [...seal!.history, { state: "withdrawn" as const, from: "2026-11-22T13:00:00Z" }];
    const renewed = { ...registry, seals: [{ ...seal!, history: withdrawn }, ...others] };
    t.equal(await scene.authority.publish(renewed), "published");
    scene.country.clock.time += 2 * 3_600_000;
    t.match(
      await scene.do("suspend", { reason: "x" }),
      { body: { code: "certificate_unknown" } },
      "it signs nothing more",
    );
  },
);

t.test("descriptions that nobody signed are for demonstrations alone", async (t) => {
  const scene = await PublishingScene.start(t);
  const registry = await resolveRegistry(scene.registry(), "/nowhere");
  const production = { ...registry.document, purpose: "production" as const, services: "services" };
  t.throws(() => composeParts({ ...registry, document: production }), {
    message:
      /at \/services: descriptions that no provider signed are for demonstration: leave it out; providers publish with/,
  });
});
