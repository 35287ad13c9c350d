import type { Field, Option } from "../form.ts";
import { inUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { exchangesWords } from "./words.ts";

/** What a search is narrowed down by, as `GET /exchanges` takes it. */
export const filterNames = [
  ...(["exchangeId", "consumer", "provider", "service", "purpose", "agreement", "code"] as const),
  ...(["since", "until", "role", "outcome", "verdict", "slower", "faster"] as const),
] as const;

type Filters = Partial<Record<(typeof filterNames)[number], string>>;

/** Fields of the same names. @param texts of which names; all unless told */
export function filterFields(visit: Visit): readonly Field[] {
  const words = visit.words(exchangesWords);
  const { consumerHint } = words.search;
  const text = (name: (typeof filterNames)[number] & keyof typeof words.search, hint?: string): Field => ({
    ...{ kind: "text", name, label: words.search[name], need: "optional" },
    ...(hint !== undefined && { hint }),
  });
  const time = (name: "since" | "until"): Field => ({
    ...{ kind: "datetime-local", name, label: words.search[name], need: "optional" },
  });
  const choice = (name: "role" | "outcome" | "verdict", texts: Readonly<Record<string, string>>): Field => ({
    ...{ kind: "choice", name, label: words.search[name], need: "optional" },
    options: [["", words.search.any], ...Object.entries(texts)] satisfies readonly Option[],
  });
  return [
    ...[time("since"), time("until"), text("consumer", consumerHint), text("provider"), text("service")],
    ...[text("purpose"), text("agreement"), text("code"), text("exchangeId")],
    choice("role", words.roles),
    choice("outcome", words.outcomes),
    choice("verdict", words.verdicts),
    { kind: "number", name: "slower", label: words.search.slower, need: "optional" },
    { kind: "number", name: "faster", label: words.search.faster, need: "optional" },
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
