import t from "tap";
import { Browser, type Loaded } from "./browser.ts";
import { openPortalScene } from "./portal-scene.ts";
import { bank, benefits, population, usageAnswer, useOf } from "./sample-use.ts";
import { type Answering, refuse } from "./stand-in-gateway.ts";

const scene = await openPortalScene();
t.teardown(() => scene.close());
const { url, gateway, cast } = scene;
const browser = new Browser();
await scene.signIn(browser, cast.parent);

const places = {
  population: "DEV/GOV/10000001/population/sealway.usage/v1/usages",
  tax: "DEV/GOV/10000002/tax/sealway.usage/v1/usages",
};
const nothing: Answering = () => usageAnswer([]);

/** @returns the list that is shown when the two registers answer so */
async function listWith(population: Answering, tax: Answering = nothing, path = "/uses"): Promise<Loaded> {
  gateway.answers.set(places.population, population);
  gateway.answers.set(places.tax, tax);
  gateway.asked.length = 0;
  return browser.load(`${url}${path}`);
}

const exchangesIn = ({ text }: Loaded) =>
  [...text.matchAll(/href="\/uses\/[0-9a-f-]+?(\d+)"/g)].map(([, number]) => Number(number));

t.test("every register is asked as the person who is signed in, and no other", async (t) => {
  await listWith(nothing);
  t.strictSame(gateway.asked.map(({ path }) => path).toSorted(), [places.population, places.tax]);
  for (const { headers, query } of gateway.asked) {
    t.equal(headers["x-road-userid"], cast.parent);
    t.equal(headers["x-road-client"], "DEV/GOV/10000008/portal");
    t.equal(query.get("userCode"), cast.parent);
  }
  await listWith(nothing, nothing, `/uses?userCode=${cast.pensioner}&person=${cast.pensioner}`);
  for (const { query } of gateway.asked)
    t.equal(query.get("userCode"), cast.parent, "whatever the address says");
});

t.test("the lists of all are merged, newest first, each exchange once", async (t) => {
  const page = await listWith(
    () => usageAnswer([useOf(9), useOf(5), useOf(1)]),
    () => usageAnswer([useOf(7), useOf(5), useOf(2)]),
  );
  t.strictSame(exchangesIn(page), [9, 7, 5, 2, 1]);
  t.match(page.text, /Social Benefits Agency/);
  t.match(page.text, /Decision on a benefit/);
});

t.test("pages go on at each register where they were", async (t) => {
  const paged =
    (from: number, step: number): Answering =>
    ({ query }) => {
      const start = Number(query.get("cursor") ?? from);
      const entries = Array.from({ length: 20 }, (_, i) => useOf(start - i * step));
      const next = start - 20 * step;
      return usageAnswer(
        entries.filter((_, i) => start - i * step > 0),
        next > 0 ? String(next) : null,
      );
    };
  let page = await listWith(paged(200, 2), paged(99, 2));
  t.equal(exchangesIn(page).length, 25);
  const asked = gateway.asked.length;
  for (let more = /href="(\/uses\?[^"]*count[^"]*)">/.exec(page.text); more !== null; ) {
    page = await browser.load(`${url}${more[1]!.replaceAll("&amp;", "&")}`);
    more = /href="(\/uses\?[^"]*count[^"]*)">/.exec(page.text);
  }
  const expected = Array.from({ length: 200 }, (_, i) => 200 - i).filter((n) => n % 2 === 0 || n < 100);
  t.strictSame(exchangesIn(page), expected);
  t.ok(asked <= 4 && gateway.asked.length <= 10, `${gateway.asked.length} questions for all`);
});

t.test("a year and a receiver narrow it down", async (t) => {
  const answers = () => usageAnswer([useOf(3, { to: bank }), useOf(2), useOf(1, { to: bank })]);
  const page = await listWith(answers, nothing, `/uses?year=2026&receiver=${bank.member}`);
  t.strictSame(exchangesIn(page), [3, 1]);
  t.match(Object.fromEntries(gateway.asked[0]!.query), {
    periodStart: "2026-01-01",
    periodEnd: "2026-12-31",
  });
  t.match(page.text, /<option value="2026" selected>/);
  t.match(page.text, new RegExp(`<option value="${bank.member}" selected>First Savings Bank`));
  const none = await listWith(answers, nothing, "/uses?year=2026&receiver=%22%3E%3Cscript%3E");
  t.match(none.text, /no entry of this kind/);
  t.notMatch(none.text, /<script/);
});

