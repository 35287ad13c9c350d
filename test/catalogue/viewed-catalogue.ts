import { createHash } from "node:crypto";
import { Catalogue, type Standings } from "../../src/catalogue/catalogue.ts";
import type { ShownCatalogue } from "../../src/catalogue/catalogue-desk.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";

/** A catalogue of descriptions, as a gateway shows it. */
export function shownCatalogue(
  descriptions: readonly { readonly id: string }[],
  standings?: (digests: ReadonlyMap<string, string>) => Standings,
): ShownCatalogue {
  const published = descriptions.map((description) => {
    const bytes = Buffer.from(JSON.stringify(description));
    return { path: description.id, sha256: createHash("sha256").update(bytes).digest("base64url"), bytes };
  });
  const digests = new Map(published.map(({ path, sha256 }) => [path, sha256]));
  return {
    catalogue: new Catalogue(published, undefined, standings?.(digests)),
    vocabulary: loadVocabulary(),
    instance: "DEV",
    memberName: (member) => `Member ${member}`,
    endpointUrl: (id) => `/r1/${id}`,
  };
}
