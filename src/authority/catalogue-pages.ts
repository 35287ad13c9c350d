import type { FastifyInstance } from "fastify";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { CatalogueDesk, type ShownCatalogue } from "../catalogue/catalogue-desk.ts";
import { anonymous } from "../catalogue/visibility.ts";
import type { Vocabulary } from "../catalogue/vocabulary.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import type { Registry } from "./registry.ts";

/** A new version is seen within a minute. */
const caching = "public, max-age=60";
const wholePath = "/catalogue/dcat";

/** The catalogue of what is published. */
export function shownToAll(
  catalogue: Catalogue,
  { registry, vocabulary }: { readonly registry: Registry; readonly vocabulary: Vocabulary },
): ShownCatalogue {
  const { instance, members } = registry.document;
  return {
    ...{ catalogue, vocabulary, instance },
    memberName: (member) => members.find(({ id }) => id === member)?.name,
    // A service is called at the caller's own security server: there is no address for all.
    endpointUrl: (service) => `urn:sealway:service:${service}`,
  };
}

interface Told {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * The catalogue for everybody: services whose description shows them to all, in the paths and shapes of
 * `CatalogueDesk`. Nothing that is asked for is recorded.
 * @param shown what is published now; undefined before the first publication
 */
export function addCataloguePages(server: FastifyInstance, shown: () => ShownCatalogue | undefined): void {
  const desk = new CatalogueDesk();
  // The longest answer is made once for each version: anybody may ask for it, as often as he likes.
  const whole = new WeakMap<Catalogue, Told>();
  const answer = async (url: string): Promise<Told> => {
    const now = shown();
    if (now === undefined) throw new SealwayError("not_found", "nothing is published yet");
    const known = url === wholePath ? whole.get(now.catalogue) : undefined;
    if (known !== undefined) return known;
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    const question = { path, query: url.slice(path.length) };
    const { contentType, value } = await desk.answer(now, anonymous, question);
    const told = { contentType, body: Buffer.from(JSON.stringify(value)) };
    if (url === wholePath) whole.set(now.catalogue, told);
    return told;
  };
  for (const path of ["/catalogue", "/catalogue/*"]) {
    server.get(path, async ({ url }, reply) => {
      try {
        const { contentType, body } = await answer(url);
        reply.header("x-content-type-options", "nosniff");
        return reply.header("cache-control", caching).type(contentType).send(body);
      } catch (thrown) {
        const { detail, entry } = asSealwayError(thrown);
        reply.header("cache-control", "no-store");
        return reply.code(entry.status).send({ title: entry.title, status: entry.status, detail });
      }
    });
  }
}
