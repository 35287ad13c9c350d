const mostRanges = 20;

/**
 * Which of a site's languages a browser prefers (RFC 9110 §12.5.4); the first when it names none of them. Only what stands
 * before the first hyphen of a tag is compared: who reads one Chinese is better served by another one than by English.
 * @param header `Accept-Language`, an attacker's choice
 * @param tags of the site's languages (BCP 47)
 */
export function preferredLanguage<Tag extends string>(
  header: string | undefined,
  tags: readonly [Tag, ...Tag[]],
): Tag {
  const ranges = (header ?? "").slice(0, 500).split(",").slice(0, mostRanges).map(parseRange);
  const best = ranges
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ primary }) => tags.find((tag) => primaryOf(tag) === primary))
    .find((tag) => tag !== undefined);
  return best ?? tags[0];
}

function parseRange(text: string): { readonly primary: string; readonly weight: number } {
  const [, tag = "", quality] =
    /^\s*([A-Za-z*-]{1,35})\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/.exec(text) ?? [];
  return { primary: primaryOf(tag), weight: quality === undefined ? 1 : Number(quality) };
}

function primaryOf(tag: string): string {
  return tag.toLowerCase().split("-")[0]!;
}
