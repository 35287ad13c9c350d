import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { request } from "undici";
import { Authority } from "../../src/authority/authority.ts";
import { residence } from "../catalogue/residence.ts";
import { newDirectory } from "../new-directory.ts";
import { ManualSchedule } from "../trust/manual-schedule.ts";
import { SampleCountry } from "./sample-registry.ts";

/*
 * The catalogue for everybody at the authority's port: only what is visible to all is there.
 */

const country = new SampleCountry();
const services = newDirectory();
const registry = { ...country.registry(), services, purpose: "demonstration" as const };
const provider = registry.members.flatMap(({ subsystems = [] }) => subsystems)[0]!.id;
const long = `long-${"x".repeat(120)}`;
const seen = { open: "all", guarded: "entitled", secret: "parties", [long]: "all" };
for (const [code, visibility] of Object.entries(seen)) {
  const id = `${provider}/${code}`;
  const path = join(services, `${id}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...residence, id, visibility }));
}
const authority = await Authority.start({
  ...{ registry, stateDir: newDirectory(), host: "127.0.0.1", port: 0, clock: country.clock },
  schedule: new ManualSchedule().schedule,
});
t.teardown(() => authority.close());

async function get(path: string) {
  const { statusCode, headers, body } = await request(`${authority.url}${path}`);
  return { status: statusCode, headers, json: (await body.json()) as Record<string, unknown> };
}

t.test("everybody finds what is visible to all, in every listing", async (t) => {
  const found = (await get("/catalogue")).json as { services: { id: string }[]; total: number };
  t.same(
    found.services.map(({ id }) => id),
    [`${provider}/${long}`, `${provider}/open`],
  );
  const search = (await get("/catalogue/search?q=lives")).json;
  t.equal(search.total, 2);
  const dcat = await get("/catalogue/dcat");
  t.equal(dcat.status, 200);
  t.equal(dcat.headers["content-type"], "application/ld+json");
  t.equal((dcat.json.service as object[]).length, 2);
  t.match(dcat.json.service, [{ publisher: { name: String } }]);
  t.equal((await get(`/catalogue/openapi/${provider}/open`)).json.openapi, "3.1.1");
  t.equal((await get(`/catalogue/services/${provider}/${long}`)).status, 200);
});

t.test("a new version is told at once", async (t) => {
  const id = `${provider}/newer`;
  writeFileSync(join(services, `${id}.json`), JSON.stringify({ ...residence, id }));
  t.equal(await authority.publish(registry), "published");
  t.equal(((await get("/catalogue/dcat")).json.service as object[]).length, 3);
  t.equal((await get("/catalogue/search?q=newer")).json.total, 1);
});

t.test("what is hidden is told as what is not there", async (t) => {
  const absent = await get(`/catalogue/services/${provider}/nothing`);
  t.equal(absent.status, 404);
  for (const code of ["guarded", "secret"])
    t.same((await get(`/catalogue/services/${provider}/${code}`)).json, absent.json, code);
});

t.test("bad questions are told as such", async (t) => {
  for (const [path, status] of [
    ["/catalogue/", 404],
    ["/catalogue/services/..%2f..%2fetc", 404],
    ["/catalogue?limit=x", 400],
    ["/catalogue/search", 400],
  ] as const)
    t.equal((await get(path)).status, status, path);
});
