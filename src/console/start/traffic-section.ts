import { type Child, type Html, html } from "../../web/html.ts";
import { withQuery } from "../link.ts";
import { lines, stackedBars } from "../plot.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { startWords } from "./words.ts";

const readTraffic = routeOf("GET /traffic");
const choices = ["1", "6", "24"] as const;

/** As the management API tells it. */
interface ShownTraffic {
  readonly stepMinutes: number;
  readonly points: readonly {
    readonly time: string;
    readonly answered: number;
    readonly refused: number;
    readonly failed: number;
    readonly medianMs: number | null;
    readonly slowMs: number | null;
  }[];
  readonly codes: readonly {
    readonly code: string;
    readonly role: "consumer" | "provider";
    readonly count: number;
  }[];
  readonly peers: readonly {
    readonly server: string;
    readonly answered: number;
    readonly refused: number;
    readonly failed: number;
    readonly last: string;
    readonly lastFailure: string | null;
    readonly lastFailureCode: string | null;
  }[];
}

/** How many exchanges, how fast, why some had no answer, and with whom. */
export async function trafficSection(visit: Visit): Promise<Html> {
  const words = visit.words(startWords).start;
  const asked = visit.query.get("hours");
  const hours = choices.find((one) => one === asked) ?? "24";
  const traffic = (await visit.ask<ShownTraffic>(readTraffic, { query: { hours } })).body;
  const { codes, points, stepMinutes: count } = traffic;
  const shared = {
    times: points.map(({ time }) => time.slice(11, 16)),
    ...{ timeLabel: words.time, asTable: words.asTable },
  };
  const exchanges = stackedBars(visit, {
    ...{ id: "exchanges", title: fill(words.exchanges, { count }), unit: "", ...shared },
    series: [
      { label: words.answered, tone: "main", values: points.map(({ answered }) => answered) },
      { label: words.refused, tone: "warn", values: points.map(({ refused }) => refused) },
      { label: words.failed, tone: "bad", values: points.map(({ failed }) => failed) },
    ],
  });
  const durations = lines(visit, {
    ...{ id: "durations", title: fill(words.durations, { count }), unit: "ms", ...shared },
    series: [
      { label: words.median, tone: "main", values: points.map(({ medianMs }) => medianMs) },
      { label: words.slow, tone: "warn", values: points.map(({ slowMs }) => slowMs) },
    ],
  });
  const codeRows = codes.slice(0, 20).map(({ code, role, count: of }) => [code, words.roles[role], of]);
  return html`<h2>${words.traffic}</h2><p>${hourLinks(visit, hours)}</p><p>${words.counted}</p>
${exchanges}${durations}
<h3>${words.codes}</h3>${table(visit, words.codes, [words.code, words.role, words.count], codeRows)}
<h3>${words.peers}</h3>${peerTable(visit, traffic)}`;
}

function hourLinks(visit: Visit, chosen: string): Html[] {
  const words = visit.words(startWords).start;
  return choices.map((hours) => {
    const text = hours === "1" ? words.lastHour : fill(words.hours, { count: hours });
    return hours === chosen
      ? html`<strong>${text}</strong> `
      : html`<a href="${withQuery("/", { hours })}">${text}</a> `;
  });
}

function peerTable(visit: Visit, { peers }: ShownTraffic): Html {
  const words = visit.words(startWords).start;
  const heads = [words.server, words.answered, words.refused, words.failed, words.last, words.lastFailure];
  const rows = peers
    .slice(0, 50)
    .map((one): Child[] => [
      ...[one.server, one.answered, one.refused, one.failed, moment(one.last)],
      one.lastFailure === null ? null : html`${moment(one.lastFailure)} <code>${one.lastFailureCode}</code>`,
    ]);
  return table(visit, words.peers, heads, rows);
}