for (const [title, answering, reason] of [
  ["refuses", (_, response) => refuse(response, 403, "access_denied"), "would not answer"],
  [
    "cannot be reached by its server",
    (_, response) => refuse(response, 500, "network_error"),
    "did not answer",
  ],
  ["breaks off", (_, response) => void response.destroy(), "did not answer"],
  ["answers something that is not JSON", (_, response) => void response.end("<html>"), "cannot be read"],
  ["answers JSON that is no list", () => ({ entries: "all" }), "cannot be read"],
  [
    "answers a use with a member too many",
    () => usageAnswer([{ ...useOf(1), x: 1 } as never]),
    "cannot be read",
  ],
  [
    "names an exchange that is an address",
    () => usageAnswer([useOf(1, { exchange: "/../../sign-out" })]),
    "cannot be read",
  ],
  [
    "tells a day that is none",
    () => usageAnswer([useOf(1, { time: "2026-99-99T99:99:99.999Z" })]),
    "cannot be read",
  ],
  [
    "tells a month that is none",
    () => usageAnswer([{ kind: "group", month: "2026-99", to: benefits, count: 1 }]),
    "cannot be read",
  ],
  ["answers with null", (_, response) => void response.end("null"), "cannot be read"],
  [
    "answers without an end",
    (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const block = Buffer.alloc(1 << 20, " ");
      const write = () => {
        while (!response.destroyed && response.write(block));
        response.once("drain", write);
      };
      write();
      return undefined;
    },
    "cannot be read",
  ],
] as readonly (readonly [string, Answering, string])[]) {
  t.test(`a register that ${title} is named, and the others' part is shown`, async (t) => {
    const page = await listWith(answering, () => usageAnswer([useOf(4)]));
    t.strictSame(exchangesIn(page), [4]);
    t.match(page.text, /This list is not complete/);
    t.match(page.text, new RegExp(`Population Register \\(DEV/GOV/10000001/population\\): .*${reason}`));
    t.notMatch(page.text, /Tax Board \(/);
  });
}

t.test("whether it is a demonstration the own security server says alone", async (t) => {
  await listWith((_, response) => void response.end("<html>"));
  t.match((await browser.load(`${url}/`)).text, /class="demonstration"/);
});

t.test("a register that promises more and gives nothing is not asked for ever", async (t) => {
  await listWith(() => usageAnswer([], "more"));
  t.equal(gateway.asked.length, 2);
  await listWith(({ query }) => usageAnswer(query.has("cursor") ? [] : [useOf(3)], "more"));
  t.equal(gateway.asked.length, 2);
});

t.test("a register that tells the same again and again is not asked for ever", async (t) => {
  const same = Array.from({ length: 20 }, (_, i) => useOf(20 - i));
  let asked = 0;
  const page = await listWith(() => usageAnswer(same, asked < 100 ? `${asked++}` : null));
  t.equal(asked, 2);
  t.equal(exchangesIn(page).length, 20);
  t.match(page.text, /This list is not complete/);
});

t.test("a register that tells its uses one by one does not have the person wait", async (t) => {
  let asked = 0;
  await listWith(() => usageAnswer([useOf(500 - asked)], `${asked++}`));
  t.equal(asked, 1);
});

t.test("whoever tells something else of an exchange does not take the place of the others", async (t) => {
  const real = useOf(6, { to: bank });
  const other = useOf(6, { from: benefits, to: population, time: useOf(9).time });
  const page = await listWith(
    () => usageAnswer([real]),
    () => usageAnswer([other]),
  );
  t.match(page.text, /First Savings Bank/);
  t.match(page.text, /Social Benefits Agency|Population Register/);
  const links = [...page.text.matchAll(/href="(\/uses\/[^"]+)"/g)].map(([, link]) => link!);
  t.equal(new Set(links).size, 2);
  const pages = await Promise.all(links.map((link) => browser.load(`${url}${link}`)));
  t.match(pages[0]!.text, /Social Benefits Agency/);
  t.match(pages[1]!.text, /First Savings Bank/);
  t.notMatch(pages[1]!.text, /Social Benefits Agency/);
});

t.test("one use: everything that is told of it", async (t) => {
  const use = useOf(6, { subjectCount: 30, byPermission: true, roles: ["asked-about", "representative"] });
  await listWith(() => usageAnswer([use]));
  const page = await browser.load(`${url}/uses/${use.exchange}`);
  for (const text of [
    ...["Social Benefits Agency", "Population Register", "Person and address", "Decision on a benefit"],
    ...["A public task", "Benefits Act §4", "a decision by an official", "It was allowed", "Name", "Sex"],
    ...["You were one of 30 people", "you acted for somebody else", "It rests on a permission", use.exchange],
  ])
    t.ok(page.text.includes(text), text);
  const refused = useOf(8, {
    outcome: "refused",
    code: "permission_required",
    told: [],
    checked: true,
    purpose: null,
  });
  await listWith(() => usageAnswer([refused]));
  const other = await browser.load(`${url}/uses/${refused.exchange}`);
  t.match(other.text, /It was refused: no data was given/);
  t.match(other.text, /permission_required/);
  t.match(other.text, /No purpose was named/);
  t.notMatch(other.text, /What such an answer tells/);
});

t.test("an entry that is not in the person's own list is not there", async (t) => {
  await listWith(() => usageAnswer([useOf(6)]));
  t.equal((await browser.load(`${url}/uses/${useOf(7).exchange}`)).status, 404);
  const other = new Browser();
  await scene.signIn(other, cast.pensioner);
  t.equal((await other.load(`${url}/uses/${useOf(6).exchange}`)).status, 404, "another person's list");
});

t.test("uses of a month that are counted only", async (t) => {
  const group = { kind: "group", month: "2026-09", to: benefits, count: 12 } as const;
  const page = await listWith(() => usageAnswer([useOf(1), group]));
  t.match(page.text, /September 2026/);
  t.match(page.text, /12 uses in this month/);
});

t.test("names and titles that are HTML are text", async (t) => {
  const evil = `"><img src=x onerror=alert(1)><a href='javascript:alert(1)'>`;
  const named = { ...benefits, member: evil, name: { en: evil }, subsystemName: { en: evil } };
  const use = useOf(1, {
    ...{ to: named, from: named, code: evil, outcome: "refused" },
    service: { id: evil, title: { en: evil } },
    purpose: { id: evil, title: { en: evil }, source: "stated", revision: 1 } as never,
    lawfulBasis: { basis: "constructor", provision: evil },
    removed: [{ element: evil, title: { en: `\u202e${evil}` } }],
  });
  const list = await listWith(() => usageAnswer([use]));
  const page = await browser.load(`${url}/uses/${use.exchange}`);
  for (const { text } of [list, page]) {
    t.notMatch(text, /<img|<a href='|\u202e|\[native code\]|function/);
    t.match(text, /&lt;img src=x onerror=alert\(1\)&gt;/);
  }
});

t.test("in Chinese for who prefers it, by header and by link", async (t) => {
  gateway.answers.set(places.population, () => usageAnswer([useOf(1)]));
  const chinese = new Browser({ "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" });
  await scene.signIn(chinese, cast.parent);
  const page = await chinese.load(`${url}/uses?year=2026`);
  t.match(page.text, /<html lang="zh-Hans">/);
  t.match(page.text, /谁查询过我的数据/);
  t.match(page.text, /人员和地址/);
  t.match(page.text, /社会福利局/);
  const [, link] = /href="([^"]*language=en[^"]*)"/.exec(page.text)!;
  t.equal(link, "/uses?year=2026&amp;language=en", "what was chosen stays");
  const english = await chinese.load(`${url}${link!.replace("&amp;", "&")}`);
  t.match(english.text, /<html lang="en">/);
  t.match(english.text, /<option value="2026" selected>/);
  t.match((await chinese.load(`${url}/`)).text, /<html lang="en">/, "the choice is remembered");
});

t.test("no address and no line of the log names the person", async (t) => {
  for (const address of browser.visited)
    t.notMatch(address.startsWith(url) ? address : "", new RegExp(cast.parent));
  const log = scene.log();
  t.match(log, /"msg":"page"/);
  for (const code of Object.values(cast)) t.notMatch(log, new RegExp(code));
  t.notMatch(log, /[0-9a-f]{8}-[0-9a-f]{4}-7/, "nor an exchange");
});
