import t from "tap";
import { AdminScene } from "../admin/admin-scene.ts";
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
  t.notMatch((await browser.load("/users")).text, /Eve/);
});
