import t from "tap";
import { Browser, post } from "./browser.ts";
import { high, low, openPortalScene } from "./portal-scene.ts";

const scene = await openPortalScene();
t.teardown(() => scene.close());
const { url, provider, cast, clock } = scene;
t.afterEach(() => {
  provider.knobs.fault = "none";
});

t.test("somebody signs in, is greeted, and signs out", async (t) => {
  const browser = new Browser();
  const welcome = await browser.load(`${url}/`);
  t.match(welcome.text, /Sign in/);
  t.match(welcome.text, /A demonstration/, "the security server said what it is");
  const home = await scene.signIn(browser, cast.parent);
  t.equal(home.url, `${url}/`);
  t.match(home.text, new RegExp(cast.parent), "the person sees the own code");
  const out = await browser.submit(home, "/sign-out");
  t.equal(out.url, `${url}/`);
  t.notMatch(out.text, new RegExp(cast.parent));
  const again = await browser.load(`${url}/sign-in`);
  t.ok(again.url.startsWith(provider.issuer), "the session at the provider has ended, too");
});

t.test("a page that needs somebody leads to the sign-in and back", async (t) => {
  const browser = new Browser();
  const asked = await browser.load(`${url}/uses`);
  t.ok(asked.url.startsWith(provider.issuer));
  t.equal((await scene.prove(browser, asked, cast.parent)).url, `${url}/uses`);
});

t.test("the request is by code, PKCE, nonce and state", async (t) => {
  const away = await new Browser().step(`${url}/sign-in`);
  const query = new URL(away.headers.get("location")!).searchParams;
  t.match(Object.fromEntries(query), {
    response_type: "code",
    code_challenge_method: "S256",
    code_challenge: /^[\w-]{43}$/,
    nonce: /^[\w-]{43}$/,
    state: /^[\w-]{43}$/,
    redirect_uri: `${url}/signed-in`,
    acr_values: /LoA\/substantial/,
  });
});

for (const [fault, reason] of [
  ["wrong-nonce", /not made for this sign-in/],
  ["wrong-issuer", /the claim iss/],
  ["wrong-audience", /the claim aud/],
  ["expired", /ERR_JWT_EXPIRED|the claim/],
  ["no-auth-time", /the claim auth_time/],
  ["unknown-key", /no such key/],
  ["low-acr", /another level of assurance/],
] as const) {
  t.test(`an ID token with the fault ${fault} signs nobody in`, async (t) => {
    provider.knobs.fault = fault;
    const browser = new Browser();
    const page = await scene.signIn(browser, cast.parent);
    t.equal(page.status, 400);
    t.match(page.text, /could not be signed in/);
    t.match(lastReason(), reason);
    t.match((await browser.load(`${url}/`)).text, /href="\/sign-in"/);
  });
}

t.test("a lower level than is needed is refused, a higher one is not", async (t) => {
  t.equal((await scene.signIn(new Browser(), cast.parent, low)).status, 400);
  t.equal((await scene.signIn(new Browser(), cast.parent, high)).status, 200);
});

t.test("who stops at the provider is not signed in, and nothing is wrong", async (t) => {
  const browser = new Browser();
  const page = await browser.load(`${url}/sign-in`);
  const back = await browser.submit(page, "/sign-in", { choice: "cancel" });
  t.equal(back.status, 403);
  t.match(back.text, /The sign-in was stopped/);
});

