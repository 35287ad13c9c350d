import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import t from "tap";
import { services } from "./country/plan.ts";
import type { RegisterHandler } from "./country/register.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { faulted, faultHop, told } from "./failure/told.ts";
import { watchInTime } from "./failure/watch-in-time.ts";

/* The information system behind the provider's gateway fails: each time a signed fault that names it, in both logs. */

const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
const ask = (service: { readonly id: string }, rest = "/a") =>
  country.watch(() => country.ask({ path: pathOf(service, rest) }));

t.test("a register that is down", async (t) => {
  const seen = await ask(services.down);
  t.same(told(seen), faulted(502, "service_unreachable", 0));
  t.equal(seen.result.json().contact, "operations@10000001.example", "the fault names whom to tell");
  t.equal(faultHop(seen.answering), "information-system");
  t.equal(seen.answering[1]?.record.signature, seen.asking[1]?.record.signature, "one fault in both logs");
});

interface Failure {
  readonly name: string;
  readonly service: { readonly id: string };
  readonly path?: string;
  readonly register: RegisterHandler;
  readonly fault: readonly [status: number, code: string];
}

/** What the register does, and what comes of it. */
const failures: readonly Failure[] = [
  {
    name: "a register that does not answer in time",
    service: services.brisk,
    register: () => undefined,
    fault: [504, "service_timeout"],
  },
  {
    name: "a register that stops in the middle of its answer",
    service: services.brisk,
    register: (_, response) => void response.writeHead(200, { "content-length": "100" }).write("half"),
    fault: [504, "service_timeout"],
  },
  {
    name: "a register that hangs up before it answers",
    service: services.open,
    register: (_, response) => void response.destroy(),
    fault: [502, "service_cut_off"],
  },
  {
    name: "a register that hangs up in the middle of its answer",
    service: services.open,
    register: (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
      return undefined;
    },
    fault: [502, "service_cut_off"],
  },
  {
    name: "a register that hangs up in the middle of an answer that streams",
    service: services.open,
    register: (_, response) => {
      response.writeHead(200, { "content-length": "1000000" });
      response.write(Buffer.alloc(500_000), () => response.destroy());
      return undefined;
    },
    fault: [502, "service_cut_off"],
  },
  {
    name: "a register that answers with no HTTP",
    service: services.open,
    register: (_, response) => void response.socket?.end("220 mail.example ESMTP\r\n"),
    fault: [502, "invalid_response"],
  },
  {
    name: "a register that answers a JSON service with JSON that can be read in two ways",
    service: services.persons,
    path: "/free",
    register: () => ({ headers: ["Content-Type", "application/json"], body: '{"a":1,"a":2}' }),
    fault: [502, "invalid_response"],
  },
];

for (const { name, service, path, register, fault } of failures) {
  t.test(name, async (t) => {
    country.register.answer(register);
    const seen = await watchInTime(country, () => country.ask({ path: pathOf(service, path ?? "/a") }));
    t.same(told(seen), faulted(...fault, 1));
    t.equal(faultHop(seen.answering), "information-system");
  });
}

t.test("an answer without end is cut at what the description allows", async (t) => {
  let sent = 0;
  let isCut = false;
  country.register.answer((_, response) => {
    response.on("close", () => {
      isCut = true;
    });
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    response.on("drain", more).writeHead(200);
    more();
    return undefined;
  });
  t.same(told(await ask(services.small)), faulted(502, "invalid_response", 1));
  t.equal(isCut, true, "the register's connection is closed");
  t.ok(sent < 32 * 1024 * 1024, `${sent} bytes left the register`);
});

t.test(
  "the breaker opens after five failures to connect, and closes when the register is back",
  async (t) => {
    country.clock.ahead += 60_000;
    const failed: number[] = [];
    for (let i = 0; i < 5; i++) failed.push((await ask(services.down)).result.status);
    t.same(failed, [502, 502, 502, 502, 502]);

    let calls = 0;
    const register = createServer((_, response) => {
      calls++;
      response.end("back");
    });
    const { services: settings } = JSON.parse(readFileSync(country.answering.configurationFile, "utf8"));
    const { target } = settings.find(({ id }: { id: string }) => id === services.down.id);
    await once(register.listen(Number(new URL(target).port), "127.0.0.1"), "listening");
    t.teardown(() => register.closeAllConnections());
    t.teardown(() => register.close());

    const seen = await ask(services.down);
    t.same(told(seen), faulted(502, "service_unreachable", 0));
    t.match(seen.result.json().message, "next attempt in a moment");
    t.equal(calls, 0, "an open breaker asks nobody");
    t.equal((await ask(services.small)).result.status, 502, "other services are called all the same");
    country.clock.ahead += 5_001;
    const { result } = await ask(services.down);
    t.same([result.status, result.body.toString(), calls], [200, "back", 1]);
  },
);

t.test("a slow service fills its own compartment and no other", async (t) => {
  const { configurationFile } = country.answering;
  const configuration = JSON.parse(readFileSync(configurationFile, "utf8"));
  for (const service of configuration.services) service.concurrency = 2;
  writeFileSync(configurationFile, JSON.stringify(configuration));
  await country.answering.restart();

  const { promise: finish, resolve } = Promise.withResolvers<void>();
  const { promise: both, resolve: bothCame } = Promise.withResolvers<void>();
  let came = 0;
  country.register.answer(async ({ target }) => {
    if (!target.endsWith("/slow")) return { body: "quick" };
    if (++came === 2) bothCame();
    await finish;
    return { body: "slow" };
  });
  const slow = [0, 1].map(() => country.ask({ path: pathOf(services.open, "/slow") }));
  await both;
  const third = await ask(services.open, "/slow");
  t.same(told(third), faulted(503, "service_busy", 0));
  t.equal(third.result.header("retry-after"), "1");
  const other = await ask(services.small, "/quick");
  t.same([other.result.status, other.result.body.toString()], [200, "quick"]);
  resolve();
  t.same(
    (await Promise.all(slow)).map(({ status, body }) => `${status} ${body}`),
    ["200 slow", "200 slow"],
  );
  t.equal((await ask(services.open, "/quick")).result.status, 200, "a place is free again");
});
