import type { ServiceDescription } from "../catalogue/service-description.ts";
import { anonymous, isVisibleTo, type Viewer } from "../catalogue/visibility.ts";
import type { Text } from "../catalogue/vocabulary.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { type ClientId, memberOf, parseClientId } from "../core/ids.ts";
import { type AgreementUseRow, toldUses } from "../messagelog/desk/agreement-uses.ts";
import { type Agreement, type AuthorityWord, isUnsuspended, stopKey } from "../policy/agreement.ts";
import { SortedIds } from "../policy/agreements/sorted-ids.ts";
import { inVersionRange } from "../policy/version-range.ts";
import { authorityWord } from "./authority-word.ts";
import { bearerTokenOf, headerLines, requiredClient, uniqueHeaders } from "./call-headers.ts";
import type { OwnReply } from "./catalogue/catalogue-face.ts";
import { viewerOf } from "./catalogue-viewer.ts";
import { checkClient } from "./check-client.ts";
import type { InformationSystemCall } from "./consumer-exchange.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { problemOf } from "./problem.ts";
import { coverableRow } from "./restriction-of.ts";

const usualLimit = 50;
const mostOnPage = 100;
/** Uses that are counted, and how long a count is told before it is made anew, milliseconds. */
const countedPeriod = 90 * 86_400_000;
const countedFor = 86_400_000;
/** Fewer uses than these are not told: they could point to single persons. */
const leastTold = 10;

/** What is told of an agreement. */
interface Registered {
  readonly id: string;
  readonly revision: number;
  readonly consumer: string;
  readonly service: string;
  readonly serviceVersions: string | null;
  /** null: unstated. */
  readonly purposes: readonly { readonly id: string; readonly title: Text | null }[] | null;
  readonly endpoints: Agreement["endpoints"];
  /** null: all that the purposes allow. */
  readonly fields: readonly string[] | null;
  readonly reason: string | null;
  readonly from: string;
  readonly to: string;
  readonly state: "in-force" | "suspended" | "to-come" | "ended" | "migrated";
  /** SHA-256 of the terms. */
  readonly sha256: string;
  /** Exchanges of the last 90 days that this server took part in, up to a thousand; null: fewer than ten, or not known. */
  readonly uses: number | null;
}

interface Counted {
  readonly uses: number;
  readonly at: number;
}

/**
 * The register of agreements at the interface for information systems: `GET /agreements`, for everybody. Whoever names
 * a client proves it, and finds what is visible to that one as well.
 */
export class AgreementRegister {
  readonly #ids: SortedIds;
  readonly #counted = new Map<string, Counted>();

  constructor({ agreements }: Pick<GatewayServices, "agreements">) {
    this.#ids = new SortedIds(agreements);
  }

  /** Whether a raw target is this one. */
  takes(target: string): boolean {
    return target === "/agreements" || target.startsWith("/agreements?");
  }

  /** Never throws. */
  async answer(services: GatewayServices, call: InformationSystemCall): Promise<OwnReply> {
    let client: ClientId | null = null;
    try {
      if (call.method !== "GET") throw new SealwayError("invalid_http_method", "it is read by GET");
      client = askingClient(services, call);
      const viewer = client === null ? anonymous : viewerOf(services, client);
      const body = Buffer.from(JSON.stringify(await this.#page(services, viewer, parametersOf(call.target))));
      return { kind: "document", contentType: "application/json", body };
    } catch (thrown) {
      const error = asSealwayError(thrown);
      return { kind: "problem", problem: problemOf(error, "consumer", null), queryId: null, error, client };
    }
  }

  async #page(services: GatewayServices, viewer: Viewer, { after, limit, service }: Parameters) {
    const { agreements } = services;
    const shown: { readonly agreement: Agreement; readonly description: ServiceDescription }[] = [];
    let next: string | null = null;
    for (const id of this.#ids.after(after)) {
      for (const agreement of agreements.byId(id)) {
        if (service !== undefined && agreement.service !== service) continue;
        const description = shownDescription(services, viewer, agreement);
        if (description !== undefined) shown.push({ agreement, description });
      }
      if (shown.length < limit) continue;
      next = id;
      break;
    }
    const uses = await this.#usesOf(
      services,
      shown.map(({ agreement }) => agreement),
    );
    const now = services.clock.now();
    const trust = services.trust();
    const told = shown.map(({ agreement, description }, i) => {
      const state = stateOf(agreement, now, authorityWord(trust, agreement.consumer));
      return registered(agreement, description, state, uses[i]!);
    });
    return { agreements: told, next };
  }

