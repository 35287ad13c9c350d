import t from "tap";
import { buildRenewal } from "../../../src/messagelog/renewal/build-renewal.ts";
import { renew } from "../../../src/messagelog/renewal/renew.ts";
import { defaultRenewalRules } from "../../../src/messagelog/renewal/token-ages.ts";
import { obtainTimestamp } from "../../../src/pki/timestamp-client.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { archiveScene, day, judged } from "./archive-scene.ts";
import { segmentAt } from "./archive-tampering.ts";

t.test("a time-stamp that was renewed stands when its certificates have expired", async (t) => {
  const scene = await archiveScene(t);
  const { clock, log } = scene;
  const anchors = [scene.scene.country.ca.issuing.certificate];
  await scene.exchanges(2);
  clock.time += 28 * day;
  const url = await scene.changeAuthority(300);
  const reader = openLogReader(scene.location);
  const order = { method: "time-stamp", rules: defaultRenewalRules } as const;
  const task = { order, anchors: anchors.map(({ der }) => der), at: clock.time };
  const { renewals } = await renew(buildRenewal(reader, task), {
    keep: (document) => log.keep(document),
    stamp: (imprint, others) =>
      obtainTimestamp(
        imprint,
        { authorities: [{ url }], anchors, clock, timeoutMs: 30_000, pausesMs: [] },
        others,
      ),
    configuration: async () => scene.scene.configuration.sha256,
    clock,
    reason: "expiry",
  });
  reader.close();
  t.equal(renewals.length, 1);
  await scene.exchanges(1);
  await scene.archiveUntil(clock.time + day);
  clock.time += 60 * day;
  t.match(await judged(scene.verify()), { verdict: "valid", counts: { "time-proven": 8 } });
  const alone = await judged(scene.verify(segmentAt(scene.archive, 1), "segment"));
  t.strictSame(alone.failures, ["evidence-not-renewed"], "the renewal is in the second segment");
});
