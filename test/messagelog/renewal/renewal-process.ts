/** A renewal that never gets its token: to be killed. Arguments: the store of the scene, the anchor in base64. */
import { systemClock } from "../../../src/core/clock.ts";
import { buildRenewal } from "../../../src/messagelog/renewal/build-renewal.ts";
import { renew } from "../../../src/messagelog/renewal/renew.ts";
import { sceneStoreAt } from "../../store/scene-store.ts";

const [again, anchor, at] = process.argv.slice(2) as [string, string, string];
const place = await sceneStoreAt(again);
const store = await place.open(systemClock);
const order = { method: "hash-tree", digest: "sha512" } as const;
const steps = buildRenewal(place.openReader(), {
  order,
  anchors: [Buffer.from(anchor, "base64")],
  at: Number(at),
});
await renew(steps, {
  keep: (document) => store.keepDocument(document),
  stamp: () => {
    process.stdout.write("leaves are kept\n");
    return new Promise(() => setInterval(() => {}, 1000));
  },
  configuration: async () => null,
  clock: systemClock,
  reason: "command",
});
