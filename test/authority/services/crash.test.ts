import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { CatalogueHeads } from "../../../src/assembly/catalogue-heads.ts";
import { PublishedCatalogue } from "../../../src/assembly/published-catalogue.ts";
import { ConfigurationClient } from "../../../src/trust/configuration-client.ts";
import { residence } from "../../catalogue/residence.ts";
import { newDirectory } from "../../new-directory.ts";

import { PublishingScene } from "./publishing-scene.ts";

/** Files below a directory and when each was written. */
function filesOf(directory: string): Map<string, bigint> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const stats = names.map((name) => [name, statSync(join(directory, name), { bigint: true })] as const);
  return new Map(stats.flatMap(([name, stat]) => (stat.isFile() ? [[name, stat.mtimeNs] as const] : [])));
}

/** Description, act, what is published, timestamp; and what is noted of it afterwards. */
function rank(name: string): number {
  const order = ["catalogue/descriptions/", "catalogue/acts/", ""];
  if (isNote(name)) return order.length + 1;
  return name.endsWith("/timestamp.json") ? order.length : order.findIndex((start) => name.startsWith(start));
}

/** An index of what is published. */
function isNote(name: string): boolean {
  return name.endsWith(".jsonl");
}

/** What every gateway would use. */
async function catalogueAt(scene: PublishingScene) {
  const { anchor, url } = scene.authority;
  const options = { anchor, mirrors: [url], directory: newDirectory(), clock: scene.country.clock };
  const client = await ConfigurationClient.start(options);
  const published = new PublishedCatalogue(await CatalogueHeads.open(newDirectory()));
  const catalogue = published.renew(client.current());
  await client.close();
  return { catalogue, faults: published.faults };
}

t.test(
  "a halfway crash: whatever was written when it came, the old catalogue is there, or the new one",
  async (t) => {
    const scene = await PublishingScene.start(t);
    const before = newDirectory();
    cpSync(scene.stateDir, before, { recursive: true, preserveTimestamps: true });
    const known = filesOf(before);
    const signed = await scene.sign(scene.act("publish"));
    t.match(await scene.send(signed, residence), { status: 201 });
    await scene.authority.close();

    const written = [...filesOf(scene.stateDir)].filter(([name, time]) => known.get(name) !== time);
    // The clock of a file system is coarse: files of one tick are taken in the order of their purpose.
    const inOrder = written
      .sort(([one, a], [other, b]) => (a < b ? -1 : a > b ? 1 : rank(one) - rank(other)))
      .map(([name]) => name);
    const last = inOrder.filter((name) => !isNote(name)).at(-1);
    t.match(last, "/timestamp.json", "what publishes is written last");
    const actAt = inOrder.findIndex((name) => name.endsWith("0000000001.jws"));
    t.ok(
      actAt > inOrder.findIndex((name) => name.startsWith("catalogue/descriptions/")),
      "the description first",
    );
    t.ok(inOrder.length >= 7);

    for (let count = 0; count <= inOrder.length; count++) {
      const directory = newDirectory();
      cpSync(before, directory, { recursive: true });
      for (const name of inOrder.slice(0, count)) {
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        cpSync(join(scene.stateDir, name), join(directory, name));
      }
      const isTaken = count > actAt;
      await scene.restart(directory);
      const { catalogue, faults } = await catalogueAt(scene);
      t.strictSame(faults, []);
      t.equal(
        catalogue.service(residence.id)?.version,
        isTaken ? "1.0.0" : undefined,
        `after ${count} files`,
      );
      const again = await scene.send(signed, residence);
      t.match(again, isTaken ? { body: { code: "act_out_of_order" } } : { status: 201 });
    }
  },
);

t.test("an authority whose kept acts are damaged or gone does not start with fewer", async (t) => {
  const scene = await PublishingScene.start(t);
  await scene.do("publish");
  await scene.do("suspend", { reason: "x" });
  await scene.authority.close();
  const copy = newDirectory();
  cpSync(scene.stateDir, copy, { recursive: true });
  const acts = join(copy, "catalogue/acts");
  const [first] = readdirSync(acts).sort();
  rmSync(join(acts, first!));
  await t.rejects(scene.restart(copy), { message: /0000000001\.jws is missing/ });
  writeFileSync(join(acts, first!), "x");
  await t.rejects(scene.restart(copy), { message: /0000000001\.jws.*countersigned/ });
});
