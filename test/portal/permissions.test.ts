import t from "tap";
import { Browser, formIn, type Loaded, post } from "./browser.ts";
import { openPortalScene } from "./portal-scene.ts";
import { requestedPermission, StandInPermissions, words } from "./stand-in-permissions.ts";

const scene = await openPortalScene();
t.teardown(() => scene.close());
const { url, gateway, provider, cast, clock } = scene;
const register = new StandInPermissions(cast.parent);
const service = "DEV/GOV/10000001/population/sealway.permission/acts";
let browser = new Browser();

t.beforeEach(async () => {
  provider.knobs.fault = "none";
  register.permissions = [requestedPermission(clock.now())];
  register.done.length = 0;
  register.falseText = undefined;
  gateway.answers.set(service, register.answer);
  gateway.answers.set("DEV/GOV/10000002/tax/sealway.permission/acts", () => ({
    permissions: [],
    more: false,
  }));
  browser = new Browser();
  await scene.signIn(browser, cast.parent);
});

const first = () => register.permissions[0]!;
const open = () => browser.load(`${url}/permissions/${first().id}`);
/** Where a browser is sent when a form is sent, before it signs in. */
const giveForm = async (page: Loaded) => {
  const { url: to, body } = formIn(page, "/give");
  return browser.load(to, post(body, url));
};

t.test(
  "a request is shown with the text that its digest was taken of, and given by a fresh sign-in for it",
  async (t) => {
    const list = await browser.load(`${url}/permissions`);
    t.match(list.text, /Waiting for you/);
    t.match(list.text, /First Savings Bank asks for data from Population Register/);
    const page = await open();
    t.match(
      page.text,
      /You consent that Population Register \(DEV\/GOV\/10000001\/population\) gives data about you/,
    );
    t.match(page.text, /It may be used 5 times in all/);
    t.match(page.text, /You can withdraw at any time, without a reason/);

    const asked = await giveForm(page);
    const query = new URL(asked.url).searchParams;
    t.match(Object.fromEntries(query), { max_age: "0", prompt: "login", acr_values: /substantial/ });
    t.ok(page.text.includes(query.get("nonce")!), "the digest of the text shown");
    const end = await scene.prove(browser, asked, cast.parent);
    t.equal(end.url, `${url}/permissions`);
    t.match(end.text, /It is given/);
    t.match(register.done, [{ act: "give", person: cast.parent, nonce: query.get("nonce") }]);
    t.notMatch((await browser.load(`${url}/permissions`)).text, /It is given/, "told once");
  },
);

t.test("an earlier sign-in does not do, however recent", async (t) => {
  provider.knobs.fault = "old-auth-time";
  const end = await scene.prove(browser, await giveForm(await open()), cast.parent);
  t.equal(end.status, 400);
  t.strictSame(register.done, []);
  t.match(scene.log(), /tells of an earlier sign-in/);
});

for (const fault of ["wrong-nonce", "low-acr", "wrong-audience", "wrong-issuer", "expired", "unknown-key"]) {
  t.test(`nothing is given by a sign-in with the fault ${fault}`, async (t) => {
    const asked = await giveForm(await open());
    provider.knobs.fault = fault;
    t.equal((await scene.prove(browser, asked, cast.parent)).status, 400);
    t.strictSame(register.done, []);
    t.equal(first().state, "requested");
  });
}

t.test("somebody else who signs in gives nothing, and both are signed out", async (t) => {
  const end = await scene.prove(browser, await giveForm(await open()), cast.pensioner);
  t.match(end.text, /Somebody else signed in/);
  t.strictSame(register.done, []);
  t.match((await browser.load(`${url}/`)).text, /href="\/sign-in"/);
});

t.test("a sign-in for an act counts in its own session only", async (t) => {
  const asked = await giveForm(await open());
  const thief = new Browser();
  await scene.signIn(thief, cast.parent);
  thief.cookies.set("sealway-signing-in", browser.cookies.get("sealway-signing-in")!);
  const end = await scene.prove(thief, asked, cast.parent);
  t.match(end.text, /You were signed out/);
  t.strictSame(register.done, []);
});

t.test("what was changed between reading and signing in is not given", async (t) => {
  const asked = await giveForm(await open());
  register.permissions = [{ ...first(), revision: 2 }];
  t.match((await scene.prove(browser, asked, cast.parent)).text, /It was changed meanwhile/);
  t.strictSame(register.done, []);
});

