import t from "tap";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { type LifeState, ordinaryStanding } from "../../src/catalogue/service-standing.ts";
import { parseServiceId } from "../../src/core/ids.ts";
import { bytesOf, description } from "./description.ts";

const id = parseServiceId(description().id);
const published = (sha256: string, changes: object = {}) => {
  return { path: `services/${sha256}`, sha256, bytes: bytesOf(description(changes)) };
};

t.test("services are found by id and by digest", async (t) => {
  const catalogue = new Catalogue([published("a"), published("b", { id: "DEV/GOV/1/s/x" })]);
  t.equal(catalogue.service(id)?.sha256, "a");
  t.equal(catalogue.byDigest("b")?.id, "DEV/GOV/1/s/x");
  t.equal(catalogue.service(parseServiceId("DEV/GOV/1/s/y")), undefined);
});

t.test("unchanged descriptions are kept, changed ones read again", async (t) => {
  const before = new Catalogue([published("a")]);
  t.equal(new Catalogue([published("a")], before).service(id), before.service(id));
  t.not(new Catalogue([published("b")], before).service(id), before.service(id));
});

t.test("refused: two descriptions of one version", async (t) => {
  t.throws(() => new Catalogue([published("a"), published("b")]), {
    code: "bad_request",
    detail: /services\/b/,
  });
});

t.test(
  "of several versions the newest that is published answers who names none; archived ones answer nobody",
  async (t) => {
    const standing = (state: LifeState) => ({ ...ordinaryStanding, state });
    const catalogue = new Catalogue(
      [
        published("first", { version: "1.9.0" }),
        published("second", { version: "1.10.0" }),
        published("third", { version: "2.0.0" }),
        published("fourth", { version: "3.0.0" }),
        published("fifth", { version: "4.0.0" }),
      ],
      undefined,
      new Map([
        ["third", standing("deprecated")],
        ["fourth", standing("suspended")],
        ["fifth", standing("archived")],
      ]),
    );
    t.equal(catalogue.service(id)?.version, "1.10.0");
    t.same(
      catalogue.versions(id).map(({ sha256 }) => sha256),
      ["second", "first", "third", "fourth"],
    );
    t.same(
      [...catalogue.services()].map(({ sha256 }) => sha256),
      ["second"],
    );
    t.equal(catalogue.byDigest("fifth")?.version, "4.0.0");
    t.equal(catalogue.standingOf({ sha256: "third" }).state, "deprecated");
  },
);

t.test("refused: a description that cannot be read, by its name", async (t) => {
  t.throws(
    () => new Catalogue([published("a"), { path: "services/c", sha256: "c", bytes: Buffer.from("{") }]),
    {
      code: "bad_request",
      detail: /services\/c/,
    },
  );
});
