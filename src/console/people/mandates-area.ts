import { type Child, type Html, html } from "../../web/html.ts";
import { form, type Option, reasonField } from "../form.ts";
import { type Area, type Content, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import { inUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { peopleWords } from "./words.ts";

const listMandates = routeOf("GET /mandates");
const listAuditors = routeOf("GET /auditors");
const orderMandate = routeOf("POST /mandates");
const confirmMandate = routeOf("POST /mandates/:mandate/confirmation");
const endMandate = routeOf("DELETE /mandates/:mandate");

interface ShownMandate {
  readonly id: string;
  readonly auditor: string;
  readonly member: string;
  readonly order: string;
  readonly from: string;
  readonly to: string;
  readonly orderedBy: string;
  readonly confirmedBy: string | null;
  readonly ended: boolean;
  readonly inForce: boolean;
}

/** Newest mandates that a page shows. */
const mostShown = 200;

interface Mandates {
  readonly mandates: readonly ShownMandate[];
  readonly names: Readonly<Record<string, string>>;
}

interface Auditors {
  readonly auditors: readonly { readonly id: string; readonly name: string; readonly member: string }[];
}

export const mandatesArea: Area = {
  path: "/mandates",
  title: (visit) => visit.words(peopleWords).mandates.title,
  needs: [listMandates],
  pages: [
    { method: "GET", path: "/mandates", run: mandatesPage },
    {
      ...{ method: "POST", path: "/mandates", again: mandatesPage },
      run: async (visit) => {
        // One choice says both: whoever is auditor of a member is so of that member.
        const [auditor = "", ...member] = visit.field("auditor").split(" ");
        const body = {
          ...{ auditor, member: member.join(" "), ...visit.fields("order", "reason") },
          ...{ from: inUtc(visit.field("from")), to: inUtc(visit.field("to")) },
        };
        await visit.ask(orderMandate, { body });
        return redirect("/mandates", "made");
      },
    },
    {
      ...{ method: "POST", path: "/mandates/:mandate/confirmation", again: mandatesPage },
      run: async (visit) => {
        await visit.ask(confirmMandate, { params: mandateOf(visit), body: visit.fields("reason") });
        return redirect("/mandates", "changed");
      },
    },
    {
      ...{ method: "POST", path: "/mandates/:mandate/end", again: mandatesPage },
      run: async (visit) => {
        await visit.ask(endMandate, { params: mandateOf(visit) });
        return redirect("/mandates", "ended");
      },
    },
  ],
};

function mandateOf(visit: Visit) {
  return { mandate: visit.parameter("mandate") };
}

async function mandatesPage(visit: Visit): Promise<Content> {
  const words = visit.words(peopleWords).mandates;
  const { mandates, names } = (await visit.ask<Mandates>(listMandates)).body;
  const heads = [
    ...[words.auditor, words.member, words.order, words.from, words.to],
    ...[words.orderedBy, words.confirmedBy, words.state, words.acts],
  ];
  const name = (id: string | null) => (id === null ? "" : (names[id] ?? id));
  const rows = mandates
    .toReversed()
    .slice(0, mostShown)
    .map((one): Child[] => [
      ...[name(one.auditor), one.member, one.order, moment(one.from), moment(one.to)],
      ...[name(one.orderedBy), name(one.confirmedBy)],
      html`<span class="mark ${one.inForce ? "good" : "quiet"}">${words.states[stateOf(visit, one)]}</span>`,
      acts(visit, one),
    ]);
  return page(
    words.title,
    html`<p>${words.introduction}</p>
${table(visit, words.list, heads, rows)}
${visit.may(orderMandate) ? await orderForm(visit) : null}`,
  );
}

function stateOf(visit: Visit, { ended, confirmedBy, inForce, from, to }: ShownMandate) {
  const now = visit.services.admin.clock.now();
  if (ended) return "ended";
  if (inForce) return "inForce";
  if (now >= Date.parse(to)) return "over";
  if (confirmedBy === null) return "waiting";
  return now < Date.parse(from) ? "coming" : "over";
}

function acts(visit: Visit, mandate: ShownMandate): Html | null {
  const words = visit.words(peopleWords).mandates;
  const state = stateOf(visit, mandate);
  if (!visit.may(endMandate) || state === "ended" || state === "over") return null;
  const confirm = form(visit, {
    ...{ action: `/mandates/${mandate.id}/confirmation`, submit: words.confirm },
    fields: [reasonField(visit)],
  });
  const end = form(visit, { action: `/mandates/${mandate.id}/end`, submit: words.end, fields: [] });
  const self = visit.caller?.user.id;
  const mayConfirm = state === "waiting" && mandate.orderedBy !== self && mandate.auditor !== self;
  return html`${mayConfirm ? confirm : null}${end}`;
}

async function orderForm(visit: Visit): Promise<Html> {
  const words = visit.words(peopleWords).mandates;
  const { auditors } = (await visit.ask<Auditors>(listAuditors)).body;
  if (auditors.length === 0) return html`<h2>${words.make}</h2><p>${words.noAuditor}</p>`;
  const options = auditors.map(({ id, name, member }): Option => [`${id} ${member}`, `${name}: ${member}`]);
  const shown = form(visit, {
    action: "/mandates",
    submit: words.make,
    fields: [
      { kind: "choice", name: "auditor", label: words.auditor, options },
      { kind: "text", name: "order", label: words.order, hint: words.orderHint },
      { kind: "datetime-local", name: "from", label: words.from },
      { kind: "datetime-local", name: "to", label: words.to },
      reasonField(visit),
    ],
  });
  return html`<h2>${words.make}</h2>${shown}`;
}
