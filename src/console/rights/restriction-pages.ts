import { SealwayError } from "../../core/errors.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, foldedForm, reasonField } from "../form.ts";
import { type Content, type PageAnswer, type PageRoute, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { named } from "../words/word-book.ts";
import { rightsWords } from "./words.ts";

const listRestrictions = routeOf("GET /restrictions");
const orderRestriction = routeOf("POST /restrictions");
const reviewRestriction = routeOf("POST /restrictions/:restriction/review");
const liftRestriction = routeOf("POST /restrictions/:restriction/lift");

export const restrictionPages: readonly PageRoute[] = [
  { method: "GET", path: "/restrictions", run: listPage },
  { method: "POST", path: "/restrictions", run: order, again: listPage },
  { method: "POST", path: "/restrictions/:restriction/review", run: review, again: listPage },
  { method: "POST", path: "/restrictions/:restriction/lift", run: lift, again: listPage },
];

interface Restriction {
  readonly id: string;
  readonly state: string;
  readonly provision: string;
  readonly ground: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly until: string | null;
  readonly reviewBy: string;
}

/** Whoever is no officer of an ordering authority is told that there are none, as the management API tells it. */
async function listPage(visit: Visit): Promise<Content> {
  const words = visit.words(rightsWords).restrictions;
  try {
    const { body } = await visit.ask<{ readonly restrictions: readonly Restriction[] }>(listRestrictions);
    return list(visit, body.restrictions);
  } catch (error) {
    if (!(error instanceof SealwayError) || error.code !== "nothing_here") throw error;
    return page(words.title, html`<p>${words.none}</p>`);
  }
}

function list(visit: Visit, restrictions: readonly Restriction[]): Content {
  const { permissions, restrictions: words } = visit.words(rightsWords);
  const rows = restrictions.map(({ consumer, ground, id, provision, purpose, reviewBy, service, state }) => [
    html`${id}<br>${state}`,
    html`${provision}<br>${named(words.grounds, ground)}`,
    html`${consumer}<br>${service}`,
    purpose,
    moment(reviewBy),
    state === "lifted" || !visit.may(liftRestriction) ? null : actForms(visit, id),
  ]);
  const heads = [words.id, words.provision, permissions.service, words.purpose, words.reviewBy, words.lift];
  return page(
    words.title,
    html`<p>${words.about}</p>${table(visit, words.list, heads, rows)}
${visit.may(orderRestriction) ? orderForm(visit) : null}`,
  );
}

function actForms(visit: Visit, id: string): Html {
  const words = visit.words(rightsWords).restrictions;
  const reason = reasonField(visit);
  const at = `/restrictions/${id}`;
  const reviewing = { action: `${at}/review`, submit: words.review, fields: [...dates(visit), reason] };
  const lifting = { action: `${at}/lift`, submit: words.lift, fields: [reason] };
  return html`${foldedForm(visit, words.review, null, reviewing)}${foldedForm(visit, words.lift, null, lifting)}`;
}

function dates(visit: Visit): readonly Field[] {
  const { reviewBy, until } = visit.words(rightsWords).restrictions;
  return [
    { kind: "date", name: "reviewBy", label: reviewBy },
    { kind: "date", name: "until", label: until, need: "optional" },
  ];
}

function orderForm(visit: Visit): Html {
  const { permissions, restrictions: words } = visit.words(rightsWords);
  return foldedForm(visit, words.order, null, {
    action: "/restrictions",
    submit: words.order,
    fields: [
      { kind: "text", name: "provision", label: words.provision },
      { kind: "text", name: "reference", label: words.reference },
      { kind: "choice", name: "ground", label: words.ground, options: Object.entries(words.grounds) },
      { kind: "text", name: "consumer", label: permissions.consumer },
      { kind: "text", name: "service", label: permissions.service },
      { kind: "text", name: "purpose", label: words.purpose },
      {
        kind: "area",
        name: "exchanges",
        rows: 3,
        label: words.exchanges,
        hint: words.exchangesHint,
        need: "optional",
      },
      ...dates(visit),
      reasonField(visit),
    ],
  });
}

/** Days as the API takes times. */
function timesIn(visit: Visit): object {
  const { reviewBy, until } = visit.fields("reviewBy", "until");
  return {
    ...(reviewBy !== undefined && { reviewBy: dayInUtc(reviewBy, 0) }),
    ...(until !== undefined && { until: dayInUtc(until, 1) }),
  };
}

async function order(visit: Visit): Promise<PageAnswer> {
  const { exchanges, ...said } = visit.fields(
    ...([
      "provision",
      "reference",
      "ground",
      "consumer",
      "service",
      "purpose",
      "exchanges",
      "reason",
    ] as const),
  );
  const listed = exchanges === undefined ? {} : { exchanges: exchanges.split(/\s+/) };
  await visit.ask(orderRestriction, { body: { ...said, ...listed, ...timesIn(visit) } });
  return redirect("/restrictions", "ordered");
}

async function review(visit: Visit): Promise<PageAnswer> {
  const params = { restriction: visit.parameter("restriction") };
  await visit.ask(reviewRestriction, { params, body: { ...visit.fields("reason"), ...timesIn(visit) } });
  return redirect("/restrictions", "ordered");
}

async function lift(visit: Visit): Promise<PageAnswer> {
  const params = { restriction: visit.parameter("restriction") };
  await visit.ask(liftRestriction, { params, body: visit.fields("reason") });
  return redirect("/restrictions", "ended");
}
