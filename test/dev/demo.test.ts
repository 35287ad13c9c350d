import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import t from "tap";
import type {
  Account,
  DemoEvent,
  EvidenceFound,
  FormAccount,
  PageAccount,
} from "../../src/dev/demo/event.ts";
import { castOf } from "../../src/dev/registers/cast.ts";
import { defaultSeed, generateCountry } from "../../src/dev/registers/country.ts";
import { tellAuditorStory } from "./auditor-story.ts";

/*
 * The whole of Sealway from end to end: a country of separate processes, real sockets, signatures, logs and
 * time-stamps, and the evidence of each exchange verified from its files.
 */

const sealway = join(import.meta.dirname, "../../src/sealway.mjs");

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(...args: string[]): Child {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawn(process.execPath, [sealway, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function finish(child: Child): Promise<{ code: number; events: DemoEvent[]; told: string }> {
  const events: DemoEvent[] = [];
  let told = "";
  child.stderr.on("data", (chunk) => {
    told += chunk;
  });
  createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line)));
  const [code] = await once(child, "close");
  return { code, events, told };
}

/** Command lines of processes that have to do with a directory. */
function processesOf(directory: string): string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(directory));
}

t.test("sealway demo --once", { timeout: 180_000 }, async (t) => {
  const folder = t.testdir({ elsewhere: {} });
  const directory = join(folder, "country");
  const { code, events, told } = await finish(
    start("demo", "--once", "--json", "--port", "0", "--state", directory),
  );
  const accounts = events.filter((event): event is Account => event.event === "exchange");
  const pages = events.filter((event): event is PageAccount => event.event === "page");
  const evidence = events.filter((event): event is EvidenceFound => event.event === "evidence");

  t.test("ends well and leaves no process", async (t) => {
    t.equal(told, "");
    t.equal(code, 0);
    t.match(events.at(-2), { event: "summary", passed: true });
    t.equal(events.at(-1)?.event, "end");
    t.strictSame(processesOf(directory), []);
  });

  t.test("the catalogue has at least twenty services", async (t) => {
    const ready = events.find((event) => event.event === "ready");
    t.ok(ready!.services >= 20);
  });

  t.test("each exchange ends as it has to", async (t) => {
    const endings = accounts.map(({ title, ending, asExpected }) => {
      const { kind, status } = ending;
      return [title, kind, kind === "answer" ? status : ending.code, asExpected];
    });
    t.strictSame(endings, [
      ["Person and address", "answer", 200, true],
      ["Wages of three months", "answer", 200, true],
      ["The same for a decision that no person makes", "signed", "decision_use_not_allowed", true],
      ["Entitled today, yes or no", "answer", 200, true],
      ["The whole record instead", "signed", "access_denied", true],
      ["A scanned decision of 100 MiB, fetched", "answer", 200, true],
      ["A scanned decision of 100 MiB, handed in", "answer", 201, true],
      ["A register that is down", "signed", "service_unreachable", true],
      ["A payment account that changed, pushed", "answer", 202, true],
      ["The address of the first exchange seems wrong", "answer", 200, true],
      ["A bank asks without the person's consent", "signed", "permission_required", true],
      ["The bank asks the person, through the register", "answer", 200, true],
      ["The bank gets what was consented to, and no more", "answer", 200, true],
      ["The very next call of the bank", "signed", "permission_required", true],
      ...["A mother, for her child", "A director, for the company"].flatMap((who) => [
        [`${who}: the bank asks`, "answer", 200, true],
        [`${who}: the register asks who may act`, "answer", 200, true],
        [`${who}: the bank gets it`, "answer", 200, true],
      ]),
      ["The same message once more", "answer", 200, true],
      ["Another message under the same exchange id", "unsigned", "replay", true],
      ["A stranger's connection", "unsigned", "peer_unknown", true],
      ["A revoked seal", "unsigned", "certificate_revoked", true],
    ]);
  });

  t.test("a form that asks for what registers hold is told where to ask, and not published", async (t) => {
    const form = events.find((event): event is FormAccount => event.event === "form")!;
    t.match(form, { number: accounts.length + pages.length + 1, scenario: 8, asExpected: true });
    const [persons, income] = ["DEV/GOV/10000001/population/persons", "DEV/GOV/10000002/tax/income"];
    t.match(form.held, [{ service: persons }, { service: income, predicates: [/income-below$/] }]);
    t.match(form.refusals, [
      { code: "once-only.collects", detail: persons },
      { code: "once-only.collects", detail: income },
    ]);
  });

  t.test("what a purpose does not need is cut before it is signed, and the evidence names it", async (t) => {
    const [person] = accounts;
    t.match(person, { purpose: "benefit-decision", removed: ["/sex", "/birth/place", "/status"] });
    t.ok(person!.removed.includes("/maritalStatus") && person!.removed.includes("/address/since"));
    const packages = evidence.filter(({ number }) => number === person!.number);
    t.strictSame(
      packages.map(({ side, removed, valid }) => [side, removed, valid]),
      [
        ["consumer", person!.removed, true],
        ["provider", person!.removed, true],
      ],
    );
  });

  t.test("whoever needs a yes or no only is told where to get it", async (t) => {
    const { ending, purpose } = accounts.find(({ title }) => title === "The whole record instead")!;
    t.equal(purpose, "inspection");
    t.match(ending, { message: "DEV/GOV/10000003/benefits/is-entitled-today" });
  });

  t.test("the bank's story is played with the person's pages in it", async (t) => {
    const story = events.filter(
      (event): event is Account | PageAccount =>
        (event.event === "exchange" || event.event === "page") && event.scenario === 3,
    );
    t.strictSame(
      story.map(({ event, number, asExpected }) => [event, number - story[0]!.number, asExpected]),
      ["exchange", "exchange", "page", "exchange", "page", "page", "exchange", "page"].map((event, i) => [
        event,
        i,
        true,
      ]),
    );
    const [given, seen, withdrawn, all] = pages;
    t.match(
      given!.reads[0],
      /^You consent that Population Register .* gives data about you to First Savings/,
    );
    t.match(given!.did.at(-1), /signed in again, for this very text/);
    t.match(given!.says, /^It is given/);
    t.match(withdrawn!.says, /^It is withdrawn/);
    const shown = ({ reads }: PageAccount) =>
      reads.map((line) => /First Savings Bank.*Know the customer.*(Allowed|Refused)/.exec(line)?.[1]);
    t.strictSame(shown(seen!), ["Allowed", "Refused"]);
    t.strictSame(shown(all!), ["Refused", "Allowed", "Refused"]);
    const used = story[3] as Account;
    t.strictSame(used.removed, ["/code", "/address/region"]);
    t.match(used.says, /^.+, .+; \d+ relatives, by name$/);
  });

  t.test("a guardian and a director act for others, by what the registers say at that moment", async (t) => {
    const [byMother, seen, byDirector] = pages.filter((page) => page.scenario === 13);
    t.match(byMother!.reads[0], /^You consent that Population Register/);
    t.match(byDirector!.reads[0], /^You give a mandate/);
    for (const { reads } of [byMother!, byDirector!]) t.match(reads[1], /^You act for somebody else/);
    t.match(seen, { asExpected: true, reads: [/First Savings Bank.*Allowed/] });
    const asked = accounts.filter(({ title }) => title.endsWith("asks who may act"));
    t.strictSame(
      asked.map(({ answers, says }) => [answers.id, says]),
      ["DEV/GOV/10000001/population/powers", "DEV/GOV/10000004/business/powers"].map((id) => [
        id,
        "committed to: representative and asked-about",
      ]),
    );
  });

  t.test("accounts say who, what, for whom, how long, and what is not checked yet", async (t) => {
    t.match(accounts[0], {
      asks: { name: "Social Benefits Agency", id: "DEV/GOV/10000003/benefits", server: "benefits" },
      answers: {
        name: "Population Register",
        id: "DEV/GOV/10000001/population/persons",
        server: "population",
      },
      onBehalf: "officer-17, in case SB-2026-000117",
      exchangeId: /^[0-9a-f-]{36}$/,
      queryId: /^DEV-/,
      notYetChecked: [],
    });
    t.match(accounts[1], { notYetChecked: [/limits of the period/] });
    for (const { milliseconds } of accounts) t.ok(milliseconds > 0);
  });

  t.test("100 MiB each way leave the gateways' memory flat", async (t) => {
    const heavy = accounts.filter(({ scenario }) => scenario === 11);
    t.equal(heavy[0]?.receivedBytes, 100 * 1024 * 1024);
    t.equal(heavy[1]?.sentBytes, 100 * 1024 * 1024);
    for (const { name, before, most } of heavy.flatMap(({ memory }) => memory ?? [])) {
      t.ok(most - before <= 64 * 1024 * 1024, `${name} grew by ${most - before} bytes`);
    }
  });

  t.test("both logs prove each exchange", async (t) => {
    const recorded = accounts.filter(({ exchangeId }) => exchangeId !== null);
    t.equal(recorded.length, 20);
    t.strictSame(
      [...recorded, ...pages].flatMap(({ exchangeId }) => [exchangeId, exchangeId]).sort(),
      evidence.map(({ exchangeId }) => exchangeId).sort(),
    );
    for (const { number, side, valid, troubles, messages, sealedAt } of evidence) {
      const name = `exchange ${number}, ${side}`;
      t.ok(valid, name);
      t.strictSame(troubles, [], name);
      t.equal(messages.length, 2, name);
      t.ok(sealedAt, name);
    }
    const answers = evidence.map(({ messages }) => messages[1]);
    t.strictSame(new Set(answers), new Set(["response", "refusal", "fault"]));
  });

  t.test("a package is valid for the command line, too", async (t) => {
    const verify = start("verify", "--anchor", join(directory, "authority/anchor.json"), evidence[0]!.file!);
    verify.stdout.resume();
    const [verdict] = await once(verify, "close");
    t.equal(verdict, 0);
  });

  t.test("no log names a person", async (t) => {
    const cast = castOf(generateCountry(defaultSeed), Date.now());
    const codes = [cast.parent, cast.pensioner, "Zohra", "Abaluwade"];
    const logs = readdirSync(join(directory, "logs"));
    t.ok(logs.length >= 8);
    for (const name of logs) {
      const text = readFileSync(join(directory, "logs", name), "utf8");
      for (const code of codes) t.notOk(text.includes(code), `${name} names nobody`);
    }
  });

  // Last: it leaves nothing of the country.
  await t.test("an exchange of the demonstration, years later", (t) =>
    tellAuditorStory(t, directory, join(folder, "elsewhere"), events),
  );
});

t.test("Ctrl-C while it starts ends everything", { timeout: 60_000 }, async (t) => {
  const directory = join(t.testdir(), "country");
  const child = start("demo", "--json", "--port", "0", "--state", directory);
  const first = once(createInterface({ input: child.stdout }), "line");
  await first;
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  t.equal(code, 1);
  t.strictSame(processesOf(directory), []);
});

t.test("a killed demonstration leaves no process", { timeout: 60_000 }, async (t) => {
  const directory = join(t.testdir(), "country");
  const child = start("demo", "--json", "--port", "0", "--state", directory);
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).name === "trust-services") break;
  }
  t.ok(processesOf(directory).length > 1 || !existsSync("/proc/self/cmdline"));
  child.kill("SIGKILL");
  await once(child, "close");
  while (processesOf(directory).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  t.pass("all are gone");
});
