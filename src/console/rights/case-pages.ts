import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, foldedForm, reasonField } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Content, type PageAnswer, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Given, Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { fill, named } from "../words/word-book.ts";
import { facts } from "./facts.ts";
import { rightsWords } from "./words.ts";

const kinds = ["inquiries", "feedback", "corrections"] as const;
type Kind = (typeof kinds)[number];

export const listInquiries = routeOf("GET /inquiries");
const listRestrictions = routeOf("GET /restrictions");
const sendFeedback = routeOf("POST /feedback");
const closeInquiry = routeOf("POST /inquiries/:case/close");
const routesOf = (kind: Kind) => ({
  list: routeOf(`GET /${kind}`),
  read: routeOf(`POST /${kind}/:case/reading`),
  answer: routeOf(`POST /${kind}/:case/answer`),
});

/** What an answer may say came of it; an inquiry's is its text alone. */
const outcomes: Readonly<Record<Kind, readonly string[]>> = {
  inquiries: [],
  feedback: ["corrected", "unchanged", "forwarded"],
  corrections: ["corrected", "deleted", "not-held", "disagree"],
};
/** The side that answers. */
const answerer: Readonly<Record<Kind, string>> = {
  inquiries: "addressee",
  feedback: "receiver",
  corrections: "recipient",
};

/** The other party of an exchange is told of an inquiry, not what it says. */
const untold = "other";

type Case = Readonly<Record<string, Json>> & {
  readonly id: string;
  readonly own: string;
  readonly side: string;
};

export const casePages: readonly PageRoute[] = [
  { method: "GET", path: "/cases", run: startPage },
  { method: "GET", path: "/cases/:kind", run: (visit) => listPage(visit, kindIn(visit)) },
  { method: "GET", path: "/cases/:kind/:case", run: caseOf },
  { method: "POST", path: "/cases/feedback", run: send, again: (visit) => listPage(visit, "feedback") },
  { method: "POST", path: "/cases/:kind/:case/reading", run: readingPage, again: caseOf },
  { method: "POST", path: "/cases/:kind/:case/answer", run: answer, again: caseOf },
  { method: "POST", path: "/cases/:kind/:case/close", run: close, again: caseOf },
];

/** @throws SealwayError `nothing_here` for a path that names none */
function kindIn(visit: Visit): Kind {
  visit.checkMay(listInquiries);
  const kind = kinds.find((one) => one === visit.parameter("kind"));
  if (kind === undefined) throw new SealwayError("nothing_here", "there are no such cases");
  return kind;
}

function caseOf(visit: Visit): Promise<Content> {
  return onePage(visit, kindIn(visit));
}

/** Links alone: each list is a look that is recorded. */
async function startPage(visit: Visit): Promise<Content> {
  visit.checkMay(listInquiries);
  const words = visit.words(rightsWords).cases;
  const restrictions = visit.may(listRestrictions)
    ? html`<li><a href="/restrictions">${words.restrictions}</a></li>`
    : null;
  return page(
    words.title,
    html`<p>${words.about}</p><ul>${kinds.map((kind) => html`<li><a href="${`/cases/${kind}`}">${words[kind]}</a></li>`)}${restrictions}</ul>`,
  );
}

interface CasePage {
  readonly cases: readonly Case[];
  readonly cursor: string | null;
}

async function casesOf(visit: Visit, kind: Kind, query: NonNullable<Given["query"]>): Promise<CasePage> {
  return (await visit.ask<CasePage>(routesOf(kind).list, { query })).body;
}

async function listPage(visit: Visit, kind: Kind): Promise<Content> {
  const words = visit.words(rightsWords).cases;
  const next = visit.words(layoutWords).table.next;
  const { cases, cursor } = await casesOf(visit, kind, visit.asked("cursor"));
  const rows = cases.map(({ due = null, id, own, side, state = null }) => [
    html`<a href="${withQuery(`/cases/${kind}/${id}`, { own, side })}">${id}</a>`,
    own,
    side,
    typeof state === "string" ? state : null,
    typeof due === "string" ? due : null,
  ]);
  const heads = [words.case, words.own, words.side, words.state, words.due];
  return page(
    words[kind],
    html`<p><a href="/cases">${words.title}</a></p>${table(visit, words[kind], heads, rows)}
${cursor === null ? null : html`<p><a href="${withQuery(`/cases/${kind}`, { cursor })}" rel="next">${next}</a></p>`}
${kind === "feedback" && visit.may(sendFeedback) ? sendForm(visit) : null}`,
  );
}