for (const [title, falsify] of [
  ["has another digest", (told: object) => ({ ...told, digest: "y".repeat(43) })],
  [
    "says something else than its digest",
    (told: object) => ({ ...told, text: { en: ["Yes."], zh: ["是。"] } }),
  ],
  ["is of another revision", (told: object) => ({ ...told, revision: 7 })],
  ["has no lines", (told: object) => ({ ...told, text: { en: [], zh: [] } })],
  ["is in one language only", (told: object) => ({ ...told, text: { en: ["Yes."] } })],
  [
    "hides something",
    (told: { text: object }) => ({ ...told, text: { ...told.text, en: ["You\u202e consent"] } }),
  ],
  ["is none", () => ({})],
] as readonly (readonly [string, (told: never) => object])[]) {
  t.test(`a text that ${title} is not shown, and nothing can be given`, async (t) => {
    register.falseText = falsify as (told: object) => object;
    const page = await open();
    t.match(page.text, /The text cannot be shown just now/);
    t.notMatch(page.text, /\/give"/);
  });
}

t.test("a form for a text that was not shown last gives nothing", async (t) => {
  const { url: to, body } = formIn(await open(), "/give");
  body.set("text", "y".repeat(43));
  t.equal((await browser.load(to, post(body, url))).status, 400);
  const other = new URLSearchParams({ token: body.get("token")!, text: "" });
  t.equal((await browser.load(`${url}/permissions/${"0".repeat(8)}/give`, post(other, url))).status, 400);
  t.strictSame(register.done, []);
});

t.test("a request is declined, without a sign-in of its own and without a reason", async (t) => {
  const page = await open();
  const end = await browser.submit(page, "/decline");
  t.equal(end.url, `${url}/permissions`);
  t.match(end.text, /It is declined/);
  t.match(register.done, [{ act: "decline" }]);
});

t.test("what is in force is withdrawn at once", async (t) => {
  register.permissions = [requestedPermission(clock.now(), { state: "active", revision: 2 })];
  const page = await open();
  t.match(page.text, /2 of 5 times/);
  t.notMatch(page.text, /reason<\/label>|<textarea/);
  t.match((await browser.submit(page, "/withdraw")).text, /It is withdrawn. From now on no data is given/);
  t.match(register.done, [{ act: "withdraw", person: cast.parent }]);
});

t.test("what is in force is extended: the text of the extension, and a sign-in for it", async (t) => {
  register.permissions = [requestedPermission(clock.now(), { state: "active", revision: 2 })];
  await open();
  const page = await browser.load(`${url}/permissions/${first().id}/extend?to=2030-06-30`);
  t.match(page.text, /You have agreed to this before; it is extended/);
  t.match(page.text, /to 2030-07-01 00:00/);
  const end = await scene.prove(browser, await giveForm(page), cast.parent);
  t.match(end.text, /It is extended/);
  t.match(register.done, [{ act: "extend", to: Date.UTC(2030, 6, 1) }]);
  t.equal((await browser.load(`${url}/permissions/${first().id}/extend?to=tomorrow`)).status, 400);
});

t.test("a link to a request leads there through the sign-in", async (t) => {
  const fresh = new Browser();
  const asked = await fresh.load(`${url}/permissions/${first().id}`);
  const page = await scene.prove(fresh, asked, cast.parent);
  t.equal(page.url, `${url}/permissions/${first().id}`);
  t.match(page.text, /What you would agree to/);
  const other = new Browser();
  const stranger = await scene.prove(other, await other.load(page.url), cast.pensioner);
  t.equal(stranger.status, 404, "another person's request is not there");
});

t.test("a register that tells of another's permission does not get its withdrawal", async (t) => {
  const active = requestedPermission(clock.now(), { state: "active", revision: 2 });
  register.permissions = [active];
  const tax = new StandInPermissions(cast.parent);
  tax.permissions = [{ ...active, service: "DEV/GOV/10000002/tax/income" as never }];
  gateway.answers.set("DEV/GOV/10000002/tax/sealway.permission/acts", tax.answer);
  t.equal((await open()).status, 404, "which of both is meant nobody knows");
  const list = await browser.load(`${url}/permissions`);
  const links = [...list.text.matchAll(/href="(\/permissions\/[^"]+)"/g)].map(([, link]) => link!);
  t.equal(new Set(links).size, 2);
  const pages = await Promise.all(links.map((link) => browser.load(`${url}${link}`)));
  const own = pages.find(({ text }) => text.includes("DEV/GOV/10000001/population/next-of-kin"))!;
  t.match((await browser.submit(own, "/withdraw")).text, /It is withdrawn/);
  t.match(register.done, [{ act: "withdraw" }]);
  t.strictSame(tax.done, []);
});

t.test("a register that tells without an end of permissions is not heard to the end", async (t) => {
  let pages = 0;
  gateway.answers.set(service, () => {
    const permissions = Array.from({ length: 50 }, () => {
      const long = { ...words, provider: "x".repeat(25_000) };
      return { permission: requestedPermission(clock.now()), words: long, used: null };
    });
    pages++;
    return { permissions, more: true };
  });
  t.match((await browser.load(`${url}/permissions`)).text, /This list is not complete/);
  t.equal(pages, 2);
});

t.test("the time of a request passes", async (t) => {
  register.permissions = [
    requestedPermission(clock.now(), { validity: { from: 1, to: clock.now() - 1 } }),
    requestedPermission(clock.now(), { state: "ended", reason: "death" }),
  ];
  const page = await open();
  t.match(page.text, /Its time has passed/);
  t.notMatch(page.text, /\/give"|\/decline"/);
});

t.test("cross-site and forged forms do nothing", async (t) => {
  const page = await open();
  const { url: to, body } = formIn(page, "/decline");
  const send = async (title: string, form: URLSearchParams, headers: Record<string, string> = {}) => {
    const own = post(form, url);
    const sent = await browser.load(to, { ...own, headers: { ...(own.headers as object), ...headers } });
    t.equal(sent.status, 403, title);
  };
  await send("without a token", new URLSearchParams());
  await send("with another token", new URLSearchParams({ token: "y".repeat(43) }));
  await send("with an empty token", new URLSearchParams({ token: "" }));
  await send("with the token twice", new URLSearchParams([...body, ...body]));
  await send("from another origin", body, { origin: "https://evil.example" });
  await send("from an opaque origin", body, { origin: "null" });
  await send("from another site", body, { "sec-fetch-site": "cross-site" });
  await send("from another port of the host", body, { "sec-fetch-site": "same-site" });
  const other = new Browser();
  await scene.signIn(other, cast.pensioner);
  const foreign = formIn(await other.load(`${url}/`), "/sign-out").body;
  await send("with somebody else's token", foreign);
  const get = await browser.load(to);
  t.equal(get.status, 404, "by GET");
  const json = await browser.load(to, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify(Object.fromEntries(body)),
  });
  t.equal(json.status, 400, "as JSON");
  const signOut = await browser.load(`${url}/sign-out`, post(new URLSearchParams(), url));
  t.equal(signOut.status, 403, "nobody is signed out from elsewhere");
  t.strictSame(register.done, []);
  t.match((await browser.submit(page, "/decline")).text, /It is declined/, "our own form does");
});

