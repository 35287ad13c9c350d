import type { ListedHold } from "../../admin/hold-desk.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { type Field, form, type Option, reasonField } from "../form.ts";
import { type Area, type Content, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { named } from "../words/word-book.ts";
import { holdsWords } from "./holds-words.ts";
import { type Proposals, proposalList } from "./proposal-list.ts";

const listHolds = routeOf("GET /holds");
const listProposals = routeOf("GET /proposals");
const proposeHold = routeOf("POST /holds");
const proposeLift = routeOf("POST /holds/:hold/lift");
const confirm = routeOf("POST /proposals/:proposal/confirmation");
const drop = routeOf("DELETE /proposals/:proposal");

export const holdsPath = "/holds";

/** Legal holds, and what of them waits for a second person. */
export const holdsArea: Area = {
  path: holdsPath,
  title: (visit) => visit.words(holdsWords).title,
  needs: [listHolds],
  pages: [
    { method: "GET", path: holdsPath, run: holdsPage },
    {
      ...{ method: "POST", path: holdsPath, again: holdsPage },
      run: async (visit) => {
        await visit.ask(proposeHold, { body: wanted(visit) });
        return redirect(holdsPath, "ordered");
      },
    },
    {
      ...{ method: "POST", path: `${holdsPath}/lift`, again: holdsPage },
      run: async (visit) => {
        const params = { hold: visit.field("hold") };
        await visit.ask(proposeLift, { params, body: visit.fields("reason") });
        return redirect(holdsPath, "ordered");
      },
    },
    {
      ...{ method: "POST", path: `${holdsPath}/confirmation`, again: holdsPage },
      run: async (visit) => {
        const params = { proposal: visit.field("proposal") };
        await visit.ask(confirm, { params, body: { ...visit.fields("reason"), ...personIn(visit) } });
        return redirect(holdsPath, "changed");
      },
    },
    {
      ...{ method: "POST", path: `${holdsPath}/drop`, again: holdsPage },
      run: async (visit) => {
        await visit.ask(drop, { params: { proposal: visit.field("proposal") } });
        return redirect(holdsPath, "ended");
      },
    },
  ],
};

async function holdsPage(visit: Visit): Promise<Content> {
  const words = visit.words(holdsWords);
  const { holds } = (await visit.ask<{ readonly holds: readonly ListedHold[] }>(listHolds)).body;
  const proposals = (await visit.ask<Proposals>(listProposals)).body;
  const self = visit.caller?.user.id;
  const waiting = proposals.proposals.filter(({ state }) => state === "waiting");
  // Whoever confirmed what then failed has it done again.
  const failed = proposals.proposals.filter(({ state }) => state === "confirmed");
  const toConfirm = [
    ...waiting.filter(({ proposedBy }) => proposedBy !== self),
    ...failed.filter(({ confirmedBy }) => confirmedBy === self),
  ];
  const open = [...waiting, ...failed];
  const lifted = holds.filter(({ state }) => state !== "lifted");
  return page(
    words.title,
    html`<p>${words.introduction}</p>
${holdList(visit, holds)}
${proposalList(visit, proposals)}
${toConfirm.length > 0 && visit.may(confirm) ? confirming(visit, toConfirm) : null}
${open.length > 0 && visit.may(drop) ? dropping(visit, open) : null}
${visit.may(proposeHold) ? proposing(visit) : null}
${lifted.length > 0 && visit.may(proposeLift) ? lifting(visit, lifted) : null}`,
  );
}

function holdList(visit: Visit, holds: readonly ListedHold[]): Html {
  const words = visit.words(holdsWords);
  const rows = holds.map((one): readonly Child[] => [
    one.case,
    named(words.states, one.state),
    one.authority,
    named(words.scopes, one.scope),
    one.records,
    moment(one.placed),
    one.review.slice(0, 10),
    one.by.join(", "),
    html`<small>${one.hold}</small>`,
  ]);
  const heads = [
    ...[words.case, words.state, words.authority, words.scope, words.records],
    ...[words.placed, words.review, words.by, words.hold],
  ];
  return table(visit, words.list, heads, rows);
}

function confirming(visit: Visit, all: Proposals["proposals"]): Html {
  const words = visit.words(holdsWords);
  const fields = [which(visit, all), ...personFields(visit, words.personHint), reasonField(visit)];
  return html`<h2>${words.confirm}</h2>
${form(visit, { action: `${holdsPath}/confirmation`, submit: words.confirm, fields })}`;
}

function dropping(visit: Visit, all: Proposals["proposals"]): Html {
  const { drop: title } = visit.words(holdsWords);
  const fields = [which(visit, all)];
  return html`<h2>${title}</h2>${form(visit, { action: `${holdsPath}/drop`, submit: title, fields })}`;
}

function which(visit: Visit, all: Proposals["proposals"]): Field {
  const words = visit.words(holdsWords);
  const options = all.map(({ id, act }): Option => [id, `${named(words.acts, act)} ${id}`]);
  return { kind: "choice", name: "proposal", label: words.which, options };
}

function lifting(visit: Visit, holds: readonly ListedHold[]): Html {
  const words = visit.words(holdsWords);
  const options = holds.map(({ hold, case: of }): Option => [hold, `${of} (${hold})`]);
  const which: Field = { kind: "choice", name: "hold", label: words.hold, options };
  return html`<h2>${words.lift}</h2>
${form(visit, { action: `${holdsPath}/lift`, submit: words.lift, fields: [which, reasonField(visit)] })}`;
}

/** A pair or a person; an exchange is held on its own page. */
function proposing(visit: Visit): Html {
  const words = visit.words(holdsWords);
  const optional = { need: "optional" } as const;
  const fields: readonly Field[] = [
    { kind: "text", name: "case", label: words.case },
    { kind: "text", name: "authority", label: words.authority },
    { kind: "date", name: "review", label: words.review },
    { kind: "text", name: "consumer", label: words.consumer, ...optional },
    { kind: "text", name: "provider", label: words.provider, ...optional },
    ...personFields(visit, words.personHint),
    { kind: "date", name: "from", label: words.from, ...optional },
    { kind: "date", name: "to", label: words.to, ...optional },
    reasonField(visit),
  ];
  return html`<h2>${words.propose}</h2>
${form(visit, { action: holdsPath, submit: words.propose, fields })}`;
}

function personFields(visit: Visit, hint: string): readonly Field[] {
  const words = visit.words(holdsWords);
  return [
    { kind: "text", name: "scheme", label: words.scheme, hint, need: "optional" },
    { kind: "text", name: "value", label: words.value, need: "optional" },
  ];
}

function wanted(visit: Visit) {
  const { consumer, from, provider, to } = visit.fields("consumer", "provider", "from", "to");
  return {
    ...visit.fields("case", "authority", "reason"),
    review: dayInUtc(visit.field("review"), 0),
    ...(from !== undefined && { from: dayInUtc(from, 0) }),
    ...(to !== undefined && { to: dayInUtc(to, 1) }),
    ...((consumer ?? provider) !== undefined && { pair: { consumer, provider } }),
    ...personIn(visit),
  };
}

function personIn(visit: Visit) {
  const { scheme, value } = visit.fields("scheme", "value");
  return (scheme ?? value) === undefined ? {} : { person: { scheme, value } };
}
