import { setImmediate as giveWay } from "node:timers/promises";
import type { Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, type MemberId, parseServiceId, type ServiceId, unsafeId } from "../core/ids.ts";
import type { Catalogue } from "./catalogue.ts";
import { dcatCatalogue } from "./dcat.ts";
import { exportOpenApi } from "./openapi/export-openapi.ts";
import { SearchIndex } from "./search-index.ts";
import type { ServiceDescription } from "./service-description.ts";
import { isVisibleTo, type Viewer, versionsFor } from "./visibility.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A catalogue as it is shown at one place. */
export interface ShownCatalogue {
  readonly catalogue: Catalogue;
  readonly vocabulary: Vocabulary;
  readonly instance: string;
  readonly memberName: (member: MemberId) => string | undefined;
  /** Where the service is called, absolute or relative to this place. */
  readonly endpointUrl: (service: ServiceId) => string;
}

/** Raw path and query (with its "?", or empty), as a stranger sent them. */
export interface CatalogueQuestion {
  readonly path: string;
  readonly query: string;
}

export interface CatalogueAnswer {
  readonly contentType: string;
  readonly value: { readonly [name: string]: Json };
}

/** Whether a raw path is one of the catalogue's. */
export function isCataloguePath(path: string): boolean {
  return path === "/catalogue" || path.startsWith("/catalogue/");
}

type Parameters = ReadonlyMap<string, string>;

interface Asked {
  readonly shown: ShownCatalogue;
  readonly viewer: Viewer;
  /** What stands behind the path of the table, decoded nowhere. */
  readonly rest: string;
  readonly parameters: Parameters;
}

interface Page {
  readonly parameters: readonly string[];
  readonly answer: (asked: Asked, desk: CatalogueDesk) => Promise<CatalogueAnswer> | CatalogueAnswer;
}

const json = "application/json";
const usualLimit = 100;
const mostOnPage = 1000;

/** A path that ends with "/" takes the id of a service behind it. */
const pages: Readonly<Record<string, Page>> = {
  "/catalogue": { parameters: ["limit", "after"], answer: list },
  "/catalogue/services/": { parameters: ["version"], answer: show },
  "/catalogue/openapi/": { parameters: [], answer: openApi },
  "/catalogue/search": { parameters: ["q", "limit", "cursor"], answer: (asked, desk) => desk.search(asked) },
  "/catalogue/dcat": { parameters: [], answer: dcat },
};

/** Services indexed in one go before others have their turn. */
const atOnce = 20;

/** Of the desks of a process, who answer at different doors. */
const indexes = new WeakMap<Catalogue, Promise<SearchIndex>>();

/** Answers questions about the catalogue, to each viewer what it may see. The full-text index is built when it is asked. */
export class CatalogueDesk {
  /**
   * @throws SealwayError `not_found` for a path that is none and for a service that the viewer may not see; `bad_request`
   *   for parameters
   */
  async answer(
    shown: ShownCatalogue,
    viewer: Viewer,
    { path, query }: CatalogueQuestion,
  ): Promise<CatalogueAnswer> {
    const name = Object.keys(pages).find((one) => (one.endsWith("/") ? path.startsWith(one) : path === one));
    if (name === undefined) throw new SealwayError("not_found", `there are ${Object.keys(pages).join(", ")}`);
    const page = pages[name] as Page;
    const parameters = parseParameters(query, page.parameters);
    return page.answer({ shown, viewer, rest: path.slice(name.length), parameters }, this);
  }

  async search({ shown, viewer, parameters }: Asked): Promise<CatalogueAnswer> {
    const index = await this.#index(shown);
    const { hits, cursor, total } = index.search({
      text: parameters.get("q") ?? "",
      limit: limitIn(parameters),
      cursor: parameters.get("cursor"),
      isVisible: (document) => isVisibleTo(document, viewer),
    });
    const services = hits.map(({ document, score }) => {
      return { ...entryOf(shown.catalogue, shown.catalogue.service(document.id)!), score };
    });
    return { contentType: json, value: { services, total, cursor } };
  }

  #index(shown: ShownCatalogue): Promise<SearchIndex> {
    const known = indexes.get(shown.catalogue);
    if (known !== undefined) return known;
    const index = buildIndex(shown);
    indexes.set(shown.catalogue, index);
    return index;
  }
}

