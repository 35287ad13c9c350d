import type { UsedAgreements } from "../../admin/agreement-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { searchForm } from "../form.ts";
import { type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { agreementAddress } from "./list-page.ts";
import { agreementsWords } from "./words.ts";

const countUse = routeOf("GET /agreement-use");

type Used = UsedAgreements["agreements"][number];

/** What agreements were used for in a period; counted once somebody asks, since it is recorded. */
export async function usePage(visit: Visit): Promise<Content> {
  visit.checkMay(countUse);
  const words = visit.words(agreementsWords).use;
  const counted = visit.query.has("count") ? await countedUses(visit) : null;
  return page(
    words.title,
    html`<p>${words.about}</p>
${searchForm(visit, {
  action: "/agreements/use",
  submit: words.count,
  fields: [
    { kind: "hidden", name: "count", value: "1" },
    { kind: "date", name: "since", label: words.since, need: "optional" },
    { kind: "date", name: "until", label: words.until, need: "optional" },
    {
      ...{ kind: "choice", name: "show", label: words.shown },
      options: [
        ["all", words.all],
        ["unused", words.unused],
      ],
    },
  ],
})}
${counted}`,
  );
}

async function countedUses(visit: Visit): Promise<Html> {
  const { list, sides, use: words } = visit.words(agreementsWords);
  const { since, until } = visit.asked("since", "until");
  const query = {
    ...(since !== undefined && { since: dayInUtc(since, 0) }),
    ...(until !== undefined && { until: dayInUtc(until, 1) }),
  };
  const { agreements, logBegins } = (await visit.ask<UsedAgreements>(countUse, { query })).body;
  const isShown = ({ exchanges }: Used) => visit.query.get("show") !== "unused" || exchanges === 0;
  const rows = agreements
    .filter(isShown)
    .map((one) => [
      html`<a href="${agreementAddress(one.agreement)}">${one.agreement}</a>`,
      one.consumer,
      one.service,
      named(sides, one.role),
      one.exchanges,
      one.answered,
      one.lastUse === null ? null : moment(one.lastUse),
      verdictOn(visit, one),
    ]);
  const heads = [list.id, list.consumer, list.service, words.role, words.exchanges, words.answered];
  const begins =
    logBegins === null ? words.empty : fill(words.begins, { time: new Date(logBegins).toISOString() });
  return html`<p>${begins}</p>${table(visit, words.caption, [...heads, words.last, words.verdict], rows)}`;
}

function verdictOn(visit: Visit, { exchanges, knownSince, neverUsed }: Used): string {
  const words = visit.words(agreementsWords).use;
  if (exchanges === null || knownSince === null) return words.unknown;
  if (exchanges > 0) return words.used;
  return neverUsed === true
    ? words.never
    : fill(words.notSince, { time: new Date(knownSince).toISOString() });
}
