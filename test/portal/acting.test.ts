import t from "tap";
import { Browser, formIn, post } from "./browser.ts";
import { openPortalScene } from "./portal-scene.ts";
import { usageAnswer, useOf } from "./sample-use.ts";
import { refuse } from "./stand-in-gateway.ts";
import { requestedPermission, StandInPermissions, words } from "./stand-in-permissions.ts";

/* Somebody chooses for whom to act: the registers say for whom, and every provider is told who acts. */

const scene = await openPortalScene();
t.teardown(() => scene.close());
const { url, gateway, cast, clock } = scene;
const register = new StandInPermissions(cast.child);
const powers = "DEV/GOV/10000001/population/powers";
const companies = "DEV/GOV/10000004/business/powers";
const usages = "DEV/GOV/10000001/population/sealway.usage/v1/usages";
const permissions = "DEV/GOV/10000001/population/sealway.permission/acts/represented";
const both = ["permit", "see"];
const from = "2020-01-01";
const child = {
  represented: cast.child,
  name: "Little One",
  kind: "guardian",
  acts: both,
  from,
  until: "2099-01-01",
};
const deceased = { represented: cast.deceased, name: "Old One", kind: "heir", acts: ["see"], from };
const over = {
  represented: cast.pensioner,
  name: "Grown Up",
  kind: "guardian",
  acts: both,
  from,
  until: "2021-01-01",
};
const company = {
  represented: cast.published,
  name: "Harvest Mills PLC",
  kind: "employee",
  acts: ["permit"],
  from,
};
let browser = new Browser();

t.beforeEach(async () => {
  register.permissions = [requestedPermission(clock.now())];
  register.done.length = 0;
  gateway.answers.set(permissions, register.answer);
  gateway.answers.set(`${powers}/${cast.parent}`, () => ({ powers: [child, over, deceased] }));
  gateway.answers.set(`${companies}/${cast.parent}`, () => ({ powers: [company] }));
  for (const viewer of ["", "/guardian", "/heir"])
    gateway.answers.set(`${usages}${viewer}`, () => usageAnswer([useOf(1)]));
  browser = new Browser();
  await scene.signIn(browser, cast.parent);
  gateway.asked.length = 0;
});

const acting = () => browser.load(`${url}/acting`);
/** @param place among those that are listed */
const choose = async (place: number) => {
  const page = await acting();
  const [, power] = [...page.text.matchAll(/name="power" value="([^"]+)"/g)][place]!;
  const { url: to, body } = formIn(page, "/acting", { power: power! });
  return browser.load(to, post(body, url));
};
const askedAt = (path: string) => gateway.asked.filter((one) => one.path === path);

t.test("the registers are asked for whom the person may act, now", async (t) => {
  t.match((await browser.load(`${url}/`)).text, /Act for somebody else/);
  const { text } = await acting();
  t.match(text, /Little One[\s\S]*As a guardian[\s\S]*Old One[\s\S]*As an heir[\s\S]*Harvest Mills PLC/);
  t.notMatch(text, /Grown Up/, "nobody acts for who has come of age");
  t.notMatch(text, new RegExp(`${cast.child}|${cast.deceased}`), "the page names nobody by identifier");
  const [asked] = askedAt(`${powers}/${cast.parent}`);
  t.match(asked?.headers, { "x-road-userid": cast.parent, "sealway-purpose": "representation" });
});

t.test("a guardian sees and gives for the child; every page says so", async (t) => {
  t.match((await choose(0)).text, /You act for Little One\. Everything here is about Little One\./);
  await browser.load(`${url}/uses`);
  const [uses] = askedAt(`${usages}/guardian`);
  t.match(Object.fromEntries(uses!.query), {
    userCode: cast.child,
    representative: cast.parent,
    source: powers,
  });
  t.equal(uses!.headers["x-road-userid"], cast.parent, "who has signed in");
  t.strictSame(askedAt(usages), [], "nothing of the own is asked for");
  t.match((await browser.load(`${url}/permissions`)).text, /Waiting for you/);
  const page = await browser.load(`${url}/permissions/${register.permissions[0]!.id}`);
  const { url: to, body } = formIn(page, "/give");
  const end = await scene.prove(browser, await browser.load(to, post(body, url)), cast.parent);
  t.match(end.text, /It is given/);
  t.match(end.text, /You act for Little One/, "still, after the sign-in");
  t.match(register.done, [{ act: "give", person: cast.child, representative: cast.parent }]);
  const digest = "x".repeat(43);
  const representative = { c: digest, scheme: "urn:dev:personal-code" };
  const representation = { kind: "guardian", proof: digest, representative } as const;
  register.permissions = register.permissions.map((one) => ({ ...one, representation }));
  await browser.load(`${url}/permissions`);
  const given = await browser.load(`${url}/permissions/${register.permissions[0]!.id}`);
  t.match(given.text, /Somebody acted for the person<\/dt><dd>As a guardian/);
  await browser.submit(given, "/withdraw");
  t.match(register.done[1], { act: "withdraw", person: cast.child, representative: cast.parent });
  for (const { body } of askedAt(permissions))
    t.match(body, { person: { value: cast.child }, representative: { value: cast.parent, source: powers } });
});

