import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import t from "tap";
import type {
  Account,
  ActAccount,
  DemoEvent,
  EvidenceFound,
  FormAccount,
  PageAccount,
} from "../../src/dev/demo/event.ts";
import { castOf } from "../../src/dev/registers/cast.ts";
import { defaultSeed, generateCountry } from "../../src/dev/registers/country.ts";
import { newDirectory } from "../new-directory.ts";
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
  // Orders reach servers by sockets, whose paths have to be short.
  const folder = newDirectory();
  mkdirSync(join(folder, "elsewhere"));
  const directory = join(folder, "country");
  const { code, events, told } = await finish(
    start("demo", "--once", "--json", "--port", "0", "--state", directory),
  );
  const accounts = events.filter((event): event is Account => event.event === "exchange");
  const pages = events.filter((event): event is PageAccount => event.event === "page");
  const acts = events.filter((event): event is ActAccount => event.event === "act");
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

  t.test("people can sign in at two consoles", async (t) => {
    const consoles = events.find((event) => event.event === "consoles");
    t.match(consoles!.urls, [/^https:\/\/127\.0\.0\.1:\d+$/, /^https:\/\/localhost:\d+$/]);
  });

  t.test("each exchange ends as it has to", async (t) => {
    const endings = accounts.map(({ title, ending, asExpected }) => {
      const { kind, status } = ending;
      return [title, kind, kind === "answer" ? status : ending.code, asExpected];
    });
    const required = "permission_required";
    t.strictSame(endings, [
      ["Person and address", "answer", 200, true],
      ["Wages of three months", "answer", 200, true],
      ["The same for a decision that no person makes", "signed", "decision_use_not_allowed", true],
      ["Entitled today, yes or no", "answer", 200, true],
      ["The whole record instead", "signed", "access_denied", true],
      ["A scanned decision of 100 MiB, fetched", "answer", 200, true],
      ["A scanned decision of 100 MiB, handed in", "answer", 201, true],
      ["A register that is down", "signed", "service_unreachable", true],
      ["An agency asks, by law, whether an applicant has a degree", "answer", 200, true],
      ["The seat of a company, for a city", "answer", 200, true],
      ["A company whose board is not published", "answer", 200, true],
      ["A company that must not be published", "answer", 451, true],
      ["How many people live where, about nobody", "answer", 200, true],
      ["The same of those born in 1940, without numbers that are too small", "answer", 200, true],
      ["The address of the first exchange seems wrong", "answer", 200, true],
      ["A bank asks without the person's consent", "signed", required, true],
      ["The bank asks the person, through the register", "answer", 200, true],
      ["The bank gets what was consented to, and no more", "answer", 200, true],
      ["The very next call of the bank", "signed", required, true],
      ...["A mother, for her child", "A director, for the company"].flatMap((who) => [
        [`${who}: the bank asks`, "answer", 200, true],
        [`${who}: the register asks who may act`, "answer", 200, true],
        [`${who}: the bank gets it`, "answer", 200, true],
      ]),
      ...[
        ["A payment account that changed, pushed without the person's request", "own", required, true],
        ["Social Benefits Agency asks the person, through the sender", "answer", 200, true],
        ["A payment account that changed, pushed", "answer", 202, true],
        ["An employer asks about a degree without the person's consent", "signed", required, true],
        ["The employer asks the person", "answer", 200, true],
        ["The employer learns yes or no, and no more", "answer", 200, true],
        ["An association asks without an agreement", "signed", "access_denied", true],
        ["The association counts, by the agreement", "answer", 200, true],
        ["The police ask about the person", "answer", 200, true],
      ],
      ["The same message once more", "answer", 200, true],
      ["Another message under the same exchange id", "unsigned", "replay", true],
      ["A stranger's connection", "unsigned", "peer_unknown", true],
      ["A revoked seal", "unsigned", "certificate_revoked", true],
    ]);
  });

  t.test("a form that asks for what registers hold is told where to ask, and not published", async (t) => {
    const form = events.find((event): event is FormAccount => event.event === "form")!;
    t.match(form, {
      number: accounts.length + pages.length + acts.length + 1,
      scenario: 8,
      asExpected: true,
    });
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
    const [given, seen, withdrawn, all] = pages.filter(({ scenario }) => scenario === 3);
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

  t.test("what a person asked for is pushed, and proven by the sender's own gateway", async (t) => {
    const [story] = pages.filter(({ scenario }) => scenario === 4);
    t.match(
      story!.reads[0],
      /^You request that Tax Board .* sends data about you to Social Benefits Agency /,
    );
    t.match(story!.asks, { name: "Digital Agency" });
    t.match(story!.answers, { id: "DEV/GOV/10000002/tax/sealway.permission" });
  });

  t.test("of counts and companies it is told what is not told", async (t) => {
    const says = (title: RegExp) => accounts.find((one) => title.test(one.title))!.says;
    t.match(
      says(/^The same of those born/),
      /^\d+ people in 4 regions; fewer than 10 in 2 others: no number/,
    );
    t.match(says(/^A company whose board/), /without its board; \d+ of 600 calls are left/);
    t.match(says(/^A company that must not/), /^\d+ of 600 calls are left/);
    t.match(says(/^The employer learns/), /by the word of the Education Agency, register of degrees/);
  });

  t.test("an agreement is asked for, approved and used", async (t) => {
    const [asked, approved] = acts.filter(({ scenario }) => scenario === null);
    t.match([asked!.says, approved!.says], ["requested", "approved"]);
    t.match(approved, { by: { name: "Population Register" }, did: [/seal/, /taken/], asExpected: true });
  });

  t.test("a new member joins by one command, and disturbs nobody", async (t) => {
    const newcomer = acts.at(-1)!;
    t.match(newcomer, { by: { name: "Weather Service" }, asExpected: true });
    t.match(
      newcomer.says,
      /first verified exchange after [\d.]+ s; \d+ exchanges of others meanwhile, 0 of them/,
    );
  });

  t.test("a restricted query shows once it is not, and was time-stamped before", async (t) => {
    const query = accounts.find(({ scenario }) => scenario === 14)!;
    t.equal(query.purpose, null, "not even its own officers find it while it is restricted");
    const [hidden, shown] = pages.filter(({ scenario }) => scenario === 14);
    t.match([hidden!.reads.length, shown!.reads.length], [0, 1]);
    t.match(shown!.reads[0], /Police Board.*Investigate a crime.*Allowed/);
    const [ordered, lifted] = acts.filter(({ scenario }) => scenario === 14);
    t.match([ordered!.says, lifted!.says], [/^ordered/, /^lifted/]);
    t.match(lifted!.did[0], /^time-stamped before: (?:population, benefits|benefits, population)$/);
    const proofs = evidence.filter(({ number }) => number === query.number);
    t.strictSame(
      proofs.map(({ valid }) => valid),
      [true, true],
    );
    const later = evidence.find(({ number }) => number === shown!.number)!;
    for (const { sealedAt } of proofs)
      t.ok(sealedAt! < later.sealedAt!, "stamped before the lifting was seen");
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
      notYetChecked: { length: 0 },
    });
    t.match(accounts[1], { notYetChecked: [/limits of the period/] });
    for (const { milliseconds } of accounts) t.ok(milliseconds > 0);
  });

  t.test("100 MiB each way leave the gateways' memory flat", async (t) => {
    const heavy = accounts.filter(({ scenario }) => scenario === 11);
    t.equal(heavy[0]?.receivedBytes, 100 * 1024 * 1024);
    t.equal(heavy[1]?.sentBytes, 100 * 1024 * 1024);
    const uses = heavy.flatMap(({ memory }) => memory ?? []);
    t.ok(uses.length > 0 || process.platform !== "linux");
    for (const { name, before, most } of uses) {
      t.ok(most - before <= 64 * 1024 * 1024, `${name} grew by ${most - before} bytes`);
    }
  });

  t.test("both logs prove each exchange", async (t) => {
    const recorded = accounts.filter(({ exchangeId }) => exchangeId !== null);
    t.equal(recorded.length, 34);
    // What the sender's own server refuses the other side never hears of.
    const sidesOf = (one: Account | PageAccount) =>
      one.event === "exchange" && one.ending.kind === "own"
        ? [one.exchangeId]
        : [one.exchangeId, one.exchangeId];
    t.strictSame(
      [...recorded, ...pages].flatMap(sidesOf).sort(),
      evidence.map(({ exchangeId }) => exchangeId).sort(),
    );
    for (const { number, side, valid, troubles, messages, sealedAt } of evidence) {
      const name = `exchange ${number}, ${side}`;
      t.ok(valid, name);
      t.strictSame(troubles, [], name);
      t.equal(messages.length, messages[0] === "refusal" ? 1 : 2, name);
      t.ok(sealedAt, name);
    }
    const answers = evidence.flatMap(({ messages }) => messages[1] ?? []);
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