t.test("a register that lies about a permission shows none of it", async (t) => {
  for (const told of [
    { permissions: [{ permission: {}, words: {}, used: 1 }], more: false },
    {
      permissions: [{ permission: requestedPermission(1), words: { consumer: 1 }, used: null }],
      more: false,
    },
    { permissions: "none", more: false },
    null,
  ]) {
    gateway.answers.set(service, (_, response) => void response.end(JSON.stringify(told)));
    const page = await browser.load(`${url}/permissions`);
    t.match(page.text, /This list is not complete/);
  }
  const foreign = requestedPermission(1, { service: "DEV/GOV/10000002/tax/income" as never });
  gateway.answers.set(service, () => ({
    permissions: [{ permission: foreign, words: {}, used: null }],
    more: false,
  }));
  t.match((await browser.load(`${url}/permissions`)).text, /This list is not complete/, "another's service");
});

t.test("consent, explicit request and mandate are three words", async (t) => {
  const seen = new Map<string, string>();
  for (const kind of ["consent", "explicit-request", "mandate"] as const) {
    register.permissions = [requestedPermission(clock.now(), { kind })];
    seen.set(kind, (await open()).text);
  }
  t.match(seen.get("consent"), /<h1>Consent<\/h1>/);
  t.notMatch(seen.get("explicit-request"), /consent/i);
  t.notMatch(seen.get("mandate"), /consent/i);
  t.match(seen.get("mandate"), /Give the mandate/);
});

t.test("no line of the log names a person, a permission or a token", async (t) => {
  const log = scene.log();
  t.match(log, /"msg":"act of a person"/);
  for (const code of Object.values(cast)) t.notMatch(log, new RegExp(code));
  t.notMatch(log, /eyJ|[0-9a-f]{8}-[0-9a-f]{4}-7/);
});
