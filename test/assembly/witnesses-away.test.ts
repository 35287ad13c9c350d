import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { until } from "../until.ts";

const country = await SmallCountry.start(t);
const { asking, answering } = country;

interface Figures {
  readonly size: number;
  readonly cosignedSize: number;
  readonly unwilling: readonly string[];
}

const checkpoint = () => asking.gateway.health().checkpoint as Figures;
const codes = () => asking.gateway.health().alarms.map(({ code }) => code);

t.test("witnesses that cannot be reached at the start: the server's own note decides", async (t) => {
  await country.ask({ path: pathOf(services.open, "/x") });
  await asking.gateway.sealNow();
  await until(() => checkpoint().cosignedSize > 0 && checkpoint().unwilling.length === 0);
  await asking.stop();
  await Promise.all([answering.stop(), country.authority.close()]);
  await asking.start();
  t.strictSame(
    [...checkpoint().unwilling].sort(),
    [answering.parts.id, "the governing authority"],
    "health names them",
  );
});

t.test("no cosignature for an hour is an alarm", async (t) => {
  await country.ask({ path: pathOf(services.open, "/x") });
  await asking.gateway.sealNow();
  await until(() => checkpoint().size > checkpoint().cosignedSize);
  t.notOk(codes().includes("log_not_witnessed"));
  country.clock.ahead += 3_601_000;
  t.ok(codes().includes("log_not_witnessed"));
});

t.test("a witness that is back gets what it missed", async (t) => {
  country.clock.ahead = 0;
  await answering.start();
  await country.ask({ path: pathOf(services.open, "/x") });
  await asking.gateway.sealNow();
  await until(() => checkpoint().cosignedSize === checkpoint().size);
  t.notOk(codes().includes("log_not_witnessed"));
});

t.test("a tree that a crash left damaged is made anew, and does not stop the start", async (t) => {
  await asking.stop();
  const tree = join(asking.stateDirectory, "checkpoint/tree");
  const bytes = readFileSync(tree);
  writeFileSync(tree, Buffer.concat([Buffer.alloc(32), bytes.subarray(32)]));
  await asking.start();
  t.strictSame(readFileSync(tree).subarray(0, bytes.length), bytes);
});
