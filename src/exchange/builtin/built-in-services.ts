import { isReserved } from "../../catalogue/reserved-codes.ts";
import { parseServiceDescription, type ServiceDescription } from "../../catalogue/service-description.ts";
import { sha256, toBase64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import type { Clock } from "../../core/clock.ts";
import type { ServiceId } from "../../core/ids.ts";
import { statementService } from "../../messagelog/statement/hour-tables.ts";
import { Compartment } from "../compartment.ts";
import type { CallerConnection } from "../consumer-exchange.ts";
import type { ServiceSettings } from "../gateway-services.ts";
import { DenialError } from "../problem.ts";
import { consentPaths } from "./consent-block/consent-paths.ts";
import { representedInBody, usageEndpoints, usageService } from "./usage-endpoints.ts";

export type BuiltInCode =
  | "allowedMethods"
  | "getOpenAPI"
  | "listMethods"
  | "sealway.decide"
  | "sealway.agreement"
  | "sealway.correction"
  | "sealway.evidence"
  | "sealway.permission"
  | "sealway.feedback"
  | "sealway.inquiry"
  | "sealway.restriction"
  | "sealway.statement"
  | "sealway.status"
  | "sealway.usage";

/** Who may call: by anybody's seal, but through which door. Who may see what, each answer judges by what it finds. */
export type BuiltInCaller = "subsystem" | "gateway";

export interface BuiltInService {
  readonly code: BuiltInCode;
  /** `gateway`: the server itself in its member's name; no information system may. */
  readonly caller: BuiltInCaller;
  /** Endpoints, by path, that only gateways call where information systems call the others. */
  readonly ofGateways?: readonly string[];
  /** Calls at once. */
  readonly concurrency: number;
  readonly title: string;
  /** `about`: its calls are about an earlier exchange, which the body names. */
  readonly refers?: "about";
  readonly description: { readonly [member: string]: Json };
}

const get = (path: string) => ({ method: "GET", path });
const post = (path: string) => ({ method: "POST", path });
const mebibyte = 1_048_576;

/** X-Road's metaservices: `GET` without a path below the code. A list of all services of a subsystem may be long. */
const metaservice = {
  ...{ contentKind: "json", timeoutMs: 10_000, endpoints: [get("/")] },
  ...{ maxRequestBytes: 0, maxResponseBytes: 16 * mebibyte },
};

/** What parties say to each other about an earlier exchange: short documents. */
const casework = (...paths: readonly string[]) => ({
  ...{ contentKind: "json", timeoutMs: 20_000, endpoints: paths.map(post) },
  ...{ maxRequestBytes: 65_536, maxResponseBytes: 65_536 },
});

const services: readonly BuiltInService[] = [
  {
    ...{ code: "allowedMethods", caller: "subsystem", concurrency: 4, description: metaservice },
    title: "The subsystem's services and endpoints for which the caller has an agreement",
  },
  {
    ...{ code: "getOpenAPI", caller: "subsystem", concurrency: 4, description: metaservice },
    title: "The OpenAPI description of one of the subsystem's services",
  },
  {
    ...{ code: "listMethods", caller: "subsystem", concurrency: 4, description: metaservice },
    title: "The subsystem's services and endpoints",
  },
  {
    ...{ code: "sealway.decide", caller: "gateway", concurrency: 16 },
    title: "Whether a call would be permitted, by whom a call is decided, and why",
    description: {
      ...{ contentKind: "json", timeoutMs: 10_000, endpoints: [post("/services/{code}/decisions")] },
      ...{ maxRequestBytes: 32_768, maxResponseBytes: 262_144 },
    },
  },
  {
    ...{ code: "sealway.agreement", caller: "gateway", concurrency: 8 },
    title: "Acts on the agreements between the caller and the subsystem",
    description: {
      ...{ contentKind: "json", timeoutMs: 20_000, endpoints: [post("/acts"), get("/agreements/{id}")] },
      ...{ maxRequestBytes: mebibyte, maxResponseBytes: 4 * mebibyte },
    },
  },
  {
    ...{ code: "sealway.correction", caller: "gateway", concurrency: 4, refers: "about" },
    title: "Notices of a correction to whom the data was disclosed, and what they did about it",
    description: casework("/notices", "/outcomes"),
  },
  {
    ...{ code: "sealway.evidence", caller: "subsystem", concurrency: 4 },
    title: "The other side's evidence of an exchange in which the caller's member took part",
    description: {
      ...{ contentKind: "opaque", timeoutMs: 60_000, endpoints: [get("/exchanges/{id}")] },
      ...{ maxRequestBytes: 0, maxResponseBytes: 64 * mebibyte },
    },
  },
  {
    ...{ code: "sealway.restriction", caller: "gateway", concurrency: 4 },
    title:
      "Restrictions of a person's right to see entries, ordered, reviewed and lifted by ordering authorities",
    description: {
      ...{ contentKind: "json", timeoutMs: 10_000, endpoints: [post("/acts")] },
      ...{ maxRequestBytes: 65_536, maxResponseBytes: 65_536 },
    },
  },
  {
    ...{ code: "sealway.feedback", caller: "subsystem", concurrency: 4, refers: "about" },
    title: "Reports on the quality of data that an exchange disclosed, and their answers",
    description: casework("/reports", "/answers"),
  },
  {
    ...{ code: "sealway.inquiry", caller: "subsystem", concurrency: 4, refers: "about" },
    ofGateways: ["/holds", "/releases", "/escalations"],
    title: "Inquiries of a person about an exchange, by a portal, and what they set going",
    description: casework("/inquiries", "/states", "/holds", "/releases", "/escalations"),
  },
  {
    ...{ code: "sealway.permission", caller: "subsystem", concurrency: 8 },
    title:
      "Asks persons for permissions to services of the subsystem, and tells both parties what became of them",
    description: {
      ...{ contentKind: "json", timeoutMs: 10_000, maxRequestBytes: 65_536, maxResponseBytes: mebibyte },
      endpoints: [
        ...[post("/requests"), get("/permissions/{id}"), post("/acts"), post("/events")],
        { ...post("/acts/represented"), subjects: representedInBody },
        ...consentPaths.map(({ method, path }) => ({ method, path })),
      ],
    },
  },
  {
    ...{ code: statementService, caller: "gateway", concurrency: 4 },
    title: "Hourly statements of what each side's log holds, and what narrows a difference",
    description: {
      ...{ contentKind: "json", timeoutMs: 60_000 },
      endpoints: [post("/statements"), post("/ranges"), post("/entries")],
      ...{ maxRequestBytes: 65_536, maxResponseBytes: mebibyte },
    },
  },
  {
    ...{ code: "sealway.status", caller: "subsystem", concurrency: 16 },
    title: "What became of an exchange that the caller's member began",
    description: {
      ...{ contentKind: "json", timeoutMs: 10_000, endpoints: [get("/exchanges/{id}")] },
      ...{ maxRequestBytes: 0, maxResponseBytes: 65_536 },
    },
  },
  {
    ...{ code: usageService, caller: "subsystem", concurrency: 4 },
    title: "The uses of a person's data, for the portal at which that person has signed in",
    description: {
      ...{ contentKind: "json", timeoutMs: 30_000, maxRequestBytes: 0, maxResponseBytes: 16 * mebibyte },
      endpoints: usageEndpoints,
    },
  },
];

const byCode = new Map<string, BuiltInService>(services.map((service) => [service.code, service]));

/** Whether a service is one of the gateway's own, known or not. */
export { isReserved };

export function builtInService(service: ServiceId): BuiltInService | undefined {
  return byCode.get(codeOf(service));
}

function codeOf(service: ServiceId): string {
  return service.slice(service.lastIndexOf("/") + 1);
}

/**
 * Checks which door a call of a built-in service came by: the provider cannot tell, since a member's seal signs both.
 * @param path of the endpoint, as it is described
 * @throws DenialError `builtin.caller`
 */
export function checkBuiltInCaller(service: ServiceId, path: string, { kind }: CallerConnection): void {
  const { caller, ofGateways = [] } = builtInService(service) ?? {};
  const isForGateways = caller === "gateway" || ofGateways.includes(path);
  if (!isForGateways || kind === "gateway") return;
  throw new DenialError("access_denied", "builtin.caller", "only a gateway itself calls this service");
}

/** Descriptions by service id, which names the subsystem; above this all are made anew. */
const descriptions = new Map<ServiceId, ServiceDescription>();
const mostDescriptions = 4096;

/** What the catalogue would say of a built-in service at a subsystem: equal on all servers of a release. */
export function builtInDescription(service: ServiceId): ServiceDescription | undefined {
  const known = descriptions.get(service);
  const found = builtInService(service);
  if (known !== undefined || found === undefined) return known;
  const { description, title } = found;
  const document = { v: 1, id: service, version: "1.0.0", title: { en: title }, ...description };
  const bytes = Buffer.from(canonicalJson(document));
  const made = parseServiceDescription(bytes, toBase64Url(sha256(bytes)));
  if (descriptions.size >= mostDescriptions) descriptions.clear();
  descriptions.set(service, made);
  return made;
}

/** The built-in services of one gateway, each in its compartment. */
export class BuiltInSettings {
  readonly #byCode: ReadonlyMap<BuiltInCode, Omit<ServiceSettings, "id">>;

  constructor(clock: Clock) {
    this.#byCode = new Map(
      services.map(({ code, concurrency }) => {
        return [
          code,
          { target: new URL(`sealway:${code}`), compartment: new Compartment(clock, concurrency) },
        ];
      }),
    );
  }

  /** As the settings of a registered service. */
  of(service: ServiceId): ServiceSettings | undefined {
    const found = builtInService(service);
    const settings = found && this.#byCode.get(found.code);
    return settings && { id: service, ...settings };
  }

  /** The service whose settings have this very target: no configured address is one. */
  codeOf(target: URL): BuiltInCode | undefined {
    for (const [code, settings] of this.#byCode) if (settings.target === target) return code;
    return undefined;
  }
}
