import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import t from "tap";
import { until } from "../until.ts";
import { forgeRequest } from "./country/forgery.ts";
import { Peer } from "./country/peer.ts";
import { services } from "./country/plan.ts";
import type { CountryServer } from "./country/server.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { broken, brokenChains } from "./crash/aftermath.ts";
import { resend } from "./crash/resend.ts";
import { call, story, traffic } from "./crash/traffic.ts";
import { healthOf } from "./failure/health.ts";
import { mountSmallDisk, whyNoSmallDisk } from "./failure/small-disk.ts";
import { concluded, told } from "./failure/told.ts";

/* The message log cannot be written: nothing is forwarded, nothing is answered, nothing is lost. */

const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
const { asking, answering } = country;
const path = pathOf(services.open, "/a");
const ask = () => country.watch(() => country.ask({ path }));

/** The consumer's gateway says itself that it is unable; the provider's word is passed on in a signed fault. */
const unable = {
  consumer: {
    ...{ status: 503, code: "log_unavailable", hop: "consumer" },
    ...{ asking: "", answering: "", calls: 0 },
  },
  provider: concluded(502, "peer_rejected"),
} as const;

/** Starts a server on a small disk for its log. @returns what fills the disk, and what makes room again */
async function onSmallDisk(
  server: CountryServer,
): Promise<{ fill(): void; free(): void; end(): Promise<void> }> {
  await server.stop();
  const log = join(server.stateDirectory, "log");
  const kept = join(server.stateDirectory, "log-kept");
  cpSync(log, kept, { recursive: true });
  const unmount = mountSmallDisk(log, "12m");
  cpSync(kept, log, { recursive: true });
  await server.start();
  const filler = join(log, "filler");
  const fill = () => {
    for (const size of [1_000_000, 100_000, 4096]) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: "a" });
      } catch {}
    }
  };
  const end = async () => {
    await server.stop();
    cpSync(log, kept, { recursive: true });
    unmount();
    rmSync(log, { recursive: true });
    renameSync(kept, log);
    await server.start();
  };
  return { fill, free: () => rmSync(filler), end };
}

for (const [name, server] of [
  ["consumer", asking],
  ["provider", answering],
] as const) {
  t.test(`the disk of the ${name}'s log is full`, { skip: whyNoSmallDisk() }, async (t) => {
    const disk = await onSmallDisk(server);
    t.equal((await ask()).result.status, 200);
    disk.fill();
    // The log still has room of its own for a few records.
    let seen = await ask();
    for (let i = 0; i < 500 && seen.result.status === 200; i++) seen = await ask();
    t.same(told(seen), unable[name]);
    t.match(seen.result.json().message, "the store says SQLITE_FULL");
    if (name === "consumer") t.equal(seen.result.header("retry-after"), "1");
    const sick = await healthOf(server);
    t.same([sick.http, sick.status, sick.alarms], [503, "unable", ["critical log_unavailable"]]);
    t.same(told(await ask()), unable[name], "it stays so");

    disk.free();
    await until("the log is writable again", async () => (await healthOf(server)).http === 200);
    t.equal((await ask()).result.status, 200, "with room, it goes on by itself");
    t.same(await brokenChains(asking.log, answering.log), []);
    await disk.end();
    t.equal((await ask()).result.status, 200);
    t.same(await brokenChains(asking.log, answering.log), [], "nothing was lost on the way");
  });
}

/** Starts a server and gives the thread that writes its log, which is the first one. */
async function restartWithThread(server: CountryServer): Promise<Worker> {
  await server.stop();
  const workers: Worker[] = [];
  const note = (worker: Worker) => void workers.push(worker);
  process.on("worker", note);
  await server.start();
  process.off("worker", note);
  return workers[0]!;
}

/** What the provider's part is when only the consumer's log is dead, and the reverse. */
const cases = [
  {
    name: "consumer",
    server: asking,
    reasons: ["interrupted", "log_unavailable"],
    stories: ["sent request", "received request, sent response"],
  },
  {
    name: "provider",
    server: answering,
    reasons: ["interrupted", "peer_rejected"],
    stories: ["sent request, sent fault interrupted", "received request"],
  },
] as const;

