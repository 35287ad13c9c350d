import { SealwayError } from "../../core/errors.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, foldedForm, form, type Option, reasonField } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Content, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions } from "../table.ts";
import { inUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { factFields, factsOf } from "./certificate-facts.ts";
import { keyAddress, keysOf, type ShownKey, slotText } from "./shown-key.ts";
import { membersWords } from "./words.ts";

/** What is done with a key, each by a form of its own and a route of the API. */
const acts = [
  { name: "choose", route: routeOf("POST /key-choices") },
  { name: "import", route: routeOf("POST /key-certificates") },
  { name: "anew", route: routeOf("POST /key-requests") },
  { name: "enrol", route: routeOf("POST /key-enrolments") },
  { name: "register", route: routeOf("POST /key-registrations") },
  { name: "compromise", route: routeOf("POST /key-compromises") },
] as const;
type Act = (typeof acts)[number]["name"];

const readRequest = routeOf("GET /key-requests");

type SlotsOf = (visit: Visit) => Promise<readonly Option[]>;

/** One key, what is done with it, and having a new one certified. */
export function keyPages(slotsOf: SlotsOf): readonly PageRoute[] {
  const doing = acts.map(
    ({ name, route }): PageRoute => ({
      ...{ method: "POST", path: `/members/key/${name}`, again: keyPage },
      run: async (visit) => {
        const key = visit.fields("slot", "name");
        await visit.ask(route, { body: { ...key, ...visit.fields("reason"), ...moreOf(visit, name) } });
        const { slot = "", name: of } = key;
        return { kind: "redirect", to: `${withQuery("/members/key", { slot, name: of })}&done=ordered` };
      },
    }),
  );
  return [
    { method: "GET", path: "/members/key", run: keyPage },
    ...doing,
    {
      ...{ method: "GET", path: "/members/request" },
      run: async (visit) => {
        const { file } = await visit.ask(readRequest, { query: visit.asked("slot", "name") });
        return { kind: "file", ...file! };
      },
    },
    ...enrolPages(slotsOf),
  ];
}

/** What the API takes beside the names of the key and the reason. */
function moreOf(visit: Visit, act: Act): object {
  if (act === "import") return visit.fields("certificate");
  if (act === "anew") return factsOf(visit);
  return act === "compromise" ? { from: inUtc(visit.field("from")) } : {};
}

async function keyPage(visit: Visit): Promise<Content> {
  const words = visit.words(membersWords);
  const asked = visit.method === "POST" ? visit.fields("slot", "name") : visit.asked("slot", "name");
  const keys = await keysOf(visit);
  // Of a key that was certified again, the latest certificate.
  const key = keys.findLast(({ slot, name }) => slot === asked.slot && name === asked.name);
  if (key === undefined) throw new SealwayError("nothing_here", "no such key of the caller's members");
  // A key that the configuration names was made elsewhere, and has no request.
  const request =
    visit.may(readRequest) && key.name !== "configured"
      ? html`<p><a href="${withQuery("/members/request", { slot: key.slot, name: key.name })}">${words.key.request}</a></p>`
      : null;
  return page(
    key.name,
    html`${definitions([
      [words.members.slot, slotText(visit, key.slot)],
      [words.members.state, key.state],
      [words.members.ends, key.ends],
      [words.members.ocsp, key.ocsp],
      [words.members.class, key.class],
      [words.key.fingerprint, key.fingerprint === null ? null : html`<code>${key.fingerprint}</code>`],
    ])}
${findings(visit)}${request}
${acts.filter(({ route }) => visit.may(route)).map(({ name }) => actForm(visit, key, name))}`,
  );
}

/** All that is wrong with a certificate that was not taken. */
function findings(visit: Visit): Html | null {
  const all = visit.problem?.told.findings;
  if (!Array.isArray(all)) return null;
  const words = visit.words(membersWords).key;
  const texts = all.map((one) => {
    const { detail } = Object(one) as { readonly detail?: unknown };
    return html`<li>${String(detail)}</li>`;
  });
  return html`<h2>${words.findings}</h2><ul lang="en">${texts}</ul>`;
}

function actForm(visit: Visit, key: ShownKey, act: Act): Html | null {
  const words = visit.words(membersWords).key;
  if (act === "compromise" && (key.slot === "tls" || key.fingerprint === null)) return null;
  const hints: Partial<Record<Act, string>> = {
    ...{ choose: words.chooseHint, enrol: words.enrolHint, compromise: words.compromiseHint },
  };
  return foldedForm(visit, words[act], hints[act] ?? null, {
    action: `/members/key/${act}`,
    submit: words[act],
    fields: [
      { kind: "hidden", name: "slot", value: key.slot },
      { kind: "hidden", name: "name", value: key.name },
      ...fieldsOf(visit, act),
      reasonField(visit),
    ],
  });
}

function fieldsOf(visit: Visit, act: Act): readonly Field[] {
  const words = visit.words(membersWords).key;
  if (act === "import") return [{ kind: "area", name: "certificate", label: words.certificate, rows: 10 }];
  if (act === "anew") return factFields(visit);
  return act === "compromise" ? [{ kind: "datetime-local", name: "from", label: words.since }] : [];
}

function enrolPages(slotsOf: SlotsOf): readonly PageRoute[] {
  const enrol = routeOf("POST /key-enrolments");
  const enrolPage = async (visit: Visit) => {
    visit.checkMay(enrol);
    const words = visit.words(membersWords);
    const shown = form(visit, {
      action: "/members/enrolment",
      submit: words.key.enrolNew,
      fields: [
        { kind: "choice", name: "slot", label: words.members.slot, options: await slotsOf(visit) },
        reasonField(visit),
      ],
    });
    return page(words.key.enrolNew, html`<p>${words.key.enrolHint}</p>${findings(visit)}${shown}`);
  };
  return [
    { method: "GET", path: "/members/enrolment", run: enrolPage },
    {
      ...{ method: "POST", path: "/members/enrolment", again: enrolPage },
      run: async (visit) => {
        const made = await visit.ask<Pick<ShownKey, "slot" | "name">>(enrol, {
          body: visit.fields("slot", "reason"),
        });
        return { kind: "redirect", to: `${keyAddress(made.body)}&done=made` };
      },
    },
  ];
}
