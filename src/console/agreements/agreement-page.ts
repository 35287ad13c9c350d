import { type Child, type Html, html, plainJson } from "../../web/html.ts";
import { withQuery } from "../link.ts";
import { type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions, moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { fill, named } from "../words/word-book.ts";
import { actsOf } from "./acts-table.ts";
import { possibleActs } from "./possible-acts.ts";
import type { MadeAgreement, Side, ToldAgreement } from "./told-agreement.ts";
import { agreementsWords } from "./words.ts";

const showAgreement = routeOf("GET /agreement");

/** All that is known of an agreement; printed, it is the document. */
export async function agreementPage(visit: Visit): Promise<Content> {
  const told = await agreementIn(visit);
  const words = visit.words(agreementsWords).one;
  const { listed, shown } = told;
  return page(
    fill(words.title, { id: listed.id }),
    html`<h2>${words.standing}</h2>
${standing(visit, told)}
${shown === null ? html`<p>${words.fileOnly}</p>` : html`${possibleActs(visit, told, shown)}${document(visit, shown)}`}`,
  );
}

/** The one that the query or the form names. */
export async function agreementIn(visit: Visit): Promise<ToldAgreement> {
  const query = visit.method === "POST" ? visit.fields("agreement") : visit.asked("agreement");
  return (await visit.ask<ToldAgreement>(showAgreement, { query })).body;
}

function standing(visit: Visit, { listed, shown, sides }: ToldAgreement): Html {
  const { list, one: words, sides: names, states } = visit.words(agreementsWords);
  const validity = fill(words.validFor, { from: listed.from, to: listed.to });
  const service = html`<a href="${withQuery("/catalogue/service", { service: listed.service })}">${listed.service}</a>`;
  const pairs: (readonly [string, Child])[] = [
    [list.state, named(states, listed.state)],
    [list.consumer, listed.consumer],
    [list.service, service],
    [words.yours, sides.map((side) => named(names, side)).join(", ")],
    [words.source, words.sources[listed.source]],
    [words.validity, validity],
  ];
  if (shown !== null) pairs.push(...standingByActs(visit, shown));
  return definitions(pairs);
}

function standingByActs(visit: Visit, shown: MadeAgreement): (readonly [string, Child])[] {
  const { one: words, sides: names } = visit.words(agreementsWords);
  const { proposal, revision, suspended } = shown;
  const flag = (side: Side): readonly [string, Child] => {
    const { reason, since } = suspended[side] ?? {};
    const time = since === undefined ? "" : new Date(since).toISOString();
    const said = suspended[side] === null ? words.notSuspended : fill(words.since, { time, reason: reason! });
    return [fill(words.suspension, { side: names[side] }), said];
  };
  const law = proposal?.byLaw;
  const deadline = proposal?.deadline ?? null;
  const ordered =
    deadline === null
      ? fill(words.orderedLater, { provision: law?.provision ?? "" })
      : fill(words.ordered, { provision: law?.provision ?? "", time: new Date(deadline).toISOString() });
  return [
    [words.revision, revision ?? words.none],
    flag("consumer"),
    flag("provider"),
    ...(proposal === null
      ? []
      : [
          [
            words.proposal,
            fill(words.proposedBy, { revision: proposal.revision, side: named(names, proposal.by) }),
          ] as const,
        ]),
    ...(law == null ? [] : [[words.byLaw, ordered] as const]),
  ];
}

function document(visit: Visit, shown: MadeAgreement): Html {
  const words = visit.words(agreementsWords).one;
  const { conditions, proposal, terms, termsDigest } = shown;
  const usual = visit.words(layoutWords);
  const heads = [words.condition, words.kind, words.met];
  const rows = conditions.map(({ attribute, kind, met, until }): Child[] => {
    return [attribute, kind, html`${met ? usual.yes : usual.no} ${until === null ? null : moment(until)}`];
  });
  return html`${rows.length === 0 ? null : html`<h2>${words.conditions}</h2>${table(visit, words.conditions, heads, rows)}`}
${terms === null ? null : termsPart(words.terms, fill(words.digest, { digest: termsDigest ?? "" }), terms)}
${proposal === null ? null : termsPart(words.proposedTerms, fill(words.digest, { digest: proposal.termsDigest }), proposal.terms)}
${actsOf(visit, shown)}
<p><small>${words.printed}</small></p>`;
}

function termsPart(title: string, digest: string, terms: unknown): Html {
  return html`<h2>${title}</h2><p><code>${digest}</code></p><pre>${plainJson(JSON.stringify(terms, undefined, 2))}</pre>`;
}
