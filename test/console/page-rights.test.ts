import t, { type Test } from "tap";
import { roles } from "../../src/admin/roles.ts";
import { areas } from "../../src/console/page-table.ts";
import { errorWords } from "../../src/console/words/error-words.ts";
import { type ErrorCode, errorCodes } from "../../src/core/error-codes.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { benefitsAgency, services } from "../exchange/country/plan.ts";
import { ConsoleBrowser, type ConsolePage } from "./console-browser.ts";

const scene = await AdminScene.start(t, { registration: "taken" });
const everybody = roles.join(" ");

/** Who may see which page: said here again, apart from the tables that decide. */
// biome-ignore format: a table is read by its columns
const seen: Readonly<Record<string, string>> = {
  "/":                   everybody,
  "/me":                 everybody,
  "/exchanges":           "auditor data-protection-officer observer",
  "/exchanges/search":    "auditor data-protection-officer",
  "/exchanges/:exchange": "auditor data-protection-officer observer",
  "/catalogue":          everybody,
  "/catalogue/service":  everybody,
  "/catalogue/samples":  everybody,
  "/catalogue/changes":  everybody,
  "/catalogue/publish":  "service-developer",
  "/catalogue/published": "service-developer",
  "/catalogue/try":      "service-developer approver",
  "/catalogue/forms":    "service-developer approver",
  "/agreements":         everybody,
  "/agreements/one":     everybody,
  "/agreements/request": "approver",
  "/agreements/change":  "approver",
  "/agreements/use":     "approver auditor data-protection-officer observer",
  "/holds":               "approver auditor data-protection-officer",
  "/permissions":        "approver auditor data-protection-officer observer",
  "/permissions/:permission": "approver auditor data-protection-officer observer",
  "/cases":              "approver auditor data-protection-officer observer",
  "/cases/:kind":        "approver auditor data-protection-officer observer",
  "/cases/:kind/:case":  "approver auditor data-protection-officer observer",
  "/restrictions":       "approver auditor",
  "/catalogue/correction": "data-protection-officer",
  "/catalogue/observe":  "service-developer approver",
  "/members":            "administrator security-officer observer",
  "/members/key":        "administrator security-officer observer",
  "/members/enrolment":  "security-officer",
  "/members/request":    "security-officer",
  "/registration":       "registration-officer",
  "/registration/new":   "registration-officer",
  "/registration/queue": "registration-officer",
  "/registration/:request": "registration-officer",
  "/users":              "administrator security-officer",
  "/users/:user":        "administrator security-officer",
  "/mandates":           "approver auditor data-protection-officer",
  "/audit":              "security-officer auditor data-protection-officer",
  "/configuration":      "administrator security-officer",
  "/health-report":      "administrator security-officer observer",
};

/** Who may send which form. */
// biome-ignore format: a table is read by its columns
const sent: Readonly<Record<string, string>> = {
  "/leave":                                everybody,
  "/exchanges/search":                    "auditor data-protection-officer",
  "/exchanges/export":                    "auditor data-protection-officer",
  "/exchanges/:exchange/evidence":        "auditor data-protection-officer",
  "/exchanges/:exchange/other-side":      "auditor data-protection-officer",
  "/exchanges/:exchange/openings":        "auditor data-protection-officer",
  "/exchanges/:exchange/verification":    "auditor data-protection-officer",
  "/catalogue/check":                      "service-developer",
  "/catalogue/publish":                    "service-developer",
  "/catalogue/acts/:word":                 "service-developer",
  "/catalogue/correction":                 "data-protection-officer",
  "/catalogue/observe":                    "service-developer approver",
  "/catalogue/observe/confirmation":       "service-developer approver",
  "/catalogue/try":                        "service-developer approver",
  "/catalogue/forms":                      "service-developer approver",
  "/agreements/acts/:word/:side":          "approver",
  "/agreements/request":                   "approver",
  "/agreements/change":                    "approver",
  "/exchanges/:exchange/hold":            "data-protection-officer",
  "/holds":                               "data-protection-officer",
  "/holds/lift":                          "data-protection-officer",
  "/holds/confirmation":                  "approver data-protection-officer",
  "/holds/drop":                          "approver data-protection-officer",
  "/permissions/new":                      "approver",
  "/permissions/search":                   "auditor data-protection-officer",
  "/permissions/:permission/record":       "approver auditor data-protection-officer observer",
  "/permissions/:permission/end":          "approver data-protection-officer",
  "/permissions/:permission/erasure":      "data-protection-officer",
  "/cases/feedback":                       "data-protection-officer approver",
  "/cases/:kind/:case/reading":           "auditor data-protection-officer",
  "/cases/:kind/:case/answer":            "data-protection-officer",
  "/cases/:kind/:case/close":             "data-protection-officer",
  "/restrictions":                         "approver",
  "/restrictions/:restriction/review":     "approver",
  "/restrictions/:restriction/lift":       "approver",
  "/me/keys":                              everybody,
  "/me/keys/:key/rotation":                everybody,
  "/me/keys/:key/end":                     everybody,
  "/members":                              "security-officer",
  "/members/enrolment":                    "security-officer",
  "/members/key/choose":                   "security-officer",
  "/members/key/import":                   "security-officer",
  "/members/key/anew":                     "security-officer",
  "/members/key/enrol":                    "security-officer",
  "/members/key/register":                 "security-officer",
  "/members/key/compromise":               "security-officer",
  "/registration/new":                     "registration-officer",
  "/registration/queue":                   "registration-officer",
  "/registration/:request/approval":       "registration-officer",
  "/registration/:request/decline":        "registration-officer",
  "/registration/:request/signature":      "registration-officer",
  "/registration/:request/withdrawal":     "registration-officer",
  "/users":                                "administrator",
  "/users/:user":                          "administrator",
  "/users/:user/disable":                  "administrator",
  "/users/:user/enable":                   "administrator",
  "/users/:user/roles":                    "administrator",
  "/users/:user/roles/:assignment/end":    "administrator",
  "/users/:user/keys":                     "administrator",
  "/users/:user/keys/:key/rotation":       "administrator",
  "/users/:user/keys/:key/end":            "administrator",
  "/mandates":                             "data-protection-officer",
  "/mandates/:mandate/confirmation":       "approver data-protection-officer",
  "/mandates/:mandate/end":                "approver data-protection-officer",
};