t.test("an heir reads the list of who died, and a company's is asked for by its own scheme", async (t) => {
  await choose(1);
  await browser.load(`${url}/uses`);
  t.match(Object.fromEntries(askedAt(`${usages}/heir`)[0]!.query), { userCode: cast.deceased });
  gateway.answers.set(permissions, (_asked, response) => refuse(response, 403, "representation_refused"));
  t.match((await browser.load(`${url}/permissions`)).text, /Population Register[\s\S]{0,40}would not answer/);
  gateway.answers.set(permissions, register.answer);
  await choose(2);
  gateway.asked.length = 0;
  await browser.load(`${url}/permissions`);
  t.match(askedAt(permissions)[0]?.body, {
    person: { scheme: "urn:dev:company-code", value: cast.published },
    representative: { scheme: "urn:dev:personal-code", value: cast.parent, source: companies },
  });
});

t.test("what was shown for one counts for nobody else", async (t) => {
  await choose(0);
  const page = await browser.load(`${url}/permissions/${register.permissions[0]!.id}`);
  await browser.submit(await browser.load(`${url}/`), "/acting/end");
  t.notMatch((await browser.load(`${url}/`)).text, /You act for/);
  const { url: to, body } = formIn(page, "/give");
  t.equal((await browser.load(to, post(body, url))).status, 400, "the text was another one's");
  t.equal((await browser.submit(page, "/decline")).status, 404);
  t.strictSame(register.done, []);
  await browser.load(`${url}/uses`);
  t.equal(askedAt(usages)[0]?.query.get("userCode"), cast.parent);
});

t.test(
  "a list that is still being read while somebody begins to act for another is not that one's",
  async (t) => {
    const [own] = register.permissions;
    let answerNow = () => {};
    const isAsked = new Promise<void>((asked) => {
      gateway.answers.set(permissions.replace("/represented", ""), (_asked, response) => {
        answerNow = () => {
          const told = { permissions: [{ permission: own, words, used: 2 }], more: false };
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(told));
        };
        asked();
        return undefined;
      });
    });
    register.permissions = [];
    const reading = browser.load(`${url}/permissions`);
    await isAsked;
    await choose(0);
    answerNow();
    t.notMatch((await reading).text, /You act for/, "the page is about oneself");
    t.match((await browser.load(`${url}/`)).text, /You act for Little One/);
    t.equal(
      (await browser.load(`${url}/permissions/${own!.id}`)).status,
      404,
      "no page of the child's has it",
    );
  },
);

t.test("nobody acts for whom no register named", async (t) => {
  const before = formIn(await acting(), "/acting").body.get("power")!;
  for (const power of ["0", "-1", "", "__proto__", cast.child, before]) {
    const { url: to, body } = formIn(await acting(), "/acting", { power });
    t.equal((await browser.load(to, post(body, url))).status, 400, power);
  }
  const { url: to, body } = formIn(await acting(), "/acting");
  body.delete("token");
  t.equal((await browser.load(to, post(body, url))).status, 403, "nor by a form from elsewhere");
  t.notMatch((await browser.load(`${url}/`)).text, /You act for/);
});

t.test(
  "a register that is silent, or lies, is told of; a provider that knows of no power does nothing",
  async (t) => {
    gateway.answers.set(`${companies}/${cast.parent}`, () => ({ powers: [{ ...company, kind: "king" }] }));
    const { text } = await acting();
    t.match(text, /This list is not complete[\s\S]*DEV\/GOV\/10000004\/business\/powers/);
    t.match(text, /Little One/);
    await choose(0);
    await browser.load(`${url}/permissions`);
    gateway.answers.set(permissions, (asked, response) => {
      const { act } = asked.body as { readonly act: string };
      if (act !== "decline") return register.answer(asked, response);
      response.setHeader("x-road-error", "no").writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ code: "representation_refused" }));
      return undefined;
    });
    const page = await browser.load(`${url}/permissions/${register.permissions[0]!.id}`);
    t.match((await browser.submit(page, "/decline")).text, /You may not do this for somebody else/);
  },
);

t.test("no line of the log names a person", async (t) => {
  const log = scene.log();
  t.match(log, /"msg":"somebody acts for another"/);
  for (const code of Object.values(cast)) t.notMatch(log, new RegExp(code));
  t.notMatch(log, /Little One/);
});
