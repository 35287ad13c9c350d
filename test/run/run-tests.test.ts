import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import t from "tap";
import { newDirectory } from "../new-directory.ts";
import { until } from "../until.ts";
import { accountOf, totalsLine } from "./account.ts";
import { planRuns } from "./plan-runs.ts";
import { runProcess } from "./run-process.ts";

const tap = import.meta.resolve("tap");

/** What the runner makes of a file that says this. */
async function resultOf(text: string) {
  const directory = newDirectory();
  writeFileSync(join(directory, "x.test.mjs"), text);
  return runProcess(directory, ["x.test.mjs"]);
}

t.test("a file passes only if it ended well after it tested something", async (t) => {
  const [passing, failing, ended, killed, empty] = await Promise.all([
    resultOf(`import t from ${JSON.stringify(tap)}; t.pass("a"); t.skip("no device here");`),
    resultOf(`import t from ${JSON.stringify(tap)}; t.pass("a"); t.equal(1, 2);`),
    resultOf('console.log("# { total: 7, pass: 7 }"); process.exit(3);'),
    resultOf('process.kill(process.pid, "SIGKILL");'),
    resultOf('console.log("nothing is tested");'),
  ]);
  t.match(passing, { passed: true, totals: { total: 2, pass: 1, fail: 0, skip: 1 } });
  t.match(failing, { passed: false, exit: "1", totals: { total: 2, pass: 1, fail: 1 } });
  t.match(ended, { passed: false, exit: "3" });
  t.match(killed, { passed: false, exit: "SIGKILL" });
  t.match(empty, { passed: false, exit: "0" });

  t.equal(totalsLine([passing, failing]), "# { total: 4, pass: 2, fail: 1, skip: 1 }");
  t.equal(
    totalsLine([passing, killed, empty]),
    "# { total: 4, pass: 1, fail: 2, skip: 1 }",
    "a dead file counts",
  );
  t.match(
    accountOf(passing, 1),
    /^# Subtest: x\.test\.mjs\n {4}ok 2 - no device here # SKIP\nok 1 - x\.test\.mjs # time/,
  );
  t.match(accountOf(failing, 2), /\n {4}not ok 2 - [\s\S]*\nnot ok 2 - x\.test\.mjs \(ended with 1\)/);
});

t.test("a killed file is through though a process that it started holds its streams", async (t) => {
  const killed = await resultOf(`import { spawn } from "node:child_process";
    spawn(process.execPath, ["-e", "setTimeout(() => console.log('outlived'), 20_000)"], { stdio: "inherit" });
    process.kill(process.pid, "SIGKILL");`);
  t.strictSame([killed.exit, killed.output], ["SIGKILL", ""]);
});

t.test("a runner that is told to end takes along the files that it runs and what they started", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket.resume().on("error", () => {})));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const file = join(newDirectory(), "x.test.mjs");
  const here = `require("net").connect(${port}, "127.0.0.1")`;
  writeFileSync(
    file,
    `import { spawn } from "node:child_process"; import net from "node:net"; net.connect(${port}, "127.0.0.1");
    spawn(process.execPath, ["-e", ${JSON.stringify(here)}]);`,
  );
  const runner = spawn(process.execPath, [join(import.meta.dirname, "run-tests.ts"), file]);
  await until("both are there", () => sockets.length === 2);
  runner.kill("SIGTERM");
  t.strictSame(await once(runner, "exit"), [143, null]);
  await until("both are gone", () => sockets.every((socket) => socket.destroyed));
});

t.test("files that share a process are all tested, and fail together", async (t) => {
  const directory = newDirectory();
  const write = (name: string, text: string) =>
    writeFileSync(join(directory, name), `import t from ${JSON.stringify(tap)}; ${text}`);
  write("a.mjs", 't.test("a", async (t) => t.pass("a"));');
  write(
    "b.mjs",
    'await new Promise((resolve) => setTimeout(resolve, 50)); t.test("b", async (t) => t.pass("b"));',
  );
  write("c.mjs", 't.test("c", async (t) => t.fail("c"));');
  write("d.mjs", 'throw new Error("it cannot be loaded");');
  write("e.mjs", "t.before(() => {}); for (const name of []) t.test(name, async (t) => t.pass());");
  const [both, failing, unloaded, empty, onlyEmpty] = await Promise.all(
    [
      ["a.mjs", "b.mjs"],
      ["c.mjs", "a.mjs"],
      ["a.mjs", "d.mjs"],
      ["a.mjs", "e.mjs"],
      ["e.mjs", "e.mjs"],
    ].map((run) => runProcess(directory, run)),
  );
  t.match(both, { passed: true, totals: { total: 2, pass: 2 } });
  t.match(failing, { passed: false, totals: { total: 2, pass: 1, fail: 1 } });
  t.match(unloaded, { passed: false, totals: { fail: 1 } });
  t.match(empty, { passed: false, totals: { fail: 1 }, output: /e\.mjs tests nothing/ });
  t.match(onlyEmpty, { passed: false, totals: { fail: 1 } });
});

t.test("each file is run once, in small runs of one room", async (t) => {
  const files = Array.from({ length: 8 }, (_, i) => `test/core/${i}.test.ts`);
  const runs = planRuns([
    ...files,
    "test/dev/a.test.ts",
    "test/dev/b.test.ts",
    "test/exchange/overload.test.ts",
  ]);
  t.strictSame(runs, [
    files.slice(0, 4),
    files.slice(4),
    ["test/dev/a.test.ts"],
    ["test/dev/b.test.ts"],
    ["test/exchange/overload.test.ts"],
  ]);
});
