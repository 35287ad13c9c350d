import t, { type Test } from "tap";
import { CatalogueHeads } from "../../src/assembly/catalogue-heads.ts";
import { PublishedCatalogue } from "../../src/assembly/published-catalogue.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { ConfigurationIndex } from "../../src/trust/configuration-index.ts";
import type { ConfigurationContent } from "../../src/trust/global-configuration.ts";
import { newDirectory } from "../authority/sample-registry.ts";
import { PublishingScene } from "../authority/services/publishing-scene.ts";
import { residence } from "../catalogue/residence.ts";
import { until } from "./until.ts";

const { id } = residence;

/** What an authority published by real acts, and a gateway's view of it; tests alter the content behind its back. */
class Reader {
  readonly directory = newDirectory();
  content!: ConfigurationContent;
  published!: PublishedCatalogue;

  async restart(): Promise<void> {
    this.published = new PublishedCatalogue(await CatalogueHeads.open(this.directory));
  }

  /** @param changes spread over what the authority published */
  read(changes: Partial<ConfigurationContent> = {}) {
    return this.published.renew(new ConfigurationIndex({ ...this.content, ...changes }));
  }
}

async function started(t: Test) {
  const scene = await PublishingScene.start(t);
  const reader = new Reader();
  const { clock } = scene.country;
  const { anchor, url } = scene.authority;
  const client = await ConfigurationClient.start({
    anchor,
    mirrors: [url],
    directory: newDirectory(),
    clock,
  });
  t.teardown(() => client.close());
  await reader.restart();
  const take = async () => {
    const version = scene.authority.health().version!;
    await until(() => client.status().version === version);
    reader.content = client.current().content;
    return reader.read();
  };
  return { scene, reader, client, take };
}

t.test(
  "what was published takes effect in a gateway within ten seconds, and so does a narrowing",
  async (t) => {
    const { scene, take, reader } = await started(t);
    const began = performance.now();
    t.match(await scene.do("publish"), { status: 201 });
    const catalogue = await take();
    t.ok(performance.now() - began < 10_000, `after ${Math.round(performance.now() - began)} ms`);
    t.equal(catalogue.service(id)?.version, "1.0.0");
    t.strictSame(reader.published.faults, []);
    t.match(await scene.do("narrow", { fields: ["/birth"], reason: "The field is wrong." }), { status: 201 });
    const narrowed = await take();
    t.strictSame(narrowed.standingOf(narrowed.service(id)!).withdrawnFields, ["/birth"]);
    t.equal(narrowed.service(id), catalogue.service(id), "the description is not read again");
  },
);
