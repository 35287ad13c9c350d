import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { run as evidence } from "../../../src/cli/evidence.ts";
import { run as renew } from "../../../src/cli/log-renew.ts";
import { run as verify } from "../../../src/cli/verify.ts";
import { services } from "../../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";

/** Runs a command; what it prints is kept from the screen. */
async function command(t: Test, run: (args: readonly string[]) => Promise<number>, ...args: string[]) {
  const out = t.capture(process.stdout, "write", () => true);
  const err = t.capture(process.stderr, "write", () => true);
  try {
    const code = await run(args);
    return { code, text: [...out(), ...err()].map(({ args: [line] }) => String(line)).join("") };
  } finally {
    out.restore();
    err.restore();
  }
}

t.test(
  "sealway log renew: beside the running server it counts and orders, without one it renews",
  async (t) => {
    const country = await SmallCountry.start(t);
    const { asking } = country;
    const result = await country.ask({ path: pathOf(services.open, "/a") });
    t.equal(result.status, 200);
    const id = result.header("sealway-exchange-id") ?? "";
    t.equal(await asking.gateway.sealNow(), true);
    const config = ["--config", asking.configurationFile];
    const order = join(asking.stateDirectory, "renewal-order.json");
    t.match(await command(t, renew, ...config, "--dry-run"), {
      code: 0,
      text: /^0 tokens or records are due/,
    });
    t.match(await command(t, renew, ...config, "--hash", "sha512", "--dry-run"), {
      text: /^2 tokens or records are due, under 1 new time-stamps/,
    });
    t.notOk(existsSync(order), "a dry run orders nothing");
    t.match(await command(t, renew, ...config, "--hash", "sha512"), {
      text: /the running server takes it over/,
    });
    t.ok(existsSync(order));
    rmSync(order);
    await asking.stop();
    t.match(await command(t, renew, ...config, "--hash", "sha512"), {
      code: 0,
      text: /2 tokens or records renewed by 1 new time-stamps/,
    });
    t.match(await command(t, renew, ...config, "--hash", "sha512"), { text: /^0 tokens/ });
    const out = join(country.directory, "package.zip");
    t.match(
      await command(t, evidence, id, ...config, "--who", "An Auditor", "--why", "a test", "--out", out),
      {
        code: 0,
      },
    );
    const verdict = await command(t, verify, out);
    t.match(verdict, { code: 0, text: /evidence-renewed/ });
    t.match(verdict.text, /head-under-old-digest/);
  },
);

t.test("sealway log renew refuses orders that contradict themselves", async (t) => {
  const config = ["--config", "none"];
  await t.rejects(renew([...config, "--hash", "sha256"]), { message: /sha256 is unknown/ });
  await t.rejects(renew([...config, "--hash", "sha512", "--before-expiry", "9"]), { message: /two orders/ });
  await t.rejects(renew([...config, "--before-expiry", "soon"]), { message: /no number/ });
});
