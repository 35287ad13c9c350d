import { AdmissionGate } from "../core/admission-gate.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { type ClientId, parseClientId, parseServiceId, providerOf, type ServiceId } from "../core/ids.ts";
import type { OwnReply } from "../exchange/catalogue/catalogue-face.ts";
import type { InformationSystemCall } from "../exchange/consumer-exchange.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { authenticateCaller } from "../exchange/own-caller.ts";
import { problemOf } from "../exchange/problem.ts";
import { toHealthData } from "./monitoring-health.ts";
import type { MonitoringJournal } from "./monitoring-journal.ts";
import type { Position } from "./monitoring-query.ts";
import {
  type Asker,
  type MonitoringRow,
  type RowSurroundings,
  sightOf,
  toOperationalData,
} from "./monitoring-row.ts";
import type { ServiceStatistics } from "./monitoring-statistics.ts";

export interface MonitoringOptions {
  readonly journal: MonitoringJournal;
  readonly statistics: ServiceStatistics;
  readonly surroundings: RowSurroundings;
}

/** Queries at once, each of which reads up to 64 MiB; one client gets half of them. */
const mostQueries = 4;
const most = 10_000;
const usual = 1_000;

type Parameters = ReadonlyMap<string, string>;
type Answer = (
  asker: Asker,
  parameters: Parameters,
  services: Pick<GatewayServices, "clock" | "restrictions">,
) => Promise<string> | string;

/**
 * Operational monitoring as JSON over REST, for information systems that prove which client they are as for any call.
 * A client sees its own exchanges and services, the member that owns the server all (`sightOf`).
 */
export class MonitoringInterface {
  readonly #options: MonitoringOptions;
  readonly #gate = new AdmissionGate(mostQueries);
  readonly #paths: Readonly<Record<string, readonly [allowed: readonly string[], answer: Answer]>> = {
    "/monitoring/v1/operational-data": [
      ["recordsFrom", "recordsTo", "client", "service", "limit", "after"],
      (asker, parameters, services) => this.#operationalData(asker, parameters, services),
    ],
    "/monitoring/v1/health": [
      ["client"],
      (asker, parameters) =>
        JSON.stringify(toHealthData(this.#options.statistics, asker, clientIn(parameters))),
    ],
  };

  constructor(options: MonitoringOptions) {
    this.#options = options;
  }

  /** Whether a raw target is one of these. */
  takes(target: string): boolean {
    return target.startsWith("/monitoring/");
  }

  /** Never throws. */
  async answer(services: GatewayServices, call: InformationSystemCall): Promise<OwnReply> {
    let client: ClientId | null = null;
    try {
      ({ client } = authenticateCaller(services, call));
      const body = await this.#answer({ client, owner: services.owner }, call, services);
      return { kind: "document", contentType: "application/json", body: Buffer.from(body, "utf8") };
    } catch (thrown) {
      const error = asSealwayError(thrown);
      const problem = problemOf(error, "consumer", null);
      return { kind: "problem", problem, queryId: null, error, client };
    }
  }

  async #answer(
    asker: Asker,
    { method, target }: InformationSystemCall,
    services: GatewayServices,
  ): Promise<string> {
    if (method !== "GET") throw new SealwayError("invalid_http_method", "monitoring is read by GET");
    const at = target.indexOf("?");
    const path = at < 0 ? target : target.slice(0, at);
    if (!Object.hasOwn(this.#paths, path)) {
      throw new SealwayError("not_found", `there are ${Object.keys(this.#paths).join(" and ")}`);
    }
    const [allowed, answer] = this.#paths[path] as readonly [readonly string[], Answer];
    const parameters = parseParameters(at < 0 ? "" : target.slice(at + 1), allowed);
    this.#gate.enter(asker.client);
    try {
      return await answer(asker, parameters, services);
    } finally {
      this.#gate.leave(asker.client);
    }
  }

  async #operationalData(
    asker: Asker,
    parameters: Parameters,
    { clock, restrictions }: Pick<GatewayServices, "clock" | "restrictions">,
  ): Promise<string> {
    const { journal, surroundings } = this.#options;
    const client = clientIn(parameters);
    const service = serviceIn(parameters);
    const { records, next } = await journal.read({
      from: numberIn(parameters, "recordsFrom", 0, Number.MAX_SAFE_INTEGER),
      to: numberIn(parameters, "recordsTo", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      after: positionIn(parameters),
      limit: numberIn(parameters, "limit", usual, most),
      containing: asker.client === (asker.owner as string) ? "" : `"${asker.client}`,
      tell: (row) => {
        const sight = sightOf(row, asker);
        if (
          sight === "nothing" ||
          restrictions.names(row.exchangeId, clock.now()) ||
          !isOf(row, client) ||
          (service !== undefined && row.service?.id !== service)
        )
          return undefined;
        return JSON.stringify(toOperationalData(row, sight, surroundings));
      },
    });
    return `{"records":[${records.join(",")}],"next":${next === undefined ? "null" : `"${next.file}-${next.line}"`}}`;
  }
}

/** Whether a client asked or answered. */
function isOf({ client, service }: MonitoringRow, wanted: ClientId | undefined): boolean {
  return wanted === undefined || client === wanted || (service !== null && providerOf(service.id) === wanted);
}

/** Unknown, repeated and oversized parameters (an attacker's choice) are refused: none is overlooked. */
function parseParameters(query: string, allowed: readonly string[]): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!allowed.includes(name) || parameters.has(name))
      throw new SealwayError("bad_request", `the parameters are ${allowed.join(", ")}, each once`);
    parameters.set(name, value);
  }
  return parameters;
}

function numberIn(parameters: Parameters, name: string, otherwise: number, largest: number): number {
  const text = parameters.get(name);
  if (text === undefined) return otherwise;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= largest)) throw new SealwayError("bad_request", `${name} is a number up to ${largest}`);
  return number;
}

function positionIn(parameters: Parameters): Position | undefined {
  const text = parameters.get("after");
  if (text === undefined) return undefined;
  const { file, line } = /^(?<file>\d{1,15})-(?<line>-1|\d{1,9})$/.exec(text)?.groups ?? {};
  if (file === undefined) throw new SealwayError("bad_request", "after is the `next` of an earlier answer");
  return { file: Number(file), line: Number(line) };
}

function clientIn(parameters: Parameters): ClientId | undefined {
  const text = parameters.get("client");
  return text === undefined ? undefined : parseClientId(text);
}

function serviceIn(parameters: Parameters): ServiceId | undefined {
  const text = parameters.get("service");
  return text === undefined ? undefined : parseServiceId(text);
}