for (const { name, server, stories } of cases) {
  t.test(`the ${name}'s log dies while the register works: nobody is told to try again`, async (t) => {
    const thread = await restartWithThread(server);
    const kill = (worker: Worker) => void worker.terminate();
    country.register.answer(async () => {
      process.on("worker", kill);
      await thread.terminate();
      return { body: "done, but not to be told" };
    });
    const seen = await ask();
    process.off("worker", kill);
    country.register.answer();
    const { status, code, hop, asking: asked, answering: answered, calls } = told(seen);
    t.same([status, code, hop, calls], [503, "interrupted", "consumer", 1]);
    t.same([asked, answered], stories);
    t.equal(seen.result.header("retry-after"), undefined);
    t.match(seen.result.json().remedy, "Whether the service acted is not known");
    t.notOk(seen.result.body.includes("not to be told"));
    await until("another thread writes", async () => (await healthOf(server)).http === 200);
    t.equal((await ask()).result.status, 200, "it goes on by itself");
    const count = await server.log.count();
    await server.restart();
    const closed = await server.log.after(count);
    t.match(story(closed), "sent fault interrupted", "what stayed open is closed at the next start");
    t.equal(closed[0]?.document.id, seen.result.json().exchange);
  });
}

for (const { name, server, reasons } of cases) {
  t.test(`the thread of the ${name}'s log dies under traffic`, async (t) => {
    const thread = await restartWithThread(server);
    const before = [
      await asking.log.count(),
      await answering.log.count(),
      country.register.calls.length,
    ] as const;
    const { http } = asking.gateway.ports;
    country.register.answer(async () => {
      country.register.answer();
      await thread.terminate();
      return {};
    });
    const calls = [...(await traffic(country, http!))];
    await until("another thread writes", async () => (await healthOf(server)).http === 200);
    calls.push(await call(country, http!));
    t.equal(calls.at(-1)!.answer?.status, 200, "it goes on by itself");
    const codes = calls.map(({ answer }) => (answer!.status === 200 ? "" : String(answer!.json().code)));
    t.same(
      codes.filter((code) => code !== "" && !(reasons as readonly string[]).includes(code)),
      [],
    );
    await server.restart();
    const after = {
      calls,
      asking: await asking.log.after(before[0]),
      answering: await answering.log.after(before[1]),
      registerCalls: () => country.register.calls.slice(before[2]),
    };
    t.same(broken(after), [], "every answer is proven in both logs, every exchange has its end");
    t.same(await brokenChains(asking.log, answering.log), [], "the chains have no gap");
  });
}

t.test("the replay guard", async (t) => {
  const { peerPort } = answering.parts;

  await t.test(
    "a resend while the exchange runs is told to wait, and then gets the same answer",
    async (t) => {
      const { promise: finish, resolve } = Promise.withResolvers<void>();
      country.register.answer(async () => {
        await finish;
        return { body: "the answer" };
      });
      const before = country.register.begun;
      const count = await asking.log.count();
      const running = country.ask({ path });
      await until("the register is at work", () => country.register.begun === before + 1);
      const [request] = await asking.log.after(count);
      const early = await resend(country, request!, peerPort);
      t.same(
        [early.status, early.problem.code, early.headers["retry-after"]],
        [409, "exchange_in_progress", "1"],
      );
      resolve();
      t.equal((await running).status, 200);
      const late = await resend(country, request!, peerPort);
      t.same([late.status, late.body.toString()], [200, "the answer"]);
      const [, answer] = await asking.log.after(count);
      t.same(late.signed?.document, answer!.document, "the very answer that was recorded");
      t.equal(country.register.begun, before + 1, "the register was asked once");
    },
  );

  await t.test(
    "after a restart what was answered is refused, and so is its id under another signature",
    async (t) => {
      country.register.answer();
      const { asking: sent } = await ask();
      await answering.restart();
      const seen = await country.watch(() => resend(country, sent[0]!, peerPort));
      t.same([seen.result.status, seen.result.problem.code], [409, "answer_not_kept"]);
      const { document, head } = sent[0]!;
      const forged = await forgeRequest(
        country,
        { document, head },
        { document: () => document, head: () => head },
      );
      const peer = new Peer(country, asking.parts.tls);
      t.teardown(() => peer.close());
      const replayed = await country.watch(() => peer.send(forged));
      t.same([replayed.result.status, replayed.result.problem.code], [409, "replay"]);
      t.same(
        [...seen.answering, ...replayed.answering].map(({ what }) => what),
        [],
        "neither is recorded",
      );
      t.equal(seen.calls + replayed.calls, 0, "neither is done");
      t.equal(
        story(await answering.log.after((await answering.log.count()) - 2)),
        "received request, sent response",
      );
    },
  );
});
