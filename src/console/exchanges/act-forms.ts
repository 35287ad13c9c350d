import type { Route } from "../../admin/api/route.ts";
import type { ExchangeAccount } from "../../admin/exchange-desk.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { type Field, form, type Option, reasonField } from "../form.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { holdsWords } from "./holds-words.ts";
import { exchangesWords } from "./words.ts";

export const verify = routeOf("POST /exchanges/:exchange/verification");
export const takeEvidence = routeOf("POST /exchanges/:exchange/evidence");
export const takeOtherSide = routeOf("POST /exchanges/:exchange/other-side");
export const proposeHold = routeOf("POST /holds");
export const open = routeOf("POST /exchanges/:exchange/openings");

/** What may be done with an exchange, each act with its form, for whoever may. */
export function actForms(visit: Visit, account: ExchangeAccount): Html {
  return html`${acts.map(({ route, shown }) => (visit.may(route) ? shown(visit, account) : null))}`;
}

/** Where each act stands on the page, with its title. */
export function actPlaces(visit: Visit): readonly (readonly [id: string, title: string])[] {
  return acts.filter(({ route }) => visit.may(route)).map(({ id, title }) => [id, title(visit)]);
}

export function verifyForm(visit: Visit, { exchange }: Pick<ExchangeAccount, "exchange">): Html {
  const words = visit.words(exchangesWords).verify;
  const options: readonly Option[] = [
    ["own", words.own],
    ["both", words.both],
  ];
  return section(visit, words.act, words.introduction, {
    action: `/exchanges/${exchange}/verification`,
    submit: words.submit,
    fields: [{ kind: "choice", name: "sides", label: words.sides, options }],
  });
}

function evidenceForm(visit: Visit, account: ExchangeAccount): Html {
  const words = visit.words(exchangesWords).package;
  const heads: Field = {
    ...{ kind: "choice", name: "heads", label: words.heads },
    options: [
      ["withheld", words.withheld],
      ["shown", words.shown],
    ],
  };
  const options = openingOptions(visit, account.openings);
  const some: readonly Field[] =
    options.length === 0 ? [] : [{ kind: "checks", name: "open", label: words.open, options }];
  return section(visit, words.title, words.introduction, {
    action: `/exchanges/${account.exchange}/evidence`,
    submit: words.submit,
    fields: [heads, ...some],
  });
}

function otherSideForm(visit: Visit, { exchange }: ExchangeAccount): Html {
  const words = visit.words(exchangesWords).package;
  return section(visit, words.otherTitle, words.otherIntroduction, {
    ...{ action: `/exchanges/${exchange}/other-side`, submit: words.otherSubmit, fields: [] },
  });
}

function openForm(visit: Visit, account: ExchangeAccount): Html {
  const words = visit.words(exchangesWords).openings;
  const options = openingOptions(visit, [...account.openings, "request-line"]);
  return section(visit, words.title, words.introduction, {
    action: `/exchanges/${account.exchange}/openings`,
    submit: words.submit,
    fields: [{ kind: "checks", name: "names", label: words.which, options }],
  });
}

function holdForm(visit: Visit, { exchange }: ExchangeAccount): Html {
  const words = visit.words(holdsWords);
  return section(visit, words.act, words.introduction, {
    action: `/exchanges/${exchange}/hold`,
    submit: words.propose,
    fields: [
      { kind: "text", name: "case", label: words.case },
      { kind: "text", name: "authority", label: words.authority },
      { kind: "date", name: "review", label: words.review },
    ],
  });
}

const wordsOf = (visit: Visit) => visit.words(exchangesWords);

// biome-ignore format: a table is read by its columns
const acts: readonly {
  readonly id: string;
  readonly route: Route;
  readonly title: (visit: Visit) => string;
  readonly shown: (visit: Visit, account: ExchangeAccount) => Html;
}[] = [
  { id: "verification", route: verify,        title: (visit) => wordsOf(visit).verify.act,           shown: verifyForm },
  { id: "evidence",     route: takeEvidence,  title: (visit) => wordsOf(visit).package.title,        shown: evidenceForm },
  { id: "other-side",   route: takeOtherSide, title: (visit) => wordsOf(visit).package.otherTitle,   shown: otherSideForm },
  { id: "openings",     route: open,          title: (visit) => wordsOf(visit).openings.title,       shown: openForm },
  { id: "hold",         route: proposeHold,   title: (visit) => visit.words(holdsWords).act,         shown: holdForm },
];

interface Act {
  readonly action: string;
  readonly submit: string;
  readonly fields: readonly Field[];
}

function section(visit: Visit, title: string, introduction: Child, { fields, ...act }: Act): Html {
  const id = act.action.slice(act.action.lastIndexOf("/") + 1);
  return html`<h2 id="${id}">${title}</h2><p>${introduction}</p>
${form(visit, { ...act, fields: [...askedClient(visit), ...fields, reasonField(visit)] })}`;
}

/** Whose exchange the page is about, where others used the id, too. */
function askedClient(visit: Visit): readonly Field[] {
  const value = visit.method === "POST" ? visit.field("client") : (visit.query.get("client") ?? "");
  return value === "" ? [] : [{ kind: "hidden", name: "client", value }];
}

function openingOptions(visit: Visit, names: readonly string[]): readonly Option[] {
  return names.map((name) => [name, openingName(visit, name)]);
}

/** What a hidden value is called. @param name `user`, `subject-0` and so on */
export function openingName(visit: Visit, name: string): string {
  const { names } = visit.words(exchangesWords).openings;
  const numbered = /^(subject|answer)-(\d+)$/.exec(name);
  if (numbered !== null)
    return fill(names[numbered[1] as "subject" | "answer"], { number: Number(numbered[2]) + 1 });
  return names[name as keyof typeof names] ?? name;
}
