import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { runLoad } from "../../src/dev/bench/closed-loop.ts";
import { summarizeProfile } from "../../src/dev/bench/cpu-profile.ts";
import { type Measurement, median, toFigures } from "../../src/dev/bench/measurement.ts";
import { printReport } from "../../src/dev/bench/print-report.ts";
import { readUsage } from "../../src/dev/bench/process-usage.ts";
import { runBench } from "../../src/dev/bench/run-bench.ts";
import { formatTable } from "../../src/dev/bench/table.ts";
import { judgeTargets } from "../../src/dev/bench/targets.ts";

const calls = 50;

t.test("every way carries the same work without an error, and long bodies arrive", async (t) => {
  const plan = {
    span: { kind: "count", calls },
    concurrency: [2],
    rounds: 1,
    kinds: ["opaque", "json"],
    largeMiB: 1,
    profileDirectory: undefined,
  } as const;
  const told: string[] = [];
  const { report, profiles } = await runBench(plan, (what) => told.push(what), new AbortController().signal);
  const routes = report.figures.map(({ route }) => route);
  const expected = ["direct", "pass-through", "nginx", "opaque", "json"];
  t.strictSame(
    routes,
    expected.filter((route) => route !== "nginx" || report.machine.nginx !== undefined),
  );
  for (const { route, calls: answered, errors, p50, p99, max, cpuMs } of report.figures) {
    t.equal(answered, calls, `${route}: every call is answered`);
    t.strictSame(errors, {}, `${route}: no error`);
    t.ok(p50 > 0 && p50 <= p99 && p99 <= max, `${route}: latencies are in order`);
    const watched = route === "direct" ? 2 : 4;
    if (process.platform === "linux") t.equal(Object.keys(cpuMs).length, watched, `${route}: processes`);
  }
  t.strictSame(
    report.transfers.map(({ direction, mib }) => [direction, mib]),
    [
      ["up", 1],
      ["down", 1],
    ],
  );
  t.strictSame(profiles, []);
  t.match(printReport(report), /Sealway, opaque body +2 .*\n.*Sealway, JSON body/, "the table");
  t.ok(
    told.some((what) => what.includes("c = 2")),
    "progress is told",
  );
});

t.test("a load counts what is wrong apart from what is right", async (t) => {
  let taken = 0;
  const server = createServer((request, response) => {
    request.resume();
    const kind = taken++ % 4;
    if (kind === 0) response.end("ping");
    else if (kind === 1) response.end("pong");
    else if (kind === 2) response.writeHead(503).end("ping");
    else response.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const span = { kind: "count", calls: 8 } as const;
  const order = { kind: "load", url, headers: {}, watched: {}, connections: 1, body: "ping", span } as const;
  const { calls: answered, errors } = await runLoad(order);
  t.equal(answered, 2);
  t.strictSame(errors, { "another body came back": 2, "status 503": 2, UND_ERR_SOCKET: 2 });
});

t.test("a timed load ends by itself and measures its span", async (t) => {
  const server = createServer((request, response) => request.pipe(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const span = { kind: "time", warmUpMs: 20, timedMs: 100 } as const;
  const watched = { here: process.pid };
  const result = await runLoad({ kind: "load", url, headers: {}, watched, connections: 2, body: "x", span });
  t.ok(result.calls > 0);
  t.ok(result.seconds > 0.09);
  t.ok(result.span[1] > result.span[0]);
  if (process.platform === "linux") t.ok(result.used.here!.residentMiB > 1);
});

t.test("rounds come together as medians, their errors as sums", async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.throws(() => median([]), RangeError);
  const round = (number: number, answered: number, cpuMs: number): Measurement => ({
    ...{ route: "opaque", connections: 8, round: number },
    result: {
      ...{ seconds: 1, span: [0, 1_000_000], calls: answered, errors: { "status 503": number } },
      latency: { p50: answered, p99: answered, max: answered },
      used: { consumer: { cpuMs, mainThreadCpuMs: cpuMs, residentMiB: 1 } },
    },
  });
  const [figures, ...others] = toFigures([round(1, 10, 10), round(2, 30, 60), round(3, 20, 20)]);
  t.strictSame(others, []);
  t.match(figures, { perSecond: 20, p50: 20, max: 30, calls: 60, errors: { "status 503": 6 } });
  t.strictSame(figures!.cpuMs, { consumer: 1 }, "milliseconds for one call");
});

t.test("targets that were not measured are neither met nor missed", async (t) => {
  const machine = { cpu: "", cores: 2, memoryMiB: 1, system: "", node: "", nginx: undefined };
  const empty = { machine, startedAt: "", seconds: 1, rounds: 1, bodyBytes: 1024, worstLagMs: 46_000 };
  const verdicts = judgeTargets({ ...empty, figures: [], transfers: [] });
  const judged = verdicts.filter(({ met }) => met !== undefined);
  t.strictSame(judged, [{ target: "time-stamps at most 45 s behind", measured: "46 s", met: false }]);
});

t.test("a profile is summed by function within the spans only", async (t) => {
  const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 9 });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("(root)") },
      { id: 2, callFrame: frame("(idle)") },
      { id: 3, callFrame: frame("work", new URL("../../src/main.ts", import.meta.url).href) },
      { id: 4, callFrame: frame("", "node:net") },
    ],
    startTime: 1000,
    samples: [3, 3, 2, 4, 3],
    timeDeltas: [0, 1000, 1000, 1000, 1000],
  };
  const { busyMs, functions } = summarizeProfile(profile, [[1500, 4500]]);
  t.equal(busyMs, 2);
  t.strictSame(functions, [
    { name: "work src/main.ts:10", selfMs: 1 },
    { name: "(anonymous) node:net:10", selfMs: 1 },
  ]);
});

t.test("usage is unknown of a process that is not there", async (t) => {
  t.equal(readUsage(2 ** 30), undefined);
});

t.test("columns of numbers stand to the right, of words to the left", async (t) => {
  const table = formatTable(
    ["what", "n"],
    [
      ["a", "1"],
      ["long", "1,000"],
    ],
  );
  t.equal(table, "what      n\na         1\nlong  1,000");
});