/** Pages of somebody who is not signed in. */
const open = ["/enter", "/enter/key", "/enter/first"];

/** What is not there here: a key that the configuration names has no request. */
const missing: Readonly<Record<string, number>> = {
  ...{ "/members/request": 404, "/exchanges/:exchange": 404, "/permissions/:permission": 404 },
  ...{ "/cases/:kind/:case": 404, "/registration/:request": 404 },
};
const nothing = "0190163d-8694-739b-aea5-966c26f8ad91";
const { id: shownUser } = await scene.user(null);
const keys = (await scene.call("/keys", { key: scene.first.key })).body.keys;
const { slot, name } = keys.find((key: { slot: string }) => key.slot === `seal ${benefitsAgency}`);
const aService = `?${new URLSearchParams({ service: services.own.id })}`;
const anAgreement = "?agreement=benefits-open";
const queries: Readonly<Record<string, string>> = {
  ...{ "/catalogue/service": aService, "/catalogue/samples": aService, "/catalogue/try": aService },
  ...{ "/catalogue/publish": aService, "/agreements/request": aService, "/catalogue/correction": aService },
  "/catalogue/published": `${aService}&version=1.2.3`,
  "/catalogue/changes": `${aService}&from=1.2.3&to=1.2.3`,
  ...{ "/agreements/one": anAgreement, "/agreements/change": anAgreement },
  "/agreements/use": "?count=1",
  "/registration/new": `?${new URLSearchParams({ member: benefitsAgency, kind: "other" })}`,
  "/members/key": `?${new URLSearchParams({ slot, name })}`,
  "/members/request": `?${new URLSearchParams({ slot, name })}`,
};
const addressOf = (path: string) =>
  path
    .replace(":user", shownUser)
    .replace(":kind", "inquiries")
    .replace(/:[a-z]+/g, nothing) + (queries[path] ?? "");

t.test("the tables of what is expected name every page, and no other", async (t) => {
  const pages = areas.flatMap((area) => area.pages).filter(({ path }) => !open.includes(path));
  const pathsOf = (method: string) => pages.filter((page) => page.method === method).map(({ path }) => path);
  t.strictSame(pathsOf("GET").toSorted(), Object.keys(seen).toSorted());
  t.strictSame(pathsOf("POST").toSorted(), Object.keys(sent).toSorted());
});

/** What every page must be, whoever sees it and whatever it says. */
function checkPage(t: Test, { path, headers, text }: ConsolePage, language = "en"): void {
  t.match(headers, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
  });
  t.notMatch(text, /<script|<iframe|<style|\son[a-z]+=|style="|src="|undefined|\[object/i, path);
  const { remedy } = errorCodes.bad_request;
  t.notMatch(
    text.replace(/<p lang="en">[^<]*/g, "").replace(remedy, ""),
    /\{[a-z]+\}/,
    `${path}: each text has its values`,
  );
  t.ok(text.length < 100_000, `${path}: ${text.length} bytes, and the style sheet`);
  t.match(text, new RegExp(`^<!doctype html>\n<html lang="${language}">`));
  t.match(text, /<title>[^<]+ – Sealway<\/title>/);
  t.equal(text.match(/<h1>/g)?.length, 1, `${path}: one heading`);
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
  t.equal(new Set(ids).size, ids.length, `${path}: ids are unique`);
  const fields = /<(?:select|textarea|input (?!type="(?:hidden|checkbox)"))[^>]* ?id="([^"]+)"/g;
  for (const [, id] of text.matchAll(fields))
    t.ok(text.includes(`<label for="${id}">`), `${path}: ${id} has a label`);
}

