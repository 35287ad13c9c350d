import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { englishMessages, loadLanguages } from "../../src/console/load-languages.ts";
import { layoutWords } from "../../src/console/words/layout-words.ts";
import { errorCodes } from "../../src/core/error-codes.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { benefitsAgency } from "../exchange/country/plan.ts";
import { newDirectory } from "../new-directory.ts";
import { formIn } from "../portal/browser.ts";
import { ConsoleBrowser } from "./console-browser.ts";

const scene = await AdminScene.start(t);

t.test("somebody signs in by an API key, makes a user, and leaves", async (t) => {
  const browser = new ConsoleBrowser(scene);
  const sent = await browser.load("/users");
  t.equal(sent.path, "/enter?to=%2Fusers", "who is not signed in is asked to");
  const users = await browser.submit(sent, "/enter/key", { key: scene.first.key });
  t.equal(users.path, "/users", "and comes to where they wanted to go");
  t.match(users.text, /Signed in as First/);
  const made = await browser.submit(users, "/users", { name: "Ann <b>", place: "*", subject: "" });
  t.match(made.path, /^\/users\/.*\?done=made$/);
  t.match(made.text, /Ann &lt;b&gt;/);
  const gone = await browser.submit(made, "/leave");
  t.match(gone.text, /You are signed out/);
  t.equal((await browser.load("/")).path, "/enter");
});

t.test("a form that is refused is shown again, with why and with what was filled in", async (t) => {
  const browser = await ConsoleBrowser.of(scene, scene.first.key);
  const page = await browser.load("/users");
  const refused = await browser.submit(page, "/users", { name: "A\u0007nn", place: "*" });
  t.equal(refused.status, 400);
  t.match(refused.text, /role="alert" tabindex="-1"/);
  t.match(refused.text, /invalid_parameter/);
  t.match(refused.text, /value="A\ufffdnn"/);
});

t.test("the links to other languages lead to pages that there are, with their queries", async (t) => {
  const browser = await ConsoleBrowser.of(scene, scene.first.key);
  const { id } = await scene.user(null);
  const page = await browser.load(`/users/${id}?done=made`);
  t.match(page.text, `href="/users/${id}?done=made&amp;language=zh-Hans"`);
  const refused = await browser.submit(page, "/disable", { reason: " " });
  t.equal(refused.status, 400);
  t.notMatch(refused.text, /language=/, "there is no page where a form is sent to");
  const chosen = await browser.step("/users?language=zh-Hans");
  t.equal([chosen.headers["set-cookie"]].flat().length, 1, "the choice is kept once");
});

t.test("CSRF: a form counts with its session's token, from our own pages", async (t) => {
  const browser = await ConsoleBrowser.of(scene, scene.first.key);
  const page = await browser.load("/users");
  const { body } = formIn({ ...page, headers: new Headers() }, "/users", { name: "Eve", place: "*" });
  const bare = new URLSearchParams([...body].filter(([name]) => name !== "token"));
  for (const [title, sent] of [
    ["without a token", { body: bare }],
    ["with two tokens", { body: new URLSearchParams([...body, ...body]) }],
    ["of another site", { body, headers: { origin: "https://evil.example" } }],
    ["of a site next door", { body, headers: { "sec-fetch-site": "same-site" } }],
  ] as const)
    t.equal((await browser.step("/users", sent)).status, 403, title);
  t.notMatch((await browser.load("/users")).text, />Eve</);
});

t.test("login CSRF: no stranger's page signs anybody in as somebody else", async (t) => {
  const browser = new ConsoleBrowser(scene);
  const body = new URLSearchParams({ key: scene.first.key, to: "/" });
  const sent = await browser.step("/enter/key", { body, headers: { origin: "https://evil.example" } });
  t.equal(sent.status, 403);
  t.equal(browser.cookies.size, 0);
});

t.test("open redirect: a sign-in leads to a page of this site", async (t) => {
  for (const to of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/%2f/x"]) {
    const browser = new ConsoleBrowser(scene);
    await browser.load(`/enter?${new URLSearchParams({ to })}`);
    const body = new URLSearchParams({ key: scene.first.key, to });
    t.equal((await browser.step("/enter/key", { body })).headers.location, "/", to);
  }
});

