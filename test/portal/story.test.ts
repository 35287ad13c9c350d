import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { publicPart } from "../../src/dev/identity-provider/id-token.ts";
import { clients } from "../exchange/country/plan.ts";
import type { RawAnswer } from "../exchange/country/raw-http.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { order } from "../exchange/feedback/orders.ts";
import { bank, json, record, scheme, service } from "../exchange/permissions/permission-scene.ts";
import { newDirectory } from "../new-directory.ts";
import { Browser, formIn, type Loaded, post } from "./browser.ts";
import { openPeople, openPortal, substantial } from "./portal-scene.ts";

/*
 * The bank's story with the person's pages in it, over real gateways, a real portal and a real identity provider:
 * refused, asked, given, used, withdrawn, refused; and the person sees all of it.
 */

const people = await openPeople();
const { cast, url } = people;
const keysFile = join(newDirectory(), "keys.jwks");
writeFileSync(keysFile, JSON.stringify({ keys: [publicPart(people.key)] }));
const { issuer } = people.provider;
const identityProviders = [{ issuer, audience: "portal", acr: [substantial], scheme, keysFile }];
const country = await SmallCountry.start(t, {
  more: {
    services: [service],
    agreements: [
      { id: "bank", consumer: bank, service: service.id, terms: { purposes: [{ id: "onboarding" }] } },
    ],
  },
  asking: { portals: [{ id: clients.inspection, scheme }] },
  answering: {
    portals: [{ id: clients.inspection, scheme }],
    permissions: { portalUrl: `${url}/permissions/{id}`, identityProviders },
  },
});
const securityServer = {
  url: `http://127.0.0.1:${country.asking.gateway.ports.http}`,
  client: clients.inspection,
};
const portal = await openPortal(people, securityServer);
t.teardown(() => portal.close());
country.register.answer({ headers: json, body: JSON.stringify({ ...record, code: cast.parent }) });

const browser = new Browser();

function use(): Promise<RawAnswer> {
  const path = pathOf(service, "/find");
  const headers = [...json, "Sealway-Purpose", "onboarding"];
  return country.ask({
    method: "POST",
    client: bank,
    path,
    headers,
    body: JSON.stringify({ code: cast.parent }),
  });
}

async function ask(): Promise<{ readonly url: string }> {
  const path = `/r1/${clients.population}/sealway.permission/requests`;
  const person = { scheme, value: cast.parent };
  const body = JSON.stringify({ service: service.id, purpose: "onboarding", person, days: 30 });
  const answer = await country.ask({ method: "POST", client: bank, path, headers: json, body });
  return answer.json() as unknown as { url: string };
}

/** Results in the list, newest first. */
const results = ({ text }: Loaded) =>
  [...text.matchAll(/<span class="mark (\w+)">/g)].map(([, result]) => result);

t.test("the bank is refused, and the person sees it", async (t) => {
  t.equal((await use()).status, 500);
  await portal.signIn(browser, cast.parent);
  const page = await browser.load(`${url}/uses`);
  t.strictSame(results(page), ["refused"]);
  t.match(page.text, /Opening an account/);
  const [, path] = /href="(\/uses\/[^"]+)"/.exec(page.text)!;
  const one = await browser.load(`${url}${path}`);
  t.match(one.text, /It was refused: no data was given/);
  t.match(one.text, /DEV\/COM\/30000001/);
});

t.test(
  "the bank asks, the person gives by a fresh sign-in, the bank gets no more than was permitted",
  async (t) => {
    const { url: address } = await ask();
    const page = await browser.load(address);
    t.match(page.text, /You consent that .* gives data about you to .*DEV\/COM\/30000001\/onboarding/);
    const { url: to, body } = formIn(page, "/give");
    const end = await portal.prove(browser, await browser.load(to, post(body, url)), cast.parent);
    t.match(end.text, /It is given/);
    const answer = await use();
    t.equal(answer.status, 200, answer.body.toString());
    t.strictSame(answer.json(), { name: record.name, address: record.address });
  },
);

t.test("the person withdraws, and the very next call is refused", async (t) => {
  const list = await browser.load(`${url}/permissions`);
  const [, path] = /href="(\/permissions\/[^"]+)"/.exec(list.text)!;
  const end = await browser.submit(await browser.load(`${url}${path}`), "/withdraw");
  t.match(end.text, /It is withdrawn/);
  t.equal((await use()).status, 500);
});

t.test("the person asks the bank why, and reads its answer", async (t) => {
  const list = await browser.load(`${url}/uses`);
  const [, path] = /href="(\/uses\/[^"]+)"/.exec(list.text)!;
  const page = await browser.load(`${url}${path}`);
  const asked = await browser.submit(page, "/ask", { text: "Why did you ask again?" });
  t.match(asked.text, /Not answered yet/);
  t.match(asked.url, /\/questions\/DEV\/COM\/30000001\/onboarding\/[0-9a-f-]{36}$/);
  const id = asked.url.slice(-36);
  await order(country.asking, { order: "inquiries answer", id, text: "By mistake. <We are sorry.>" });
  const answered = await browser.load(asked.url);
  t.match(answered.text, /Answered/);
  t.match(answered.text, /By mistake. &lt;We are sorry.&gt;/);
  const other = new Browser();
  await portal.signIn(other, cast.pensioner);
  t.equal((await other.load(asked.url)).status, 404, "another person's question is not there");
  t.equal((await browser.submit(page, "/ask", { text: " " })).status, 400);
});

t.test("the person's list shows all of it", async (t) => {
  t.strictSame(results(await browser.load(`${url}/uses`)), ["refused", "allowed", "refused"]);
});

t.test("another person sees nothing of it", async (t) => {
  const other = new Browser();
  await portal.signIn(other, cast.pensioner);
  t.match((await other.load(`${url}/uses`)).text, /Nobody has asked for your data/);
  t.match((await other.load(`${url}/permissions`)).text, /Nobody has asked you for a permission/);
});

t.test("no log of anybody names a person", async (t) => {
  const all = [[portal.log()], country.asking.logLines, country.answering.logLines];
  for (const lines of all) t.not(lines.join(""), "");
  const logs = all.flat().join("\n");
  for (const code of Object.values(cast)) t.notMatch(logs, new RegExp(code));
});
