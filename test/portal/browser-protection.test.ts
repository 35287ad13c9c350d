import { request } from "node:http";
import t from "tap";
import { Browser, formIn, post } from "./browser.ts";
import { openPortalScene } from "./portal-scene.ts";

const scene = await openPortalScene();
t.teardown(() => scene.close());
const { url, provider, cast } = scene;

t.test("each answer forbids scripts, frames and foreign content", async (t) => {
  const browser = new Browser();
  await scene.signIn(browser, cast.parent);
  for (const [path, status] of [
    ["/", 200],
    ["/style.css", 200],
    ["/uses", 200],
    ["/permissions", 200],
    ["/nothing", 404],
    ["/uses/not-an-id", 404],
    ["/signed-in?code=x&state=y", 400],
    ["/%zz", 400],
    [`/uses/${"x".repeat(200)}`, 400],
  ] as const) {
    const page = await browser.load(`${url}${path}`);
    t.equal(page.status, status, path);
    t.match(Object.fromEntries(page.headers), {
      "content-security-policy": `default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${provider.issuer}`,
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cache-control": path === "/style.css" ? "public, max-age=3600" : "no-store",
    });
    t.notMatch(page.text, /<script|<iframe|\son[a-z]+=|style="|https?:\/\//, "nothing of others, no script");
  }
});

t.test("pages can be read by everybody: language, title, one heading, labels", async (t) => {
  const browser = new Browser();
  await scene.signIn(browser, cast.parent);
  for (const path of ["/", "/uses", "/permissions", "/nothing"]) {
    const { text } = await browser.load(`${url}${path}`);
    t.match(text, /^<!doctype html>\n<html lang="en">/);
    t.match(text, /<title>[^<]+ – My data<\/title>/);
    t.equal(text.match(/<h1>/g)?.length, 1, path);
    t.match(text, /<main id="content">/);
    for (const [, id] of text.matchAll(/<(?:select|input)[^>]* id="([^"]+)"/g)) {
      t.ok(text.includes(`<label for="${id}">`), `${path}: ${id} has a label`);
    }
  }
});

/** Status of a raw request, whatever it says. */
function raw(method: string, path: string, headers: Record<string, string>, body = ""): Promise<number> {
  const { port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const asked = request({ agent: false, host: "127.0.0.1", port, method, path, headers }, (answer) => {
    answer.resume();
    resolve(answer.statusCode!);
  });
  asked.once("error", reject).end(body);
  return promise;
}

t.test("requests for another host are not answered: DNS rebinding", async (t) => {
  t.equal(await raw("GET", "/", { host: "evil.example" }), 421);
  t.equal(await raw("GET", "/", { host: new URL(url).host }), 200);
  t.equal(await raw("GET", "/health", { host: "10.0.0.5" }), 200, "but for what says that it serves");
  t.equal(await raw("GET", "/health/../uses", { host: "evil.example" }), 421);
});

t.test("large, strange and unknown requests are refused", async (t) => {
  const { host } = new URL(url);
  const form = { host, "content-type": "application/x-www-form-urlencoded" };
  t.equal(await raw("POST", "/sign-out", form, "x".repeat(20_000)), 400, "a large form");
  t.equal(await raw("GET", "/", { host, cookie: `a=${"x".repeat(20_000)}` }), 431, "large headers");
  t.equal(await raw("DELETE", "/", { host }), 404);
  t.equal(await raw("POST", "/uses", form, ""), 404);
  t.equal(await raw("TRACE", "/", { host }), 404);
});

t.test("a form counts with its session's token, from our own pages, and in no frame", async (t) => {
  const browser = new Browser();
  const home = await scene.signIn(browser, cast.parent);
  const { url: action, body } = formIn(home, "/sign-out");
  const other = new Browser();
  const theirs = formIn(await scene.signIn(other, cast.pensioner), "/sign-out").body;
  const own = new URL(url).origin;
  const bare = post(body, own);
  const from = (headers: Record<string, string>) => ({
    ...bare,
    headers: { ...(bare.headers as Record<string, string>), ...headers },
  });
  for (const [title, init] of [
    ["of another site", post(body, "https://evil.example")],
    ["of a sandboxed frame", post(body, "null")],
    ["of another site without an origin", from({ "sec-fetch-site": "cross-site" })],
    ["of a site next door", from({ "sec-fetch-site": "same-site" })],
    ["with somebody else's token", post(theirs, own)],
    ["without a token", post(new URLSearchParams(), own)],
    ["with two tokens", post(new URLSearchParams([...body, ...body]), own)],
  ] as const)
    t.equal((await browser.step(action, init)).status, 403, title);
  t.notMatch((await browser.load(`${url}/`)).text, /href="\/sign-in"/, "and nobody is signed out");
});
