import t from "tap";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { descriptionsOf } from "../../src/tracker/kept-descriptions.ts";

const description = Buffer.from(JSON.stringify({ id: "DEV/GOV/1/register/persons", endpoints: [] }));
const digest = sha256Base64Url(description);
const log = {
  document: async (sha256: string) =>
    sha256 === digest ? { kind: "description" as const, sha256, bytes: description } : undefined,
};

function asking(service: object) {
  return { exchange: Buffer.from(JSON.stringify({ service })) };
}

t.test("a description describes its own service alone, whatever a request names", async (t) => {
  const kept = descriptionsOf(log);
  const own = { id: "DEV/GOV/1/register/persons", sha256: digest };
  t.match(await kept.describing(asking(own)), { id: own.id });
  for (const other of [
    { ...own, id: "DEV/GOV/1/register/incomes" },
    { ...own, sha256: null },
    { sha256: digest },
  ])
    t.equal(await kept.describing(asking(other)), undefined);
  t.equal(await kept.describing(undefined), undefined);
  t.match(await kept.describing(asking(own)), { id: own.id }, "the same when it is known already");
});