t.test("session fixation: a sign-in gives an id that nobody knew before", async (t) => {
  const planted = "A".repeat(43);
  const name = "__Host-sealway-session";
  const victim = new ConsoleBrowser(scene);
  victim.cookies.set(name, planted);
  await victim.submit(await victim.load("/enter"), "/enter/key", { key: scene.first.key });
  const own = victim.cookies.get(name);
  t.not(own, planted);
  const attacker = new ConsoleBrowser(scene);
  attacker.cookies.set(name, planted);
  t.equal((await attacker.load("/")).path, "/enter", "the planted one is worth nothing");
  await victim.submit(await victim.load("/"), "/leave");
  attacker.cookies.set(name, own!);
  t.equal((await attacker.load("/")).path, "/enter", "nor is one after its end");
});

t.test("XSS: what people write is text on every page that shows it", async (t) => {
  const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&{code}`;
  const { first } = scene;
  const post = (path: string, body: object, key = first.key, headers = {}) =>
    scene.call(path, { method: "POST", key, body, headers });
  const { id } = (await post("/users", { name: evil, place: "*" })).body;
  await post(`/users/${id}/roles`, { role: "auditor", place: "*", reason: evil }, first.key, {
    "if-match": '"1"',
  });
  const { secret } = (await post(`/users/${id}/keys`, { name: evil, days: 1 })).body;
  const officer = await scene.user("data-protection-officer");
  const times = { from: "2026-01-01T00:00:00Z", to: new Date(scene.country.clock.now() + 9e7).toISOString() };
  await post(
    "/mandates",
    { auditor: id, member: benefitsAgency, order: evil, reason: evil, ...times },
    officer.key,
  );
  const pages = [
    ...[await ConsoleBrowser.of(scene, first.key), "/", "/users", `/users/${id}`],
    ...[await ConsoleBrowser.of(scene, officer.key), "/mandates", "/audit"],
    ...[await ConsoleBrowser.of(scene, secret), "/me", "/mandates"],
  ];
  let browser = new ConsoleBrowser(scene);
  for (const one of pages) {
    if (typeof one !== "string") {
      browser = one;
      continue;
    }
    const { text } = await browser.load(one);
    t.match(text, /&lt;script&gt;alert\(1\)/, `${one} shows it`);
    t.notMatch(text, /<script|<img|\{code\}<\/small>/, `${one} as text`);
  }
  const asked = await browser.load(`/?${new URLSearchParams({ done: evil, language: evil, hours: evil })}`);
  t.notMatch(asked.text, /<script|<img/, "nor is anything of an address");
});

t.test("a link of another site leaves no record in anybody's name", async (t) => {
  const { key } = await scene.user("auditor");
  const browser = await ConsoleBrowser.of(scene, key);
  const led = await browser.load("/exchanges?purpose=x", { "sec-fetch-site": "cross-site" });
  t.equal(led.status, 403);
  t.match(led.text, /href="\/exchanges\?purpose=x"/, "but may be followed from here");
  t.equal((await browser.load("/exchanges", { "sec-fetch-site": "none" })).status, 200, "as an own bookmark");
});

t.test("what there is not is a page for people and a problem for programs", async (t) => {
  const browser = await ConsoleBrowser.of(scene, scene.first.key);
  const page = await browser.load("/nothing");
  t.strictSame([page.status, page.headers["content-type"]], [404, "text/html; charset=utf-8"]);
  t.match(page.text, /nothing_here/);
  const problem = await scene.ask("/nothing");
  t.strictSame(
    [problem.status, problem.headers["content-type"]],
    [404, "application/problem+json; charset=utf-8"],
  );
  const long = await browser.load(`/users/${"x".repeat(200)}`);
  t.ok(long.status >= 400 && long.status < 500, `a long id: ${long.status}`);
  const large = new URLSearchParams({ name: "x".repeat(2_000_000) });
  t.equal((await browser.step("/users", { body: large })).status, 413, "an oversized form");
});

t.test("a language by a message file; one that lacks a text or a value is refused", async (t) => {
  const messages = structuredClone(englishMessages()) as { layout: Record<string, unknown> };
  const files = (text: string, name = "et.json") => {
    const folder = newDirectory();
    writeFileSync(join(folder, name), text);
    return folder;
  };
  const words = { ...messages.layout, language: "Eesti", signOut: "Logi välja" };
  const languages = await loadLanguages(files(JSON.stringify({ ...messages, layout: words })));
  t.strictSame(languages.names().at(-1), ["et", "Eesti"]);
  t.equal(languages.preferred("fr, et;q=0.8, en;q=0.1"), "et");
  t.equal(languages.words("et", layoutWords).signOut, "Logi välja");
  for (const [title, layout, fault] of [
    ["a missing text", { ...words, signOut: undefined }, /layout\.signOut: missing/],
    ["an unknown text", { ...words, more: "x" }, /layout\.more: unknown/],
    ["a text without its value", { ...words, signedInAs: "Tere" }, /layout\.signedInAs: other values/],
    ["a number", { ...words, signOut: 1 }, /layout\.signOut: no text/],
    ["a text for texts", { ...words, done: "x" }, /layout\.done: no object/],
  ] as const)
    await t.rejects(loadLanguages(files(JSON.stringify({ ...messages, layout }))), { message: fault }, title);
  await t.rejects(loadLanguages(files("{}", "zh-Hans.json")), { message: /not the tag/ });
  await t.rejects(loadLanguages(files("{")), { message: /no JSON/ });
  await t.rejects(loadLanguages("/nowhere/at/all"), { message: /ENOENT/ });
  const codes = Object.keys(layoutWords.en.errors);
  t.strictSame(
    codes.filter((code) => !Object.hasOwn(errorCodes, code)),
    [],
    "errors that there are",
  );
  t.strictSame((await scene.ask("/words.json")).body, englishMessages(), "what to translate is told");
});

t.test("brute force on the sign-in form: after twenty failures nobody signs in for a while", async (t) => {
  const browser = new ConsoleBrowser(scene);
  const entering = (key: string) =>
    browser.step("/enter/key", { body: new URLSearchParams({ key, to: "/" }) });
  for (let i = 0; i < 20; i++) await entering(`sealway_${i}`);
  const refused = await entering(scene.first.key);
  t.equal(refused.status, 429);
  t.match(refused.text, /too_many_attempts/);
  t.notMatch(refused.text, new RegExp(scene.first.key), "and no secret comes back in a page");
  scene.country.clock.ahead += 600_000;
  t.equal((await entering(scene.first.key)).status, 303);
});

t.test("who loses all keys is let in again by the code of a new start", async (t) => {
  const { keys } = (await scene.call("/me/keys", { key: scene.first.key })).body;
  for (const { id } of keys) await scene.call(`/me/keys/${id}`, { method: "DELETE", key: scene.first.key });
  await scene.open();
  const browser = new ConsoleBrowser(scene);
  const page = await browser.load("/enter");
  const wrong = await browser.submit(page, "/enter/first", { code: "guess", name: "Eve" });
  t.equal(wrong.status, 401);
  const made = await browser.submit(page, "/enter/first", { code: scene.console.firstCode!, name: "Second" });
  const key = /<p class="secret"><code>([^<]+)<\/code>/.exec(made.text)![1]!;
  t.match((await (await ConsoleBrowser.of(scene, key)).load("/")).text, /Signed in as Second/);
});

t.test("with pages switched off there is the API, and nothing else", async (t) => {
  const { configurationFile } = scene.country.asking;
  const configuration = JSON.parse(readFileSync(configurationFile, "utf8"));
  configuration.management.pages = false;
  writeFileSync(configurationFile, JSON.stringify(configuration));
  await scene.open();
  for (const path of ["/", "/enter", "/users", "/words.json"])
    t.equal((await scene.ask(path, { headers: { accept: "text/html" } })).status, 404, path);
  t.equal((await scene.ask("/api/v1/openapi.json")).status, 200);
});
