import { type Child, type Html, html } from "../../web/html.ts";
import { type Area, type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions, moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { membersWords } from "./words.ts";

export const readHealth = routeOf("GET /health");

/** What the server tells of itself at its health interface, as far as pages show it. */
export interface ShownHealth {
  readonly status: "ok" | "degraded" | "unable";
  readonly server: string;
  readonly demonstration: boolean;
  readonly configurationVersion: number | null;
  readonly timestampLagMs: number | null;
  readonly exchangesRunning: number;
  readonly alarms: readonly {
    readonly code: string;
    readonly severity: "warning" | "critical";
    readonly about?: string;
    readonly detail: string;
    readonly remedy: string;
    readonly since: number;
  }[];
  readonly services: readonly {
    readonly service: string;
    readonly state: string;
    readonly running: number;
    readonly concurrency: number;
    readonly lastSuccess: number | null;
    readonly lastFailure: number | null;
    readonly lastFailureCode: string | null;
    readonly brokenAnswers: { readonly delivered: number; readonly refused: number };
  }[];
  readonly seals: readonly {
    readonly member: string;
    readonly class: string;
    readonly expires: string | number;
  }[];
  readonly checkpoint: { readonly size: number; readonly cosignedSize: number } | null;
  readonly clock?: { readonly offset?: number | null };
}

export const healthArea: Area = {
  path: "/health-report",
  title: (visit) => visit.words(membersWords).health.title,
  needs: [readHealth],
  pages: [{ method: "GET", path: "/health-report", run: healthPage }],
};

async function healthPage(visit: Visit): Promise<Content> {
  const words = visit.words(membersWords).health;
  const health = (await visit.ask<ShownHealth>(readHealth)).body;
  return page(
    words.title,
    html`${statusLine(visit, health)}
<h2>${words.alarms}</h2>${alarmTable(visit, health)}
<h2>${words.figures}</h2>${figures(visit, health)}
<h2>${words.services}</h2>${serviceTable(visit, health)}
<h2>${words.seals}</h2>${sealTable(visit, health)}`,
  );
}

/** Whether all is well, in one line. */
export function statusLine(visit: Visit, { status }: ShownHealth): Html {
  const words = visit.words(membersWords).health;
  const tone = { ok: "good", degraded: "warn", unable: "bad" }[status];
  return html`<p>${words.status}: <strong class="mark ${tone}">${words.statuses[status]}</strong></p>`;
}

export function alarmTable(visit: Visit, { alarms }: ShownHealth): Html {
  const words = visit.words(membersWords).health;
  if (alarms.length === 0) return html`<p>${words.none}</p>`;
  const rows = alarms.map(({ about, code, detail, remedy, severity, since }): Child[] => [
    html`<span class="mark ${severity === "critical" ? "bad" : "warn"}">${words.severities[severity]}</span>`,
    html`<span lang="en"><code>${code}</code> ${about}<br>${detail}</span>`,
    html`<span lang="en">${remedy}</span>`,
    moment(since),
  ]);
  return table(visit, words.alarms, [words.severity, words.what, words.remedy, words.since], rows);
}

/** How far behind, how busy, how far from the right time. */
export function figures(visit: Visit, health: ShownHealth): Html {
  const words = visit.words(membersWords).health;
  const seconds = (milliseconds: number | null | undefined) =>
    milliseconds == null ? "–" : fill(words.seconds, { count: Math.round(milliseconds / 100) / 10 });
  const { checkpoint } = health;
  return definitions([
    [words.version, health.configurationVersion ?? "–"],
    [words.lag, seconds(health.timestampLagMs)],
    [words.running, health.exchangesRunning],
    [words.clock, seconds(health.clock?.offset)],
    [
      words.cosigned,
      checkpoint === null
        ? "–"
        : fill(words.ofBatches, { some: checkpoint.cosignedSize, all: checkpoint.size }),
    ],
  ]);
}

function serviceTable(visit: Visit, { services }: ShownHealth): Html {
  const words = visit.words(membersWords).health;
  const tones: Readonly<Record<string, string>> = { ok: "good", failing: "bad", out: "bad" };
  const rows = services.map((one): Child[] => [
    one.service,
    html`<span class="mark ${tones[one.state] ?? "quiet"}">${named(words.states, one.state)}</span>`,
    `${one.running} / ${one.concurrency}`,
    one.lastSuccess === null ? null : moment(one.lastSuccess),
    one.lastFailure === null ? null : html`${moment(one.lastFailure)} <code>${one.lastFailureCode}</code>`,
    one.brokenAnswers.delivered + one.brokenAnswers.refused,
  ]);
  const heads = [words.service, words.state, words.calls, words.lastSuccess, words.lastFailure, words.broken];
  return table(visit, words.services, heads, rows);
}

function sealTable(visit: Visit, { seals }: ShownHealth): Html {
  const words = visit.words(membersWords);
  const rows = seals.map((seal): Child[] => [seal.member, seal.class, moment(seal.expires)]);
  return table(
    visit,
    words.health.seals,
    [words.health.member, words.members.class, words.health.expires],
    rows,
  );
}