t.test("callback abuse", async (t) => {
  const away = async (browser: Browser) => {
    const step = await browser.step(`${url}/sign-in`);
    return new URL(step.headers.get("location")!);
  };
  const goBack = async (browser: Browser, change: (callback: URL) => void) => {
    const page = await browser.load((await away(browser)).href);
    const form = new URLSearchParams({
      request: /name="request" value="([^"]+)"/.exec(page.text)![1]!,
      ...{ code: cast.parent, acr: high, choice: "sign-in" },
    });
    const step = await browser.step(`${provider.issuer}/sign-in`, post(form, provider.issuer));
    const callback = new URL(step.headers.get("location")!);
    change(callback);
    return { callback, answer: await browser.step(callback.href) };
  };
  const failed = async (title: string, change: (callback: URL) => void) => {
    t.equal((await goBack(new Browser(), change)).answer.status, 400, title);
  };
  await failed("another state", ({ searchParams }) => searchParams.set("state", "x".repeat(43)));
  await failed("no state", ({ searchParams }) => searchParams.delete("state"));
  await failed("two states", ({ searchParams }) => searchParams.append("state", "x"));
  await failed("another issuer", ({ searchParams }) => searchParams.set("iss", "https://elsewhere.example"));
  await failed("no issuer", ({ searchParams }) => searchParams.delete("iss"));
  await failed("an invented code", ({ searchParams }) => searchParams.set("code", "invented"));
  await failed("no code", ({ searchParams }) => searchParams.delete("code"));

  const browser = new Browser();
  const { callback, answer } = await goBack(browser, () => {});
  t.equal(answer.status, 303);
  t.equal((await browser.step(callback.href)).status, 400, "the same callback once more");
  t.equal((await new Browser().step(callback.href)).status, 400, "somebody else's callback: login CSRF");
});

t.test("a sign-in that a browser keeps is for its state, its time and this portal alone", async (t) => {
  const kept = async (browser: Browser) => {
    const step = await browser.step(`${url}/sign-in`);
    return { step, sealed: browser.cookies.get("sealway-signing-in")! };
  };
  const browser = new Browser();
  const { sealed } = await kept(browser);
  await scene.signIn(browser, cast.parent);
  const callback = browser.visited.findLast((address) => address.includes("/signed-in?"))!;
  const comeBack = async (cookie: string) => {
    const other = new Browser();
    other.cookies.set("sealway-signing-in", cookie);
    return (await other.step(callback)).status;
  };
  t.equal(await comeBack(sealed), 400, "begun once more before: another state");
  t.equal(await comeBack((await kept(new Browser())).sealed), 400, "somebody else's");
  const flipped = sealed.slice(0, 30) + (sealed[30] === "A" ? "B" : "A") + sealed.slice(31);
  t.equal(await comeBack(flipped), 400, "altered");
  t.notMatch(Buffer.from(sealed, "base64url").toString("latin1"), /state|nonce|verifier/);

  const late = new Browser();
  const page = await late.load(`${url}/sign-in`);
  clock.ahead += 11 * 60_000;
  t.equal((await scene.prove(late, page, cast.parent)).status, 400, "eleven minutes later");
  clock.ahead = 0;
});

t.test("a callback that was used is used, with the cookie that it came with, too", async (t) => {
  const browser = new Browser();
  const page = await browser.load(`${url}/sign-in`);
  const sealed = browser.cookies.get("sealway-signing-in")!;
  t.equal((await scene.prove(browser, page, cast.parent)).status, 200);
  const thief = new Browser();
  thief.cookies.set("sealway-signing-in", sealed);
  const callback = browser.visited.findLast((address) => address.includes("/signed-in?"))!;
  t.equal((await thief.step(callback)).status, 400, "the provider takes a code once");
  t.notOk(thief.cookies.has("sealway-session"));
});

t.test("a stolen session cookie is worth nothing after signing out", async (t) => {
  const browser = new Browser();
  const home = await scene.signIn(browser, cast.parent);
  const thief = new Browser();
  thief.cookies.set("sealway-session", browser.cookies.get("sealway-session")!);
  await browser.submit(home, "/sign-out");
  t.match((await thief.load(`${url}/`)).text, /href="\/sign-in"/);
});

t.test("the provider redirects to no other address than the registered one", async (t) => {
  const step = await new Browser().step(`${url}/sign-in`);
  for (const other of [
    `${url}/signed-in/`,
    `${url}/signed-in?x=1`,
    "https://evil.example/signed-in",
    `${url}/`,
  ]) {
    const address = new URL(step.headers.get("location")!);
    address.searchParams.set("redirect_uri", other);
    const answer = await new Browser().step(address.href);
    t.equal(answer.status, 400, other);
    t.equal(answer.headers.get("location"), null);
  }
});