async function buildIndex({ catalogue, vocabulary }: ShownCatalogue): Promise<SearchIndex> {
  const index = new SearchIndex(vocabulary);
  let count = 0;
  for (const { document } of [...catalogue.services()]) {
    index.add(document);
    if (++count % atOnce === 0) await giveWay();
  }
  return index;
}

/** The services that a viewer finds, in the order of their ids. */
export function servicesFor(catalogue: Catalogue, viewer: Viewer): ServiceDescription[] {
  return [...catalogue.services()]
    .filter(({ document }) => isVisibleTo(document, viewer))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function list({ shown, viewer, parameters }: Asked): CatalogueAnswer {
  const { catalogue, instance } = shown;
  const after = parameters.get("after") ?? "";
  const all = servicesFor(catalogue, viewer);
  const rest = all.filter(({ id }) => id > after);
  const shownNow = rest.slice(0, limitIn(parameters));
  const services = shownNow.map((service) => entryOf(catalogue, service));
  const next = rest.length > shownNow.length ? shownNow.at(-1)!.id : null;
  return { contentType: json, value: { instance, services, total: all.length, next } };
}

function show(asked: Asked): CatalogueAnswer {
  const service = versionOf(asked, find(asked));
  const { catalogue } = asked.shown;
  return {
    contentType: json,
    value: {
      ...entryOf(catalogue, service),
      versions: visibleVersions(asked, service).map((one) => {
        const { sha256, version } = one;
        return { version, sha256, state: catalogue.standingOf(one).state };
      }),
      description: service.document as unknown as Json,
    },
  };
}

function openApi(asked: Asked): CatalogueAnswer {
  const { document } = exportOpenApi(find(asked).document);
  return { contentType: "application/vnd.oai.openapi+json;version=3.1", value: document };
}

function dcat({ shown, viewer }: Asked): CatalogueAnswer {
  const { catalogue, ...rest } = shown;
  const services = servicesFor(catalogue, viewer);
  const stateOf = (service: ServiceDescription) => catalogue.standingOf(service).state;
  return { contentType: "application/ld+json", value: dcatCatalogue({ ...rest, services, stateOf }) };
}

/** @throws SealwayError `not_found`, the same for what is not there and what the viewer may not see */
function find({ shown, viewer, rest }: Asked): ServiceDescription {
  const service = isInOneSpelling(rest, parseServiceId)
    ? shown.catalogue.service(unsafeId<ServiceId>(rest))
    : undefined;
  if (service !== undefined && isVisibleTo(service.document, viewer)) return service;
  throw new SealwayError("not_found", "the catalogue has no service of this id");
}

function visibleVersions({ shown, viewer }: Asked, { id }: ServiceDescription) {
  return versionsFor(shown.catalogue, viewer, id);
}

/** The version that is asked for, or the preferred one. @throws SealwayError `not_found` */
function versionOf(asked: Asked, preferred: ServiceDescription): ServiceDescription {
  const wanted = asked.parameters.get("version") ?? preferred.version;
  const found = visibleVersions(asked, preferred).find(({ version }) => version === wanted);
  if (found === undefined) throw new SealwayError("not_found", "the service has no such version in force");
  return found;
}

function entryOf(catalogue: Catalogue, service: ServiceDescription): { readonly [name: string]: Json } {
  const { id, version, sha256, contentKind, document } = service;
  const { title, description, domain, responsibleAuthority, source, visibility = "all" } = document;
  const { state, deprecation } = catalogue.standingOf(service);
  return {
    ...{ id, version, sha256, title, state, visibility, contentKind },
    ...(description !== undefined && { summary: description }),
    ...(domain !== undefined && { domain }),
    ...(responsibleAuthority !== undefined && { responsibleAuthority }),
    ...(source !== undefined && { register: source.register }),
    ...(deprecation !== undefined && { sunset: new Date(deprecation.sunset).toISOString() }),
  };
}

/** Unknown and repeated parameters are refused: none is overlooked. */
function parseParameters(query: string, allowed: readonly string[]): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!allowed.includes(name) || parameters.has(name))
      throw new SealwayError("bad_request", `the parameters are ${allowed.join(", ") || "none"}, each once`);
    parameters.set(name, value);
  }
  return parameters;
}

function limitIn(parameters: Parameters): number {
  const text = parameters.get("limit") ?? String(usualLimit);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > mostOnPage)
    throw new SealwayError("bad_request", `limit is a number from 1 to ${mostOnPage}`);
  return limit;
}
