import { timeText } from "./result.ts";
import type { SearchQuery } from "./search-query.ts";

type Words = (value: never) => readonly string[];

/** Members of a query that do not stand as they are. */
const words: Partial<Record<keyof SearchQuery, Words>> = {
  since: (time: number) => [`since=${timeText(time)}`],
  until: (time: number) => [`until=${timeText(time)}`],
  tags: (tags: NonNullable<SearchQuery["tags"]>) => [
    "subject",
    ...tags.map(({ tag }) => `subject-tag=${tag}`),
  ],
};

/** What was asked, for the record of the read: a person stands there as the tags by which he was sought. */
export function describeQuery(query: SearchQuery): string[] {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return ["everything"];
  return given.flatMap(([name, value]) => {
    const say = words[name as keyof SearchQuery] as ((value: unknown) => readonly string[]) | undefined;
    return say?.(value) ?? [`${name}=${value}`];
  });
}
