import t from "tap";
import { Browser, formIn, post } from "./browser.ts";
import { openPortalScene } from "./portal-scene.ts";
import { bank, usageAnswer, useOf } from "./sample-use.ts";
import { type Answering, refuse } from "./stand-in-gateway.ts";

const scene = await openPortalScene();
t.teardown(() => scene.close());
const { url, gateway, cast } = scene;
const browser = new Browser();
await scene.signIn(browser, cast.parent);

const use = useOf(1);
const subsystem = "DEV/GOV/10000003/benefits";
const [inquiries, states] = ["inquiries", "states"].map((path) => `${subsystem}/sealway.inquiry/${path}`);
const id = "01a203eb-48da-77f4-8333-000000000099";
const told = { id, state: "asked", due: Date.UTC(2026, 11, 24), answer: null };
gateway.answers.set("DEV/GOV/10000001/population/sealway.usage/v1/usages", () =>
  usageAnswer([use, useOf(2, { to: bank })]),
);

const open = async (exchange: string) => {
  await browser.load(`${url}/uses`);
  return browser.load(`${url}/uses/${exchange}`);
};

t.test("a question goes to whoever got the data, as the person who is signed in", async (t) => {
  gateway.answers.set(inquiries!, () => told);
  gateway.answers.set(states!, () => ({
    ...told,
    state: "answered",
    answer: "<b>For the letter.</b>\nOf May.",
  }));
  gateway.asked.length = 0;
  const page = await browser.submit(await open(use.exchange), "/ask", { text: "  Why?\r\nTell me.  " });
  const asked = gateway.asked.find(({ path }) => path === inquiries)!;
  t.strictSame(asked.body, { about: use.exchange, text: "Why?\nTell me." });
  t.equal(asked.headers["x-road-userid"], cast.parent);
  t.equal(page.url, `${url}/questions/${subsystem}/${id}`);
  t.match(page.text, /&lt;b&gt;For the letter\.&lt;\/b&gt;\nOf May\./);
  t.match(page.text, /24 December 2026/);
});

t.test("a link of others to a question of theirs does not tell them who follows it", async (t) => {
  for (const site of ["cross-site", "same-site"]) {
    gateway.asked.length = 0;
    const headers = { "sec-fetch-site": site };
    const page = await browser.load(`${url}/questions/${subsystem}/${id}`, { headers });
    t.equal(page.status, 403);
    t.strictSame(gateway.asked, []);
  }
  const headers = { "sec-fetch-site": "none" };
  t.equal(
    (await browser.load(`${url}/questions/${subsystem}/${id}`, { headers })).status,
    200,
    "its own bookmark",
  );
});

t.test("where the unit is not told nobody can be asked here", async (t) => {
  const page = await open(useOf(2).exchange);
  t.notMatch(page.text, /<textarea/);
  t.match(page.text, /give this number to the data protection officer/);
  const { body } = formIn(page, "/sign-out");
  body.set("text", "Why?");
  t.equal((await browser.load(`${url}/uses/${useOf(2).exchange}/ask`, post(body, url))).status, 404);
});

t.test("an empty, an endless and a foreign question are not sent", async (t) => {
  gateway.asked.length = 0;
  const page = await open(use.exchange);
  t.match(page.text, /language=zh-Hans/);
  for (const text of ["", " \n ", "x".repeat(2001)]) {
    const refused = await browser.submit(page, "/ask", { text });
    t.equal(refused.status, 400);
    t.notMatch(refused.text, /language=/, "no link leads to where there is a form's answer only");
  }
  const { url: to, body } = formIn(page, "/ask");
  body.set("text", "Why?");
  body.delete("token");
  t.equal((await browser.load(to, post(body, url))).status, 403);
  t.notOk(gateway.asked.some(({ path }) => path === inquiries));
});

for (const [title, answering] of [
  ["refuses", (_, response) => refuse(response, 403, "access_denied")],
  ["says nothing", () => ({})],
  ["has a date that is none", () => ({ ...told, due: 1e300 })],
  ["has a state that is none", () => ({ ...told, state: "constructor" })],
  ["has an id that leads elsewhere", () => ({ ...told, id: "//evil.example" })],
] as readonly (readonly [string, Answering])[]) {
  t.test(`an answer that ${title} is told as no answer`, async (t) => {
    gateway.answers.set(inquiries!, answering);
    gateway.answers.set(states!, answering);
    const page = await browser.submit(await open(use.exchange), "/ask", { text: "Why?" });
    t.equal(page.status, 503);
    t.match(page.text, /Your question was not taken/);
    t.equal((await browser.load(`${url}/questions/${subsystem}/${id}`)).status, 404);
  });
}

t.test("an address that names no subsystem asks nobody", async (t) => {
  gateway.asked.length = 0;
  for (const path of [
    `/questions/DEV/GOV/%2e%2e/x/${id}`,
    `/questions/a/b/c/d%2Fe/${id}`,
    `/questions/${subsystem}/1`,
  ])
    t.equal((await browser.load(`${url}${path}`)).status, 404, path);
  t.equal((await browser.load(`${url}/questions/${subsystem}`)).status, 404);
  t.notOk(gateway.asked.some(({ path }) => path.includes("..") || path.includes("/1/")));
});
