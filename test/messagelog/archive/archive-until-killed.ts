import { readFileSync, writeSync } from "node:fs";
import { systemClock } from "../../../src/core/clock.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { archiveLog } from "../../../src/messagelog/archive/archive-log.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { sceneStoreAt } from "../../store/scene-store.ts";

/** Run as a process of its own: archives the log of the scene's store in argv[2] into argv[3], with the anchor in argv[4], and prints the name of each segment. */
const [, , again, directory, anchor] = process.argv;
const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:1/" });
const seal = ca.issueSeal(unsafeId("DEV/GOV/10000001"), "Population Register");
const signer = new SignerPool(seal.certificate, keyOperation(seal.privateKey));
const source = {
  log: (await sceneStoreAt(again!)).openReader(),
  instance: "DEV",
  server: unsafeId<never>("DEV/GOV/10000001/ss1"),
  anchor: readFileSync(anchor!),
  bodies: "none",
};
const place = { directory: directory!, signer, clock: systemClock };
for await (const { name } of archiveLog(source, place, Number.MAX_SAFE_INTEGER)) writeSync(1, `${name}\n`);
source.log.close();
