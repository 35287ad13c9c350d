import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MemberId, unsafeId } from "../../../src/core/ids.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { BodyFiles } from "../../../src/messagelog/body-files.ts";
import { RetentionOffice } from "../../../src/messagelog/retention/retention-office.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { sceneStoreAt } from "../../store/scene-store.ts";

/*
 * A process of its own: purges a log at a time and is killed at the given moment: `keep 1` behind the first statement,
 * `destroy 2` behind the second key. The scene's store is told as its `again`.
 */

const [again, directory, at, moment, which] = process.argv.slice(2);
const clock = { now: () => Number(at) };
const owner = unsafeId<MemberId>("DEV/GOV/10000001");
const counts: Record<string, number> = {};

function dieAfter<Arguments extends unknown[], Result>(
  name: string,
  work: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  return async (...given) => {
    const result = await work(...given);
    counts[name] = (counts[name] ?? 0) + 1;
    if (name === moment && counts[name] === Number(which)) process.kill(process.pid, "SIGKILL");
    return result;
  };
}

const log = await sceneStoreAt(again!);
const store = await log.open(clock);
const vault = await openVault(
  join(directory!, "vault"),
  createSecretKey(readFileSync(join(directory!, "key"))),
);
vault.destroy = dieAfter("destroy", vault.destroy.bind(vault));
const ca = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:1/" });
const { certificate, privateKey } = ca.issueSeal(owner, "Agency");
const office = new RetentionOffice({
  ...{ instance: "DEV", owner, store, vault, clock, bodies: new BodyFiles(join(directory!, "bodies")) },
  log: { keep: dieAfter("keep", (document) => store.keepDocument(document)) },
  openReader: () => log.openReader(),
  signerOf: () => new SignerPool(certificate, keyOperation(privateKey)),
  periodOf: () => undefined,
  isServed: () => true,
  countTold: async (_, held) => held.length,
  trustedTime: async () => clock.now(),
});
await office.start();
await office.execute({ order: "run", dryRun: false });
await store.close();
