import t from "tap";
import { until } from "../until.ts";
import { clients, services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { broken, brokenChains } from "./crash/aftermath.ts";
import { ChildGateway } from "./crash/child-gateway.ts";
import { givePatience } from "./failure/patience.ts";
import { told } from "./failure/told.ts";

/* More calls than a gateway takes, and the end of a process under load. */

const path = pathOf(services.open, "/a");

/** Holds the register's answers back. @returns what lets them go */
function holdRegister({ register }: SmallCountry, body: Buffer | string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  register.answer(async () => {
    await promise;
    return { body };
  });
  return () => {
    register.answer();
    resolve();
  };
}

t.test("calls over the limit", async (t) => {
  const limits = { consumerExchanges: 6, providerExchanges: 4 };
  const country = await SmallCountry.start(t, {
    asking: { errors: { statuses: "plain" }, limits },
    answering: { limits: { ...limits, providerExchanges: 4 } },
  });
  const { asking, answering, register } = country;
  await givePatience(country, services.open);
  await givePatience(country, services.own);
  await Promise.all([asking.restart(), answering.restart()]);
  const ask = (ask: object) => country.watch(() => country.ask({ path, ...ask }));
  const overloaded = {
    ...{ status: 503, code: "overloaded", hop: "consumer" },
    ...{ asking: "", answering: "", calls: 0 },
  };

  await t.test("one client has one share, in whatever spelling it names itself", async (t) => {
    const release = holdRegister(country, "held");
    const before = register.begun;
    const running = [1, 2].map(() => country.ask({ path }));
    await until("both are running", () => register.begun === before + 2);
    const third = country.ask({ path: pathOf(services.own), client: clients.benefits });
    await until("its share is used up", () => register.begun === before + 3);
    const spellings = {
      "the usual one": {},
      "other percent-encoding": { client: clients.benefits.replace("benefits", "b%65nefits") },
      "an alias": { client: null, headers: ["Uxp-Client", clients.benefits] },
    };
    for (const [name, spelling] of Object.entries(spellings)) {
      const seen = await ask(spelling);
      t.same(told(seen), overloaded, name);
      t.equal(seen.result.header("retry-after"), "1");
    }
    const other = country.ask({ path: pathOf(services.own), client: clients.inspection });
    await until("another client is served", () => register.begun === before + 4);
    release();
    const statuses = (await Promise.all([...running, third, other])).map(({ status }) => status);
    t.same(statuses, [200, 200, 200, 200]);
  });

  await t.test(
    "a provider that is full: the consumer has it in its record, and the caller the provider's word",
    async (t) => {
      const release = holdRegister(country, "held");
      const before = register.begun;
      const running = [1, 2].map(() => country.ask({ path }));
      await until("both are running", () => register.begun === before + 2);
      const seen = await ask({});
      t.same(told(seen), {
        ...{ status: 502, code: "peer_rejected", hop: "consumer" },
        ...{ asking: "sent request, sent fault peer_rejected", answering: "", calls: 0 },
      });
      t.match(seen.result.json().message, "answered 503 overloaded: 2 calls are in progress");
      release();
      t.same(
        (await Promise.all(running)).map(({ status }) => status),
        [200, 200],
      );
      t.equal((await ask({})).result.status, 200, "there is room again");
    },
  );

  await t.test("400 calls of callers who are not who they say leave both logs as they were", async (t) => {
    const strangers = [
      { client: "DEV/GOV/10000003/nobody" },
      { client: null },
      { client: clients.badged, headers: ["Proxy-Authorization", "Bearer guessed"] },
      { client: clients.certified },
      { client: clients.remote },
    ];
    const statuses = new Set<number>();
    const seen = await country.watch(async () => {
      for (let i = 0; i < 400; i += 20) {
        const calls = Array.from({ length: 20 }, (_, j) =>
          country.ask({ path, ...strangers[j % strangers.length]! }),
        );
        for (const { status } of await Promise.all(calls)) statuses.add(status);
      }
    });
    t.same(
      [...statuses].filter((status) => status < 400),
      [],
    );
    t.same([seen.asking.length, seen.answering.length, seen.calls], [0, 0, 0]);
    t.same(await brokenChains(country.asking.log, country.answering.log), []);
  });
});

for (const name of ["consumer", "provider"] as const) {
  t.test(`SIGTERM: the ${name}'s gateway ends what it has begun, stamps it, and ends`, async (t) => {
    const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
    const { asking, answering, register } = country;
    const [server, other] = name === "consumer" ? [asking, answering] : [answering, asking];
    await givePatience(country, services.open);
    await Promise.all([server.stop(), other.restart()]);
    const gateway = new ChildGateway(server.configurationFile);
    t.teardown(() => gateway.close());
    await gateway.start();
    const http = name === "consumer" ? gateway.http : asking.gateway.ports.http!;
    const large = Buffer.alloc(200_000, "x");
    const release = holdRegister(country, large);
    const before = register.begun;
    const ask = (i: number) =>
      country.ask(
        { path: pathOf(services.open, `/term-${i}`), headers: ["X-Road-Id", `term-${i}`] },
        { port: http },
      );
    const running = Array.from({ length: 8 }, (_, i) => ask(i));
    await until("all are running", () => register.begun === before + 8);

    const ended = gateway.signal("SIGTERM");
    if (name === "consumer") {
      // Of a client that is not served: until the signal arrives it is refused at once, and never held at the register.
      const knock = () =>
        country.ask({ path: pathOf(services.open), client: clients.unlisted }, { port: http });
      let late = await knock();
      for (let i = 0; late.json().code !== "draining" && i < 500; i++) late = await knock();
      t.same([late.status, late.json().code, late.header("retry-after")], [503, "draining", "1"]);
    }
    release();
    const answers = await Promise.all(running);
    t.same(
      new Set(answers.map(({ status, body }) => `${status} ${body.equals(large)}`)),
      new Set(["200 true"]),
    );
    await ended;
    t.equal(gateway.exitCode, 0);

    await server.start();
    t.equal(server.gateway.health().timestampLagMs, 0, "all was stamped before it ended");
    const calls = answers.map((answer, i) => ({ queryId: `term-${i}`, answer }));
    const after = {
      calls,
      asking: await asking.log.after(0),
      answering: await answering.log.after(0),
      registerCalls: () => register.calls,
    };
    t.same(broken(after), []);
    t.same(await brokenChains(asking.log, answering.log), []);
  });
}
