import type { FastifyInstance } from "fastify";
import { CatalogueDesk, type ShownCatalogue } from "../catalogue/catalogue-desk.ts";
import { anonymous } from "../catalogue/visibility.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";

/** A new version is seen within a minute. */
const caching = "public, max-age=60";

/**
 * The catalogue for everybody: services whose description shows them to all, in the paths and shapes of
 * `CatalogueDesk`. Nothing that is asked for is recorded.
 * @param shown what is published now; undefined before the first publication
 */
export function addCataloguePages(server: FastifyInstance, shown: () => ShownCatalogue | undefined): void {
  const desk = new CatalogueDesk();
  const answer = async (url: string) => {
    const now = shown();
    if (now === undefined) throw new SealwayError("not_found", "nothing is published yet");
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    return desk.answer(now, anonymous, { path, query: url.slice(path.length) });
  };
  for (const path of ["/catalogue", "/catalogue/*"]) {
    server.get(path, async ({ url }, reply) => {
      try {
        const { contentType, value } = await answer(url);
        const body = Buffer.from(JSON.stringify(value));
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
