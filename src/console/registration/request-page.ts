import type { ToldRequest } from "../../admin/registration-desk.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { type Field, foldedForm, reasonField } from "../form.ts";
import { type Content, type PageAnswer, type PageRoute, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions, moment } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { isOfficer, passphraseField, passphraseIn } from "./officer-key.ts";
import { memberField, ownMembers } from "./own-members.ts";
import { membersNamed, toldChange } from "./told-change.ts";
import { registrationWords } from "./words.ts";

const showRequest = routeOf("GET /registration-requests/:request");
const decideOn = routeOf("POST /registration-requests/:request/decision");
const sign = routeOf("POST /registration-requests/:request/signature");
const withdraw = routeOf("POST /registration-requests/:request/withdrawal");

const at = "/registration/:request";

export const requestPages: readonly PageRoute[] = [
  { method: "GET", path: at, run: onePage },
  { method: "POST", path: `${at}/approval`, run: (visit) => decide(visit, "approve"), again: onePage },
  { method: "POST", path: `${at}/decline`, run: (visit) => decide(visit, "decline"), again: onePage },
  { method: "POST", path: `${at}/signature`, run: (visit) => byMember(visit, sign), again: onePage },
  { method: "POST", path: `${at}/withdrawal`, run: (visit) => byMember(visit, withdraw), again: onePage },
];

async function onePage(visit: Visit): Promise<Content> {
  const words = visit.words(registrationWords);
  const params = { request: visit.parameter("request") };
  const told = (await visit.ask<ToldRequest>(showRequest, { params })).body;
  const isOpen = told.state === "saved" || told.state === "requested";
  return page(
    fill(words.one, { id: params.request }),
    html`<p><a href="/registration">${words.title}</a></p>
<h2>${words.changes}</h2><p>${words.together}</p><ol>${told.changes.map((change) => html`<li>${toldChange(visit, change)}</li>`)}</ol>
<h2>${words.checks}</h2>${standing(visit, told)}
${isOpen ? await forms(visit, params.request, told) : null}`,
  );
}

/** Who signed, what is missing, and what the authority has looked at. */
function standing(visit: Visit, told: ToldRequest): Html {
  const words = visit.words(registrationWords);
  const { approved, automatic, expires, instance, note, persons, reason, received, sha256, signed, state } =
    told;
  const pairs: readonly (readonly [string, Child])[] = [
    [words.state, named(words.states, state)],
    [words.missing, missing(visit, told)],
    [
      words.signed,
      signed === null ? words.notTold : signed.length === 0 ? words.officersAlone : signed.join(", "),
    ],
    [words.approved, automatic === null ? fill(words.approvedOf, { approved, persons }) : null],
    [words.automatic, automatic],
    [words.note, note],
    [words.declined, reason],
    [words.received, moment(received)],
    [words.expires, expires === null ? null : moment(expires)],
    [words.instance, instance],
    [words.digest, html`<code>${sha256}</code>`],
  ];
  return html`${definitions(pairs.filter(([, value]) => value !== null))}<p>${words.looked}</p>`;
}

function missing(visit: Visit, { approved, changes, persons, signed, state }: ToldRequest): string | null {
  const words = visit.words(registrationWords);
  if (state === "requested") return fill(words.officersMissing, { count: persons - approved });
  if (state !== "saved") return null;
  const others = signed === null ? [] : membersNamed(changes).filter((member) => !signed.includes(member));
  return others.length === 0
    ? words.signatureMissing
    : fill(words.signatureMissingOf, { members: others.join(", ") });
}

async function forms(visit: Visit, id: string, { sha256, state }: ToldRequest): Promise<Html> {
  const words = visit.words(registrationWords);
  const of = `/registration/${id}`;
  const digest: Field = { kind: "hidden", name: "sha256", value: sha256 };
  const last = [passphraseField(visit), reasonField(visit)];
  const why: Field = {
    kind: "text",
    name: "words",
    label: words.officer.words,
    hint: words.officer.wordsHint,
  };
  const approving = { action: `${of}/approval`, submit: words.officer.approve, fields: [digest, ...last] };
  const declining = {
    action: `${of}/decline`,
    submit: words.officer.decline,
    fields: [digest, why, ...last],
  };
  const asMember = [memberField(visit, await ownMembers(visit)), reasonField(visit)];
  const signing = { action: `${of}/signature`, submit: words.sign, fields: asMember };
  const withdrawing = { action: `${of}/withdrawal`, submit: words.withdraw, fields: asMember };
  const decides = visit.may(decideOn) && isOfficer(visit);
  return html`${decides ? foldedForm(visit, words.officer.approve, words.officer.approveAbout, approving) : null}
${decides ? foldedForm(visit, words.officer.decline, null, declining) : null}
${state === "saved" && visit.may(sign) ? foldedForm(visit, words.sign, words.signAbout, signing) : null}
${visit.may(withdraw) ? foldedForm(visit, words.withdraw, words.withdrawAbout, withdrawing) : null}`;
}

/** On what was shown: the digest of it comes with the form. */
async function decide(visit: Visit, decision: "approve" | "decline"): Promise<PageAnswer> {
  const params = { request: visit.parameter("request") };
  const said = decision === "decline" ? visit.fields("words") : {};
  const body = { ...visit.fields("sha256", "reason"), ...passphraseIn(visit), ...said, decision };
  await visit.ask(decideOn, { params, body });
  return redirect(`/registration/${params.request}`, "ordered");
}

async function byMember(visit: Visit, route: typeof sign): Promise<PageAnswer> {
  const params = { request: visit.parameter("request") };
  await visit.ask(route, { params, body: visit.fields("member", "reason") });
  return redirect(`/registration/${params.request}`, "ordered");
}
