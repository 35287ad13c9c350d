import type { Field, Option } from "../form.ts";
import { inUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { exchangesWords } from "./words.ts";

/** What a search is narrowed down by, as `GET /exchanges` takes it. */
export const filterNames = [
  ...(["exchangeId", "consumer", "provider", "service", "purpose", "agreement", "code"] as const),
  ...(["since", "until", "role", "outcome", "verdict", "slower", "faster"] as const),
] as const;

const texts = ["provider", "service", "purpose", "agreement", "code", "exchangeId"] as const;

type Filters = Partial<Record<(typeof filterNames)[number], string>>;

/** Fields of the same names; with what a form said that was sent. */
export function filterFields(visit: Visit): readonly Field[] {
  const words = visit.words(exchangesWords);
  const usual = <Name extends (typeof filterNames)[number] & keyof typeof words.search>(name: Name) =>
    ({ name, label: words.search[name], value: visit.field(name), need: "optional" }) as const;
  const choice = (name: "role" | "outcome" | "verdict", texts: Readonly<Record<string, string>>): Field => ({
    ...{ kind: "choice", ...usual(name) },
    options: [["", words.search.any], ...Object.entries(texts)] satisfies readonly Option[],
  });
  return [
    { kind: "datetime-local", ...usual("since") },
    { kind: "datetime-local", ...usual("until") },
    { kind: "text", ...usual("consumer"), hint: words.search.consumerHint },
    ...texts.map((name): Field => ({ kind: "text", ...usual(name) })),
    choice("role", words.roles),
    choice("outcome", words.outcomes),
    choice("verdict", words.verdicts),
    { kind: "number", ...usual("slower") },
    { kind: "number", ...usual("faster") },
  ];
}

/** As the API takes them: a browser gives times to the minute, in UTC as the label says. */
export function filtersOf(given: Filters): Filters {
  const { since, until, ...same } = given;
  return {
    ...same,
    ...(since !== undefined && { since: inUtc(since) }),
    ...(until !== undefined && { until: inUtc(until) }),
  };
}
