import { randomUUID } from "node:crypto";
import type { SearchQuery } from "../../messagelog/search/search-query.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import type { Random } from "../random.ts";
import { consumerOf, rareCode, rareConsumer, serviceOf } from "./log-bench-traffic.ts";

/** What queries are made of: the times that the log spans, and rows that are there. */
export interface QueryGround {
  readonly random: Random;
  readonly since: number;
  readonly until: number;
  readonly samples: readonly SearchRow[];
}

type MakeQuery = (ground: QueryGround) => SearchQuery;

const day = 24 * 60 * 60 * 1000;
const busy: MakeQuery = ({ random }) => ({ consumer: consumerOf(random.below(4)) });

export type BenchQuery = readonly [title: string, make: MakeQuery];

/** Each kind of question that is timed and that the index alone answers. */
export const indexQueries: readonly BenchQuery[] = [
  ["the newest", () => ({})],
  ["exchange id", (ground) => ({ exchangeId: sample(ground).exchangeId })],
  ["query id", (ground) => ({ queryId: sample(ground).queryId ?? "none" })],
  ["query id that never was", () => ({ queryId: randomUUID() })],
  [
    "permission",
    (ground) => ({ permission: sample(ground, ({ permission }) => permission !== null).permission! }),
  ],
  ["person", (ground) => ({ tags: tagsOf(sample(ground, ({ tags }) => tags.length > 0)) })],
  ["person that never was", () => ({ tags: [{ tag: "AAAAAAAAAAAAAAAAAAAAAA", ...always }] })],
  ["busy consumer", busy],
  ["rare consumer", () => ({ consumer: rareConsumer })],
  ["a member's subsystems", () => ({ consumer: "BENCH/GOV/10000050" })],
  ["provider", ({ random }) => ({ provider: `BENCH/GOV/${20_000_000 + random.below(37)}` })],
  ["service", ({ random }) => ({ service: serviceOf(random.below(300)) })],
  ["purpose", ({ random }) => ({ purpose: `purpose-${random.below(60)}` })],
  ["agreement", ({ random }) => ({ agreement: `agreement-${random.below(200)}` })],
  ["refused", () => ({ outcome: "refused" })],
  ["rare code", () => ({ code: rareCode })],
  ["slower than 25 s", () => ({ atLeast: 25_000 })],
  ["a day in between", (ground) => window(ground, day)],
  ["consumer in an hour", (ground) => ({ ...busy(ground), ...window(ground, day / 24) })],
  ["consumer, service and refused", ({ random }) => rarePair(random, "refused")],
  ["rare consumer with rare code", () => ({ consumer: rareConsumer, code: rareCode })],
  ["two that never meet", () => ({ verdict: "permit", outcome: "refused" })],
];

/** For which heads of the log are read and opened. */
export const statusQueries: readonly BenchQuery[] = [
  ["status 200", () => ({ status: "200" })],
  ["status 4xx", () => ({ status: "4xx" })],
  ["status that never was", () => ({ status: "418" })],
];

const always = { since: 0, until: Number.MAX_SAFE_INTEGER };

function sample(
  { random, samples }: QueryGround,
  isFit: (row: SearchRow) => boolean = () => true,
): SearchRow {
  const fit = samples.filter(isFit);
  return fit[random.below(fit.length)]!;
}

function tagsOf({ tags }: SearchRow): SearchQuery["tags"] {
  return tags.map((tag) => ({ tag, ...always }));
}

function window({ random, since, until }: QueryGround, length: number): SearchQuery {
  const start = since + random.below(Math.max(1, until - since - length));
  return { since: start, until: start + length };
}

function rarePair(random: Random, outcome: "refused"): SearchQuery {
  return {
    consumer: consumerOf(300 + random.below(100)),
    service: serviceOf(200 + random.below(100)),
    outcome,
  };
}