for (const role of roles)
  t.test(`${role} sees and does what the role is for, and is shown no more`, async (t) => {
    const { key } = await scene.user(role);
    const browser = await ConsoleBrowser.of(scene, key);
    const home = await browser.load("/");
    const places = [...home.text.matchAll(/<li><a href="([^"]+)"/g)].map(([, path]) => path);
    const allowed = areas.filter(
      ({ path, needs }) => needs.length > 0 && seen[path]!.split(" ").includes(role),
    );
    t.strictSame(
      places,
      allowed.map(({ path }) => path),
      "the navigation leads there alone",
    );
    for (const [path, who] of Object.entries(seen)) {
      const page = await browser.load(addressOf(path));
      const isShown = who.split(" ").includes(role);
      t.equal(page.status, isShown ? (missing[path] ?? 200) : 403, `${path}: ${page.status}`);
      checkPage(t, page);
    }
    const token = /name="token" value="([^"]+)"/.exec(home.text)![1]!;
    for (const [path, who] of Object.entries(sent)) {
      if (path === "/leave") continue;
      const page = await browser.step(addressOf(path), {
        body: new URLSearchParams({ token, revision: "1", reason: "Test" }),
      });
      const isRefused = page.status === 403 && /not_permitted/.test(page.text);
      t.equal(isRefused, !who.split(" ").includes(role), `${path}: ${page.status}`);
      t.ok(page.status < 500, `${path}: ${page.status}`);
    }
  });

t.test("each page says all it says in Simplified Chinese, too", async (t) => {
  const { id, key } = await scene.user("security-officer");
  await scene.call(`/users/${id}/roles`, {
    ...{ method: "POST", key: scene.first.key, headers: { "if-match": '"2"' } },
    body: { role: "registration-officer", place: "*", reason: "Test" },
  });
  const browser = await ConsoleBrowser.of(scene, key, { "accept-language": "zh-CN,zh;q=0.9" });
  for (const path of [
    "/",
    "/catalogue",
    "/agreements",
    "/members",
    "/registration",
    "/registration/new",
    "/registration/queue",
    "/users",
    "/audit",
    "/configuration",
    "/health-report",
    "/me",
  ]) {
    const page = await browser.load(path);
    checkPage(t, page, "zh-Hans");
    t.match(page.text, /<h1>[^<]*[\u4e00-\u9fff]/, path);
  }
  const refused = await browser.load("/mandates");
  t.match(refused.text, /您的角色不允许/, "why something is refused, too");
  t.match(refused.text, `<p>${errorWords.zh.not_permitted.remedy}</p>`, "and what to do");
  t.match(
    refused.text,
    /<p lang="en">it needs one of these roles: /,
    "the detail as it was told, marked as English",
  );
  const english = await browser.load("/?language=en");
  t.match(english.text, /<html lang="en">/);
  t.match((await browser.load("/")).text, /<html lang="en">/, "the choice is remembered");
});

t.test("each error that there is has words in Simplified Chinese, too", async (t) => {
  const shown = /`[^`]*`|\{[a-z]+\}/g;
  for (const [code, { remedy, title }] of Object.entries(errorCodes)) {
    const said = errorWords.zh[code as ErrorCode];
    t.strictSame(errorWords.en[code as ErrorCode], { title, remedy }, code);
    t.match(said.title, /[\u4e00-\u9fff].*[^。.]$/, code);
    t.match(said.remedy, /[\u4e00-\u9fff].*[^.]$/, code);
    t.strictSame(
      said.remedy.match(shown)?.toSorted(),
      remedy.match(shown)?.toSorted(),
      `${code}: commands and parts stay`,
    );
  }
});

t.test("whoever is not signed in sees the way in, and nothing else", async (t) => {
  for (const path of Object.keys(seen)) {
    const browser = new ConsoleBrowser(scene);
    const page = await browser.load(addressOf(path));
    t.match(page.path, /^\/enter(?:\?|$)/, path);
  }
  const page = await new ConsoleBrowser(scene).load("/enter");
  checkPage(t, page);
  t.notMatch(page.text, /enter\/first/, "there is an administrator already");
});