  /** Counted once a day: a count that grew before somebody's eyes would tell of single calls. */
  async #usesOf(
    services: GatewayServices,
    agreements: readonly Agreement[],
  ): Promise<readonly (number | null)[]> {
    const now = services.clock.now();
    const isOld = ({ id }: Agreement) => (this.#counted.get(id)?.at ?? 0) <= now - countedFor;
    const old = agreements.filter(isOld);
    if (old.length > 0) {
      const found = await services.evidence.agreementUses({
        agreements: old.map((agreement) => ({ id: agreement.id, role: roleIn(services, agreement) })),
        since: now - countedPeriod,
        until: now,
      });
      // What a restriction hides counts nowhere.
      const isShown = (row: AgreementUseRow) =>
        services.restrictions.covering(coverableRow(row), now) === undefined;
      for (const [i, { id }] of old.entries())
        this.#counted.set(id, { uses: toldUses(found[i]!, isShown), at: now });
    }
    return agreements.map(({ id }) => {
      const { uses } = this.#counted.get(id)!;
      return uses < leastTold ? null : uses;
    });
  }
}

interface Parameters {
  readonly after: string;
  readonly limit: number;
  readonly service: string | undefined;
}

function parametersOf(target: string): Parameters {
  const given = [...new URLSearchParams(target.slice("/agreements".length))];
  const byName = new Map(given);
  const isKnown = given.every(([name]) => name === "after" || name === "limit" || name === "service");
  const limit = Number(byName.get("limit") ?? usualLimit);
  if (
    !isKnown ||
    byName.size < given.length ||
    !Number.isSafeInteger(limit) ||
    limit < 1 ||
    limit > mostOnPage
  )
    throw new SealwayError(
      "bad_request",
      `the parameters are after, limit (1 to ${mostOnPage}) and service, each once`,
    );
  return { after: byName.get("after") ?? "", limit, service: byName.get("service") };
}

/** null for whoever says nothing of itself. @throws SealwayError for a client that is not what it says */
function askingClient(
  services: GatewayServices,
  { connection, rawHeaders }: InformationSystemCall,
): ClientId | null {
  const headers = uniqueHeaders(headerLines(rawHeaders));
  if (!headers.has("x-road-client")) return null;
  const client = parseClientId(requiredClient(headers));
  checkClient(services, services.trust(), { client, bearerToken: bearerTokenOf(headers), connection });
  return client;
}

/** The description with which an agreement is shown to a viewer; undefined where it is as if it were not there. */
function shownDescription(
  { trust }: GatewayServices,
  viewer: Viewer,
  { consumer, register, service, serviceVersions: range }: Agreement,
): ServiceDescription | undefined {
  const isParty =
    viewer.kind === "client" && [consumer, service].some((one) => memberOf(one) === memberOf(viewer.client));
  if (register === "parties" && !isParty) return undefined;
  const versions = trust().catalogue.versions(service);
  const own = versions.find(({ version }) => range === null || inVersionRange(range, version)) ?? versions[0];
  return own !== undefined && (isParty || isVisibleTo(own.document, viewer)) ? own : undefined;
}

/** The provider's log has all uses; the consumer's its own, which for its agreement are the same. */
function roleIn({ self, trust }: GatewayServices, { consumer }: Agreement): "consumer" | "provider" {
  return trust().directory.serverOf(consumer)?.id === self ? "consumer" : "provider";
}

function registered(
  agreement: Agreement,
  { document: { purposes: described = [] } }: ServiceDescription,
  state: Registered["state"],
  uses: number | null,
): Registered {
  const { id, revision, consumer, service, serviceVersions, endpoints, fields, reason, sha256, validity } =
    agreement;
  const purposes =
    agreement.purposes?.map((granted) => {
      return { id: granted.id, title: described.find((one) => one.id === granted.id)?.title ?? null };
    }) ?? null;
  const [from, to] = [validity.from, validity.to].map((time) => new Date(time).toISOString());
  return {
    ...{ id, revision, consumer, service, serviceVersions, purposes, endpoints, fields, reason },
    ...{ from: from!, to: to!, state, sha256, uses },
  };
}

function stateOf(agreement: Agreement, now: number, word: AuthorityWord): Registered["state"] {
  const { state, validity } = agreement;
  if (now >= validity.to || word.stops?.get(stopKey(agreement))?.state === "ended") return "ended";
  if (now < validity.from) return "to-come";
  if (!isUnsuspended(agreement, now, word)) return "suspended";
  return state ?? "in-force";
}
