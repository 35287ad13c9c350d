import t from "tap";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { awaitDescription } from "../../src/exchange/await-description.ts";
import type { ProviderExchange } from "../../src/exchange/provider-exchange.ts";
import { residence } from "../catalogue/residence.ts";

const bytes = Buffer.from(JSON.stringify(residence));
const sha256 = sha256Base64Url(bytes);
const known = new Catalogue([{ path: "residence", sha256, bytes }]);
const snapshot = (version: number, catalogue: Catalogue) => ({ configuration: { version }, catalogue });

/** A request that names the description, at a provider whose trust is what `trust` says. */
function exchange(named: number, own: number, trust: () => ReturnType<typeof snapshot>) {
  let polls = 0;
  const x = {
    trust: snapshot(own, new Catalogue([])),
    verified: { document: { service: { sha256 }, configuration: { version: named } } },
    services: {
      trust,
      pollTrust: () => {
        polls += 1;
      },
    },
  };
  return { x: x as unknown as ProviderExchange, polls: () => polls };
}

t.test("a version that the consumer knows first is waited for", async (t) => {
  let looks = 0;
  const later = () => {
    looks += 1;
    return snapshot(looks < 3 ? 1 : 2, looks < 3 ? new Catalogue([]) : known);
  };
  const { x, polls } = exchange(2, 1, later);
  t.equal((await awaitDescription(x))?.sha256, sha256);
  t.equal(x.trust.configuration.version, 2, "the exchange goes on with the newer configuration");
  t.equal(polls(), 1);
});

t.test("a description of which no newer configuration is said to tell is unknown at once", async (t) => {
  const { x, polls } = exchange(1, 1, () => t.fail("nothing is waited for") as never);
  t.equal(await awaitDescription(x), undefined);
  t.equal(polls(), 0);
});

t.test("one that never comes is waited for two seconds", async (t) => {
  const { x } = exchange(9, 1, () => snapshot(1, new Catalogue([])));
  const began = performance.now();
  t.equal(await awaitDescription(x), undefined);
  t.ok(performance.now() - began > 1_500);
});
