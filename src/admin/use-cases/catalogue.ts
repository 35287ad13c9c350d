import { descriptionChanges } from "../../catalogue/description-changes.ts";
import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import { typesOf } from "../../catalogue/types-of.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf, parseServiceId } from "../../core/ids.ts";
import type { Asked, Route } from "../api/route.ts";
import { count, cursor, demanded, list, orNull, service, version, whole } from "../api/shapes.ts";
import type { ServiceHistory } from "../catalogue-access.ts";
import { reaches } from "../roles.ts";

const text = { type: "string" };
const anything = { type: "object" };
const read = { allowed: "signed-in", scope: "members", audit: "none", personal: "none", people: 1 } as const;

/** A service as the catalogue lists it. */
export interface CatalogueEntry {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly title: Texts;
  readonly summary?: Texts;
  readonly domain?: string;
  readonly register?: string;
  readonly responsibleAuthority?: string;
  readonly sunset?: string;
}

type Texts = Readonly<Record<string, string>>;

/** One service, as `GET /catalogue/service` answers. */
export interface ShownService extends CatalogueEntry {
  readonly versions: readonly { readonly version: string; readonly sha256: string; readonly state: string }[];
  readonly description: DescriptionDocument;
  readonly history: ServiceHistory;
  /** Of a service of this server's, for its member's people: how it fares; null for others. */
  readonly health: {
    readonly state: string;
    readonly lastSuccess: number | null;
    readonly lastFailure: number | null;
    readonly lastFailureCode: string | null;
  } | null;
}

export const catalogueRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/catalogue", summary: "Services that the caller's members find", ...read },
    query: demanded({ limit: count, after: { type: "string", maxLength: 1024 } }),
    answer: whole({ instance: text, services: list(anything), total: number(), next: orNull(text) }),
    run: (asked) => pageOf(asked, "/catalogue", asked.query),
  },
  {
    ...{ method: "GET", path: "/catalogue/search", summary: "Full text of the catalogue", ...read },
    query: demanded({ q: { type: "string", minLength: 1, maxLength: 200 }, limit: count, cursor }, ["q"]),
    answer: whole({ services: list(anything), total: number(), cursor: orNull(text) }),
    run: (asked) => pageOf(asked, "/catalogue/search", asked.query),
  },
  {
    ...{ method: "GET", path: "/catalogue/service", summary: "A service, or a version of it", ...read },
    ...{ query: demanded({ service, version }, ["service"]), answer: anything },
    run: showService,
  },
  {
    ...{ method: "GET", path: "/catalogue/openapi", summary: "A service as OpenAPI 3.1", ...read },
    ...{ query: demanded({ service }, ["service"]), answer: anything },
    run: (asked) => pageOf(asked, `/catalogue/openapi/${asked.query.service}`, {}),
  },
  {
    ...{ method: "GET", path: "/catalogue/types", summary: "TypeScript of a service's documents", ...read },
    ...{ query: demanded({ service, version }, ["service"]), answer: "text/typescript" },
    run: async (asked) => {
      const { description } = await find(asked, asked.query.version);
      const bytes = Buffer.from(typesOf(description), "utf8");
      return { file: { type: "text/typescript", name: "types.ts", bytes } };
    },
  },
  {
    ...{ method: "GET", path: "/catalogue/changes", summary: "What a version changes in another", ...read },
    query: demanded({ service, from: version, to: version }, ["service", "from", "to"]),
    answer: whole({ breaking: { type: "boolean" }, changes: list(anything) }),
    run: async (asked) => {
      const [before, after] = [await find(asked, asked.query.from), await find(asked, asked.query.to)];
      const changes = descriptionChanges(before.description, after.description);
      const breaking = changes.some(({ effect }) => effect === "breaking");
      return { body: { breaking, changes: changes.map((change) => ({ ...change })) } };
    },
  },
];

function number() {
  return { type: "integer" };
}

async function pageOf(asked: Asked, path: string, query: Readonly<Record<string, string>>) {
  const parameters = new URLSearchParams(query).toString();
  const body = await pageFor(asked, path, parameters === "" ? "" : `?${parameters}`);
  return { body };
}

/** What people may see of the catalogue, their members may. */
function pageFor({ reach, services }: Asked, path: string, query: string): Promise<Json> {
  const members: MemberId[] = services.members.filter((member) => reaches(reach, member));
  return services.catalogue.page(members, path, query);
}

/** @throws SealwayError `not_found` for one that the caller's members may not see */
export async function find(asked: Asked, wanted?: string): Promise<ShownService> {
  const id = parseServiceId(String(asked.query.service ?? asked.body.service));
  const query = wanted === undefined ? "" : `?version=${encodeURIComponent(wanted)}`;
  return (await pageFor(asked, `/catalogue/services/${id}`, query)) as unknown as ShownService;
}

async function showService(asked: Asked) {
  const { query, reach, services } = asked;
  const shown = await find(asked, query.version);
  const id = parseServiceId(shown.id);
  const history = await services.catalogue.history(id);
  const health = reaches(reach, memberOf(id)) ? await healthOf(asked, id) : null;
  return { body: { ...shown, history, health } as unknown as Json };
}

/** The page is worth something without it. */
async function healthOf({ services }: Asked, id: string): Promise<Json> {
  try {
    const health = (await services.gateway.health()) as { readonly services?: readonly Json[] };
    return health.services?.find((one) => (one as { service?: string }).service === id) ?? null;
  } catch (error) {
    if (error instanceof SealwayError) return null;
    throw error;
  }
}