function sendForm(visit: Visit): Html {
  const { cases: words, kinds: names } = visit.words(rightsWords);
  return foldedForm(visit, words.send, null, {
    action: "/cases/feedback",
    submit: words.send,
    fields: [
      { kind: "text", name: "about", label: words.exchange },
      { kind: "choice", name: "kind", label: words.kind, options: Object.entries(names) },
      { kind: "area", name: "text", rows: 4, label: words.text, need: "optional" },
      reasonField(visit),
    ],
  });
}

async function send(visit: Visit): Promise<PageAnswer> {
  const body = visit.fields("about", "kind", "text", "reason");
  const { due } = (await visit.ask<{ readonly due: string }>(sendFeedback, { body })).body;
  const words = visit.words(rightsWords).cases;
  return page(words.feedback, html`<p class="done" role="status">${fill(words.sent, { due })}</p>`);
}

/** The case that the path names; of several subsystems, or sides, the one that the query or form names. */
async function onePage(visit: Visit, kind: Kind): Promise<Content> {
  const words = visit.words(rightsWords).cases;
  const id = visit.parameter("case");
  const { own, side } = visit.method === "POST" ? visit.fields("own", "side") : visit.asked("own", "side");
  const { cases: all } = await casesOf(visit, kind, { case: id });
  const one = all.find((each) => each.own === own && each.side === side) ?? all[0];
  if (one === undefined) throw new SealwayError("nothing_here", "no such case of your members");
  const closer = all.some((each) => each.side === "authority") ? "authority" : answerer[kind];
  return page(
    fill(words.one, { id }),
    html`<p><a href="${`/cases/${kind}`}">${words[kind]}</a></p>${facts(visit, one)}${forms(visit, kind, one, closer)}`,
  );
}

/** @param closer the side that ends it */
function forms(visit: Visit, kind: Kind, { id, own, side }: Case, closer: string): Html {
  const { cases: words, outcomes: names } = visit.words(rightsWords);
  const { answer: answering, read } = routesOf(kind);
  const at = `/cases/${kind}/${id}`;
  const which: readonly Field[] = [
    { kind: "hidden", name: "own", value: own },
    { kind: "hidden", name: "side", value: side },
  ];
  const reason = reasonField(visit);
  const options = outcomes[kind].map((outcome) => [outcome, named(names, outcome)] as const);
  const outcome: Field[] =
    options.length === 0 ? [] : [{ kind: "choice", name: "outcome", label: words.outcome, options }];
  const text: Field = { kind: "area", name: "text", rows: 4, label: words.text };
  const written: Field = options.length === 0 ? text : { ...text, need: "optional" };
  const reading = { action: `${at}/reading`, submit: words.read, fields: [...which, reason] };
  const answerForm = {
    ...{ action: `${at}/answer`, submit: words.answer },
    fields: [...which, ...outcome, written, reason],
  };
  const closing = { action: `${at}/close`, submit: words.close, fields: [...which, reason] };
  const mayRead = visit.may(read) && side !== untold;
  const mayClose = kind === "inquiries" && visit.may(closeInquiry) && side === closer;
  return html`${mayRead ? foldedForm(visit, words.reading, words.readingAbout, reading) : null}
${visit.may(answering) && side === answerer[kind] ? foldedForm(visit, words.answer, null, answerForm) : null}
${mayClose ? foldedForm(visit, words.close, words.closeAbout, closing) : null}`;
}

/** What people wrote is shown once, as the answer to a form. */
async function readingPage(visit: Visit): Promise<Content> {
  const kind = kindIn(visit);
  const words = visit.words(rightsWords).cases;
  const { body } = await visit.ask<Readonly<Record<string, Json>>>(routesOf(kind).read, {
    params: { case: visit.parameter("case") },
    body: visit.fields("own", "reason"),
  });
  const back = withQuery(`/cases/${kind}/${visit.parameter("case")}`, visit.fields("own", "side"));
  return page(words.texts, html`${facts(visit, body)}<p><a href="${back}">${words.case}</a></p>`);
}

async function answer(visit: Visit): Promise<PageAnswer> {
  const kind = kindIn(visit);
  const names =
    kind === "inquiries" ? (["text", "reason"] as const) : (["own", "outcome", "text", "reason"] as const);
  const params = { case: visit.parameter("case") };
  await visit.ask(routesOf(kind).answer, { params, body: visit.fields(...names) });
  return done(visit, kind);
}

async function close(visit: Visit): Promise<PageAnswer> {
  if (kindIn(visit) !== "inquiries") throw new SealwayError("nothing_here", "inquiries alone are ended");
  const params = { case: visit.parameter("case") };
  await visit.ask(closeInquiry, { params, body: visit.fields("reason") });
  return done(visit, "inquiries");
}

function done(visit: Visit, kind: Kind): PageAnswer {
  const query = { ...visit.fields("own", "side"), done: "ordered" };
  return { kind: "redirect", to: withQuery(`/cases/${kind}/${visit.parameter("case")}`, query) };
}
