import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { MirrorConnections } from "../../src/trust/configuration-mirror.ts";
import { VersionWatch } from "../../src/trust/version-watch.ts";
import { until } from "../until.ts";
import { PublishedCountry } from "./published-country.ts";

t.test("a new version is in use within ten seconds without a poll of one's own", async (t) => {
  const published = await PublishedCountry.start(t);
  // Its schedule never runs: whatever it fetches, the authority had it fetch.
  const client = await published.startClient({ mirrors: [published.authority.url] });
  const began = performance.now();
  await published.publishMore("one");
  await until(() => client.status().version === 2);
  await published.publishMore("two");
  await until(() => client.status().version === 3);
  t.ok(performance.now() - began < 10_000, `two versions in ${Math.round(performance.now() - began)} ms`);
});

t.test(
  "who asks for another version than the published one is answered at once, others when it comes",
  async (t) => {
    const { authority } = await PublishedCountry.start(t);
    const wait = async (version: string) => {
      const answer = await fetch(`${authority.url}/configuration/wait?version=${version}`);
      return answer.status === 204 ? undefined : answer.json();
    };
    t.strictSame(await wait("0"), { version: 1 });
    t.strictSame(await wait("x"), { version: 1 });
    t.strictSame(await wait("7"), { version: 1 });
    let isOver = false;
    const waiting = wait("1").finally(() => {
      isOver = true;
    });
    await authority.renew();
    t.notOk(isOver, "a new timestamp is no new version");
    await authority.close();
    await waiting.catch(() => undefined);
    t.ok(isOver, "an authority that stops keeps nobody");
  },
);

/** A mirror that answers every question so. */
async function mirror(t: { teardown(close: () => unknown): void }, status: number, body = '{"version":9}') {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await until(() => server.listening);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

/** How often somebody may have been asked by now: once, and again for each second that the machine stood still. */
function mostSince(began: number): number {
  return 1 + Math.floor((performance.now() - began) / 1_000);
}

function watch(
  t: { teardown(close: () => unknown): void },
  mirrors: readonly string[],
  poll = async () => {},
) {
  const connections = new MirrorConnections();
  const watching = new VersionWatch({ mirrors, connections, version: () => 1, poll });
  t.teardown(async () => {
    await connections.close();
    await watching.close();
  });
}

t.test("a mirror that lies about a new version makes nobody poll more than every two seconds", async (t) => {
  const liar = await mirror(t, 200);
  let polls = 0;
  const began = performance.now();
  watch(t, [liar.url], async () => {
    polls += 1;
  });
  await until(() => polls > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.ok(polls <= mostSince(began), `${polls} polls`);
});

for (const [what, status, body] of [
  ["only serves files", 404, "{}"],
  ["answers without end", 200, "x".repeat(1000)],
  ["fails", 500, ""],
  ["has too many who wait", 503, "{}"],
] as const) {
  t.test(`a mirror that ${what} is passed over, and rested from when there is no other`, async (t) => {
    const useless = await mirror(t, status, body);
    const other = await mirror(t, 404);
    const began = performance.now();
    watch(t, [useless.url, other.url]);
    await until(() => other.asked() > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const times of [useless.asked(), other.asked()])
      t.ok(times > 0 && times <= mostSince(began), `${times} times`);
  });
}

t.test("a mirror that says at once that there is nothing new is not asked again at once", async (t) => {
  const hasty = await mirror(t, 204, "");
  const began = performance.now();
  watch(t, [hasty.url]);
  await until(() => hasty.asked() > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.ok(hasty.asked() <= mostSince(began), `${hasty.asked()} times`);
});
