/** A renewal that never gets its token: to be killed. Arguments: the log's directory, the anchor in base64. */
import { systemClock } from "../../../src/core/clock.ts";
import { buildRenewal } from "../../../src/messagelog/renewal/build-renewal.ts";
import { renew } from "../../../src/messagelog/renewal/renew.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../../src/store/sqlite/message-store.ts";

const [directory, anchor, at] = process.argv.slice(2) as [string, string, string];
const store = await openSqliteMessageStore({ directory, clock: systemClock });
const order = { method: "hash-tree", digest: "sha512" } as const;
const steps = buildRenewal(openLogReader(directory), {
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
