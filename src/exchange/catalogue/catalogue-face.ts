import type { Readable } from "node:stream";
import { CatalogueDesk, isCataloguePath, type ShownCatalogue } from "../../catalogue/catalogue-desk.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { headerLines } from "../call-headers.ts";
import { viewerOf } from "../catalogue-viewer.ts";
import type { Reply } from "../consume.ts";
import type { InformationSystemCall } from "../consumer-exchange.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { authenticateCaller } from "../own-caller.ts";
import { problemOf } from "../problem.ts";
import { CollectionDesk, type HandedIn, type Teller } from "./collected.ts";
import { isGovStackCall } from "./govstack.ts";
import { listClientsJson, listClientsXml } from "./list-clients.ts";

/** A document that the gateway makes itself, or an error as of any call. */
export type OwnReply =
  | { readonly kind: "document"; readonly contentType: string; readonly body: Buffer }
  | Extract<Reply, { readonly kind: "problem" }>;

/** Largest form or table that is taken, bytes, and how long it may take to come, milliseconds. */
const mostHandedIn = 262_144;
const longestArrival = 30_000;

interface Asked {
  readonly services: GatewayServices;
  readonly call: InformationSystemCall;
  readonly path: string;
  readonly query: string;
}

/**
 * The catalogue at the interface for information systems. All but `listClients`, which is as open as X-Road's, is for
 * clients that prove who they are as for any call; each finds what it may see.
 */
export class CatalogueFace {
  readonly #desk = new CatalogueDesk();
  readonly #collection: CollectionDesk;

  constructor(services: GatewayServices) {
    this.#collection = new CollectionDesk(services);
  }

  /** Whether a raw target is one of these. */
  takes(target: string): boolean {
    const path = pathOf(target);
    return path === "/listClients" || isCataloguePath(path);
  }

  /** Never throws. */
  async answer(services: GatewayServices, call: InformationSystemCall): Promise<OwnReply> {
    const path = pathOf(call.target);
    const asked = { services, call, path, query: call.target.slice(path.length) };
    let client: ClientId | null = null;
    try {
      if (path === "/listClients") return listClients(asked);
      const teller = authenticateCaller(services, call);
      client = teller.client;
      return { kind: "document", ...(await this.#answer(asked, teller)) };
    } catch (thrown) {
      const error = asSealwayError(thrown);
      return { kind: "problem", problem: problemOf(error, "consumer", null), queryId: null, error, client };
    }
  }

  async #answer(
    asked: Asked,
    teller: Teller,
  ): Promise<{ readonly contentType: string; readonly body: Buffer }> {
    const { services, call, path, query } = asked;
    const take = Object.hasOwn(this.#taken, path) ? this.#taken[path] : undefined;
    if (call.method !== (take === undefined ? "GET" : "POST"))
      throw new SealwayError(
        "invalid_http_method",
        take === undefined ? "it is read by GET" : "send it by POST",
      );
    if (take !== undefined)
      return { contentType: "application/json", body: await take(teller, await handedIn(asked)) };
    const viewer = viewerOf(services, teller.client);
    const { contentType, value } = await this.#desk.answer(shownCatalogue(services), viewer, { path, query });
    return { contentType, body: Buffer.from(JSON.stringify(value)) };
  }

  readonly #taken: Readonly<Record<string, (teller: Teller, it: HandedIn) => Promise<Buffer>>> = {
    "/catalogue/form-check": (teller, it) => this.#collection.checkForm(teller, it),
    "/catalogue/case-counts": (teller, it) => this.#collection.takeCaseCounts(teller, it),
  };
}

/** The catalogue in use, as this gateway's information systems and people are shown it. */
export function shownCatalogue({ trust }: Pick<GatewayServices, "trust">): ShownCatalogue {
  const { catalogue, configuration, vocabulary } = trust();
  const names = new Map(configuration.members.map(({ id, name }) => [id, name]));
  return {
    catalogue,
    vocabulary,
    instance: configuration.parameters.instance,
    memberName: (member) => names.get(member),
    endpointUrl: (id) => `/r1/${id}`,
  };
}

/** `GET /listClients[?xRoadInstance=]`, or GovStack's `instanceId`; JSON for whoever asks for it. */
function listClients({ services, call, query }: Asked): OwnReply {
  if (call.method !== "GET") throw new SealwayError("invalid_http_method", "clients are listed by GET");
  const { configuration } = services.trust();
  const parameters = [...new URLSearchParams(query)];
  const [name, instance] = parameters[0] ?? [];
  if (parameters.length > 1 || (name !== undefined && name !== "xRoadInstance" && name !== "instanceId"))
    throw new SealwayError("bad_request", "the parameter is xRoadInstance or instanceId, once");
  if (instance !== undefined && instance !== configuration.parameters.instance)
    throw new SealwayError("not_found", "no other instance is known here");
  const isGovStack = name === "instanceId" || isGovStackCall(call.rawHeaders);
  if (isGovStack || accepts(call, "application/json")) {
    const body = Buffer.from(
      JSON.stringify(listClientsJson(configuration, isGovStack ? "govstack" : "xroad")),
    );
    return { kind: "document", contentType: "application/json; charset=utf-8", body };
  }
  const body = Buffer.from(listClientsXml(configuration), "utf8");
  return { kind: "document", contentType: "text/xml; charset=utf-8", body };
}

function accepts({ rawHeaders }: InformationSystemCall, type: string): boolean {
  return headerLines(rawHeaders).some(
    ([name, value]) => name.toLowerCase() === "accept" && value.includes(type),
  );
}

async function handedIn({ call, query }: Asked): Promise<HandedIn> {
  const parameters = [...new URLSearchParams(query)];
  const [name, value] = parameters[0] ?? [];
  if (parameters.length > 1 || (name !== undefined && name !== "name") || (value?.length ?? 1) > 200)
    throw new SealwayError("bad_request", "the parameter is name, once, with up to 200 characters");
  if (/[\p{C}\u2028\u2029]/u.test(value ?? ""))
    throw new SealwayError("bad_request", "the name of a form has controls in it");
  const lines = headerLines(call.rawHeaders);
  const contentType = lines.find(([header]) => header.toLowerCase() === "content-type")?.[1] ?? "";
  call.proceed();
  return { name: value || undefined, contentType, bytes: await readAll(call.body) };
}

/**
 * The connection is left standing, so that a refusal can be sent.
 * @throws SealwayError `body_too_large`, `deadline_exceeded`
 */
async function readAll(body: Readable): Promise<Buffer> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const late = new SealwayError("deadline_exceeded", "the document did not come in time");
  const timer = setTimeout(reject, longestArrival, late);
  const all = collect(body);
  // Its connection breaks off when nobody waits for it any more.
  all.catch(() => undefined);
  try {
    return await Promise.race([all, never]);
  } finally {
    clearTimeout(timer);
  }
}

async function collect(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > mostHandedIn)
      throw new SealwayError("body_too_large", `at most ${mostHandedIn} bytes are taken`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}
