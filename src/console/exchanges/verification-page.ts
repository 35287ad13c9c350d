import type { ToldVerdict } from "../../admin/exchange-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { type PageRoute, page } from "../page-route.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { verify, verifyForm } from "./act-forms.ts";
import { exchangeAddress } from "./exchange-list.ts";
import { accountIn, exchangeIn, exchangePage } from "./exchange-pages.ts";
import { type OtherStamp, timeline } from "./timeline.ts";
import { exchangesWords } from "./words.ts";

type Finding = ToldVerdict["findings"][number];

export const verificationPage: PageRoute = {
  ...{ method: "POST", path: "/exchanges/:exchange/verification", again: exchangePage },
  run: async (visit) => {
    const params = exchangeIn(visit);
    const body = visit.fields("client", "sides", "reason");
    const told = (await visit.ask<ToldVerdict>(verify, { params, body })).body;
    const { verdict, findings } = told;
    const words = visit.words(exchangesWords).verify;
    return page(
      words.title,
      html`<p><span class="mark ${verdict === "valid" ? "good" : "bad"}">${words.verdicts[verdict]}</span> ${countsOf(visit, findings)}</p>
<p><a href="${exchangeAddress(params.exchange, body.client)}">${words.back}</a></p>
${await joinedTimeline(visit, told)}
${findingTables(visit, findings)}
${verifyForm(visit, params)}`,
    );
  },
};

function countsOf(visit: Visit, findings: readonly Finding[]): string {
  const count = (wanted: string) => findings.filter(({ severity }) => severity === wanted).length;
  return fill(visit.words(exchangesWords).verify.counts, {
    ...{ good: count("ok"), notes: count("info"), warnings: count("warning"), failures: count("failure") },
  });
}

/** What happened on both sides: the other one's times are told where all of its evidence fits ours. */
async function joinedTimeline(visit: Visit, { findings, verdict }: ToldVerdict): Promise<Html | null> {
  if (verdict !== "valid" || visit.field("sides") !== "both") return null;
  const account = await accountIn(visit);
  const others = findings.flatMap(({ code, detail, place }): OtherStamp[] => {
    const [side, message = ""] = place.split("/");
    return code === "time-proven" && side === "second" && detail !== undefined
      ? [{ time: detail, message }]
      : [];
  });
  // Where this server shows both sides, the other one's times stand there already.
  return timeline(visit, account, account.sides.length > 1 ? [] : others);
}

const tones: Readonly<Record<string, string>> = {
  ok: "good",
  info: "quiet",
  warning: "warn",
  failure: "bad",
};
const worstFirst = ["failure", "warning", "info"];

/** What is to be looked at stands first; what is good is there to be opened. */
function findingTables(visit: Visit, findings: readonly Finding[]): Html {
  const words = visit.words(exchangesWords).verify;
  const good = findings.filter(({ severity }) => severity === "ok");
  const others = findings
    .filter(({ severity }) => severity !== "ok")
    .toSorted((a, b) => worstFirst.indexOf(a.severity) - worstFirst.indexOf(b.severity));
  return html`${findingTable(visit, words.findings, others)}
<details><summary>${words.good} (${good.length})</summary>
${findingTable(visit, words.good, good)}</details>`;
}

function findingTable(visit: Visit, caption: string, findings: readonly Finding[]): Html {
  const words = visit.words(exchangesWords).verify;
  const rows = findings.map(({ code, consequence, detail, place, severity }) => [
    html`<span class="mark ${tones[severity] ?? "quiet"}">${named(words.severities, severity)}</span> <code>${code}</code>`,
    place,
    detail,
    html`<span lang="en">${consequence}</span>`,
  ]);
  return table(visit, caption, [words.finding, words.place, words.detail, words.consequence], rows);
}