t.test("no address of a stranger is redirected to", async (t) => {
  for (const path of [
    "/sign-in?to=https://evil.example/",
    "/sign-in?to=//evil.example",
    "/sign-in?to=permission&id=//evil.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/sign-in?to=constructor",
    "/sign-in?redirect_uri=https://evil.example/",
  ]) {
    const browser = new Browser();
    const asked = await browser.load(`${url}${path}`);
    t.ok(asked.url.startsWith(`${provider.issuer}/authorize`), path);
    const end = await scene.prove(browser, asked, cast.parent);
    t.equal(end.url, `${url}/`, path);
  }
  for (const path of ["//evil.example/", "/\\evil.example", "/%2F/evil.example?language=en"]) {
    const answer = await new Browser().step(`${url}${path}`);
    t.notMatch(answer.headers.get("location") ?? "", /evil/);
    t.notMatch(answer.text, /href="[^"]*evil/);
  }
});

t.test("a session id that was known before signing in is worth nothing", async (t) => {
  const browser = new Browser();
  browser.cookies.set("sealway-session", "fixed-by-an-attacker");
  await scene.signIn(browser, cast.parent);
  t.not(browser.cookies.get("sealway-session"), "fixed-by-an-attacker");
  const attacker = new Browser();
  attacker.cookies.set("sealway-session", "fixed-by-an-attacker");
  t.match((await attacker.load(`${url}/`)).text, /href="\/sign-in"/);

  const before = browser.cookies.get("sealway-session")!;
  await scene.signIn(browser, cast.parent);
  t.not(browser.cookies.get("sealway-session"), before, "each sign-in makes a new one");
  attacker.cookies.set("sealway-session", before);
  t.match((await attacker.load(`${url}/`)).text, /href="\/sign-in"/, "and ends the one before");
});

t.test("cookies are for the browser alone, and twice the same name is none", async (t) => {
  const step = await new Browser().step(`${url}/sign-in`);
  const [line] = step.headers.getSetCookie();
  t.match(line, /^sealway-signing-in=[\w-]{200,1000}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  const browser = new Browser();
  await scene.signIn(browser, cast.parent);
  const session = browser.cookies.get("sealway-session")!;
  const cookie = `sealway-session=${session}; sealway-session=${session}`;
  t.match((await new Browser({ cookie }).load(`${url}/`)).text, /href="\/sign-in"/);
});

t.test("a session ends when nothing happens, and at the latest when its time is over", async (t) => {
  t.teardown(() => {
    clock.ahead = 0;
  });
  const idle = new Browser();
  await scene.signIn(idle, cast.parent);
  clock.ahead += 14 * 60_000;
  t.notMatch((await idle.load(`${url}/`)).text, /href="\/sign-in"/, "14 minutes are not too long");
  clock.ahead += 15 * 60_000;
  t.match((await idle.load(`${url}/`)).text, /href="\/sign-in"/, "15 are");

  const busy = new Browser();
  await scene.signIn(busy, cast.parent);
  for (let i = 0; i < 11; i++) {
    clock.ahead += 10 * 60_000;
    t.notMatch((await busy.load(`${url}/`)).text, /href="\/sign-in"/);
  }
  clock.ahead += 10 * 60_000;
  t.match((await busy.load(`${url}/`)).text, /href="\/sign-in"/, "two hours in all");
});

t.test("the provider's pages name every person of the demonstration, and say that it is one", async (t) => {
  const page = await new Browser().load(`${url}/sign-in`);
  for (const code of [cast.parent, cast.pensioner, cast.notEntitled])
    t.match(page.text, new RegExp(`value="${code}"`));
  t.match(page.text, /A demonstration/);
  const refused = await scene.prove(new Browser(), page, cast.deceased);
  t.match(refused.text, /Nobody who lives has this code/);
});

t.test("no line of the log names a person, an address with a query, a code or a token", async (t) => {
  const log = scene.log();
  t.match(log, /"msg":"page"/);
  for (const code of Object.values(cast)) t.notMatch(log, new RegExp(code));
  t.notMatch(log, /eyJ|code=|state=|\?/);
});

function lastReason(): string {
  const lines = scene.log().trim().split("\n");
  return JSON.parse(lines.findLast((line) => line.includes('"reason"'))!).reason;
}
