import type { ExchangeAccount, Opened } from "../../admin/exchange-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { onThisPage } from "../on-this-page.ts";
import { type Content, type PageRoute, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import {
  actForms,
  actPlaces,
  open,
  openingName,
  proposeHold,
  takeEvidence,
  takeOtherSide,
} from "./act-forms.ts";
import { decisionOf } from "./decision.ts";
import { exchangeAddress } from "./exchange-list.ts";
import { holdsPath } from "./holds-area.ts";
import { proofOf } from "./proof.ts";
import { timeline } from "./timeline.ts";
import { whoAndWhy } from "./who-and-why.ts";
import { exchangesWords } from "./words.ts";

const showOne = routeOf("GET /exchanges/:exchange");
const path = "/exchanges/:exchange";

export const exchangePages: readonly PageRoute[] = [
  { method: "GET", path, run: exchangePage },
  {
    ...{ method: "POST", path: `${path}/evidence`, again: exchangePage },
    run: async (visit) => {
      const chosen = visit.fieldAll("open");
      const body = {
        ...visit.fields("client", "heads", "reason"),
        ...(chosen.length > 0 && { open: chosen }),
      };
      return { kind: "file", ...(await visit.ask(takeEvidence, { params: exchangeIn(visit), body })).file! };
    },
  },
  {
    ...{ method: "POST", path: `${path}/other-side`, again: exchangePage },
    run: async (visit) => {
      const given = { params: exchangeIn(visit), body: visit.fields("client", "reason") };
      return { kind: "file", ...(await visit.ask(takeOtherSide, given)).file! };
    },
  },
  { ...{ method: "POST", path: `${path}/openings`, again: exchangePage }, run: openedPage },
  {
    ...{ method: "POST", path: `${path}/hold`, again: exchangePage },
    run: async (visit) => {
      const { exchange } = exchangeIn(visit);
      const review = dayInUtc(visit.field("review"), 0);
      const body = { ...visit.fields("case", "authority", "reason"), review, exchanges: [exchange] };
      await visit.ask(proposeHold, { body });
      return redirect(holdsPath, "ordered");
    },
  },
];

/** One exchange: who, why, what happened, what was decided, and what proves it. */
export async function exchangePage(visit: Visit): Promise<Content> {
  const account = await accountIn(visit);
  const words = visit.words(exchangesWords).one;
  const { consumer, service } = account;
  return page(
    fill(words.title, { id: account.exchange }),
    html`<p><a href="/exchanges">${words.back}</a></p>
<p>${fill(words.summary, { consumer, service: service.id })}</p>
${alsoUsedBy(visit, account)}
${onThisPage(visit, partsOf(visit))}
${whoAndWhy(visit, account)}
${timeline(visit, account)}
${decisionOf(visit, account)}
${proofOf(visit, account)}
${actForms(visit, account)}`,
  );
}

/** Whoever uses an id again does not hide behind the first who did. */
function alsoUsedBy(visit: Visit, account: ExchangeAccount): Html | null {
  const { alsoUsedBy: others, consumer, exchange } = account;
  if (others.length === 0) return null;
  const text = fill(visit.words(exchangesWords).one.alsoUsedBy, { consumer });
  const links = others.map((client) => {
    return html`<br><a href="${exchangeAddress(exchange, client)}">${client}</a>`;
  });
  return html`<p class="notice">${text}${links}</p>`;
}

function partsOf(visit: Visit) {
  const words = visit.words(exchangesWords);
  return [
    ["who", words.one.who],
    ["why", words.one.why],
    ["timeline", words.timeline.title],
    ["decision", words.decision.title],
    ["proof", words.proof.title],
    ...actPlaces(visit),
  ] as const;
}

/** What somebody may see of persons is shown once: no address leads to it again. */
async function openedPage(visit: Visit): Promise<Content> {
  const params = exchangeIn(visit);
  const body = { names: visit.fieldAll("names"), ...visit.fields("client", "reason") };
  const { openings } = (await visit.ask<{ readonly openings: readonly Opened[] }>(open, { params, body }))
    .body;
  const { openings: words, messages, verify } = visit.words(exchangesWords);
  const rows = openings.map(({ message, name, scheme, value }) => [
    openingName(visit, name),
    value,
    scheme,
    message === "request" ? messages.request : messages.response,
  ]);
  const heads = [words.which, words.value, words.scheme, verify.message];
  return page(
    words.title,
    html`${openings.length === 0 ? html`<p>${words.none}</p>` : table(visit, words.opened, heads, rows)}
<p><a href="${exchangeAddress(params.exchange, visit.field("client"))}">${verify.back}</a></p>`,
  );
}

/** The exchange that a page is about, as the caller's members may see it. */
export async function accountIn(visit: Visit): Promise<ExchangeAccount> {
  const query = visit.method === "POST" ? visit.fields("client") : visit.asked("client");
  return (await visit.ask<ExchangeAccount>(showOne, { params: exchangeIn(visit), query })).body;
}

export function exchangeIn(visit: Visit) {
  return { exchange: visit.parameter("exchange") };
}
