import t from "tap";
import { chooseWitnesses } from "../../../src/messagelog/checkpoint/choose-witnesses.ts";
import type { SecurityServer } from "../../../src/trust/global-configuration.ts";

const server = (owner: string, code: string, logKeys: readonly string[] = ["key"]) =>
  ({ id: `DEV/GOV/${owner}/${code}`, owner: `DEV/GOV/${owner}`, logKeys }) as unknown as SecurityServer;
const ids = (servers: readonly SecurityServer[], self: string) =>
  chooseWitnesses(servers, self).map(({ id }) => id as string);

const self = "DEV/GOV/1/ss1";
const own = [server("1", "ss1"), server("1", "ss2"), server("1", "ss3")];

t.test("other owners come first, and never the server itself", async (t) => {
  t.strictSame(ids([...own, server("2", "ss1")], self)[0], "DEV/GOV/2/ss1");
  t.strictSame(ids([...own, server("2", "ss1"), server("3", "ss1")], self).sort(), [
    "DEV/GOV/2/ss1",
    "DEV/GOV/3/ss1",
  ]);
  t.strictSame(ids(own, self).sort(), ["DEV/GOV/1/ss2", "DEV/GOV/1/ss3"]);
});

t.test("who has no log key witnesses nothing; fewer servers, fewer witnesses", async (t) => {
  t.strictSame(ids([server("1", "ss1"), server("2", "ss1", [])], self), []);
  t.strictSame(ids([server("1", "ss1"), server("2", "ss1")], self), ["DEV/GOV/2/ss1"]);
});

t.test("the choice does not follow from the order, and is spread over all", async (t) => {
  const all = Array.from({ length: 30 }, (_, i) => server(String(i), "ss1"));
  t.strictSame(ids(all, self), ids(all.toReversed(), self));
  const chosen = new Set(all.flatMap(({ id }) => ids(all, id)));
  t.ok(chosen.size > 15, `${chosen.size} of 30`);
});
