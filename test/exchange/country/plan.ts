import type { ServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import {
  type ClientId,
  memberOf,
  parseClientId,
  parseMemberId,
  parseServerId,
  type ServiceId,
} from "../../../src/core/ids.ts";

/*
 * Who is who in the small country of the tests: two gateways that run, and one place that tests play themselves.
 */

export const instance = "DEV";
export const benefitsAgency = parseMemberId("DEV/GOV/10000003");
export const bank = parseMemberId("DEV/COM/30000001");
export const populationRegister = parseMemberId("DEV/GOV/10000001");
export const businessRegister = parseMemberId("DEV/GOV/10000004");
export const rogueAgency = parseMemberId("DEV/GOV/66666666");

/** Where information systems of the tests ask; also provides a service, to itself. */
export const askingServer = parseServerId(`${benefitsAgency}/ss1`);
/** In front of the recording register. */
export const answeringServer = parseServerId(`${populationRegister}/ss1`);
/** Registered like the others, played by tests: asks and answers with good keys and bad intentions. */
export const rogueServer = parseServerId(`${rogueAgency}/ss1`);

const client = (member: string, name: string): ClientId => parseClientId(`${member}/${name}`);

/** Subsystems; the first nine live on the asking server. */
export const clients = {
  benefits: client(benefitsAgency, "benefits"),
  inspection: client(benefitsAgency, "inspection"),
  certified: client(benefitsAgency, "certified"),
  secured: client(benefitsAgency, "secured"),
  badged: client(benefitsAgency, "badged"),
  remote: client(benefitsAgency, "remote"),
  umlaut: client(benefitsAgency, "k%C3%A4si"),
  unlisted: client(benefitsAgency, "unlisted"),
  onboarding: client(bank, "onboarding"),
  population: client(populationRegister, "population"),
  business: client(businessRegister, "business"),
  rogue: client(rogueAgency, "rogue"),
} as const;

/** Members and subsystems by server; `unlisted` is registered, but no information system of it is configured. */
export const served = {
  asking: [
    ...[clients.benefits, clients.inspection, clients.certified, clients.secured, clients.badged],
    ...[clients.remote, clients.umlaut, clients.unlisted, clients.onboarding],
  ],
  answering: [clients.population, clients.business],
  rogue: [clients.rogue],
} as const;

/** The bearer token of `badged`. */
export const badge = "a-long-and-random-token";

type ClientSettings = Partial<ServerConfiguration["clients"][number]> & { readonly id: ClientId };

/** How information systems prove themselves; `certified` is given its certificate by the country. */
export const authentications: readonly ClientSettings[] = [
  { id: clients.benefits, authentication: "http" },
  { id: clients.inspection, authentication: "http" },
  { id: clients.certified, authentication: "certificate" },
  { id: clients.secured, authentication: "https" },
  { id: clients.badged, authentication: "token" },
  { id: clients.remote, authentication: "http", sourceAddresses: ["192.0.2.7"] },
  { id: clients.umlaut, authentication: "http" },
  { id: clients.onboarding, authentication: "http" },
];

type Subject = { readonly in: "path" | "query" | "header" | "body"; readonly name: string };

export interface PlannedService {
  readonly id: ServiceId;
  readonly contentKind: "json" | "opaque" | "signed";
  /** Spread over the description, and over its first endpoint. */
  readonly described?: object;
  readonly firstEndpoint?: object;
  readonly endpoints: readonly (readonly [method: string, path: string, subject?: Subject])[];
  /** Where it is configured to be; `nowhere`: described, but the server has no settings for it. */
  readonly target: "register" | "closed-port" | "not-allowed" | "nowhere";
  readonly timeoutMs?: number;
  readonly maxRequestBytes?: number;
  readonly maxResponseBytes?: number;
  readonly retention?: object;
}

const any = [["*", "/**"]] as const;
const at = (provider: ClientId, code: string) => `${provider}/${code}` as ServiceId;

/** Services by code. */
export const services = {
  /** Everything passes. */
  open: { id: at(clients.population, "open"), contentKind: "opaque", endpoints: any, target: "register" },
  persons: {
    ...{ id: at(clients.population, "persons"), contentKind: "json", target: "register" },
    endpoints: [
      ["GET", "/persons/{code}", { in: "path", name: "code" }],
      ["GET", "/by-query", { in: "query", name: "code" }],
      ["POST", "/search", { in: "body", name: "/code" }],
      ["*", "/free"],
    ],
  },
  /** Its description asks that bodies are kept. */
  contested: {
    ...{ id: at(clients.population, "contested"), contentKind: "json", target: "register" },
    endpoints: [["POST", "/search", { in: "body", name: "/code" }]],
    retention: {
      head: { keepDays: 5, graceDays: 2 },
      body: { keepDays: 1, graceDays: 2, reason: "The answer is a decision that may be contested." },
    },
  },
  small: {
    ...{ id: at(clients.population, "small"), contentKind: "opaque", endpoints: any, target: "register" },
    ...{ maxRequestBytes: 1000, maxResponseBytes: 1000 },
  },
  /** The agreement covers `/covered` only. */
  partly: {
    ...{ id: at(clients.population, "partly"), contentKind: "opaque", target: "register" },
    endpoints: [
      ["GET", "/covered"],
      ["GET", "/uncovered"],
    ],
  },
  /** Its agreement has ended. */
  expired: {
    id: at(clients.population, "expired"),
    contentKind: "opaque",
    endpoints: any,
    target: "register",
  },
  /** The consumer has another revision of the agreement than the provider. */
  revised: {
    id: at(clients.population, "revised"),
    contentKind: "opaque",
    endpoints: any,
    target: "register",
  },
  unset: { id: at(clients.population, "unset"), contentKind: "opaque", endpoints: any, target: "nowhere" },
  down: { id: at(clients.population, "down"), contentKind: "opaque", endpoints: any, target: "closed-port" },
  forbidden: {
    ...{ id: at(clients.population, "forbidden"), contentKind: "opaque", endpoints: any },
    target: "not-allowed",
  },
  /** Answered, or not, within a second. */
  brisk: {
    ...{ id: at(clients.population, "brisk"), contentKind: "opaque", endpoints: any, target: "register" },
    timeoutMs: 100,
  },
  companies: {
    id: at(clients.business, "companies"),
    ...{ contentKind: "opaque", endpoints: any, target: "register" },
  },
  /** Provided by the server that asks. */
  own: { id: at(clients.benefits, "own"), contentKind: "opaque", endpoints: any, target: "register" },
  /** Provided by whatever a test plays at the rogue server. */
  rogue: { id: at(clients.rogue, "rogue"), contentKind: "opaque", endpoints: any, target: "nowhere" },
} as const satisfies Readonly<Record<string, PlannedService>>;

export const allServices: readonly PlannedService[] = Object.values(services);

/** The description of a service, as it is published. */
export function descriptionOf(service: PlannedService): object {
  const { id, contentKind, endpoints, timeoutMs = 30_000, maxRequestBytes, maxResponseBytes } = service;
  const { retention, described, firstEndpoint } = service;
  const subjectOf = (subject: Subject) => ({
    ...subject,
    ...{ role: "asked-about", scheme: "urn:dev:personal-code" },
  });
  return {
    ...{ v: 1, id, version: "1.2.3", title: { en: id }, contentKind, timeoutMs },
    ...(maxRequestBytes !== undefined && { maxRequestBytes }),
    ...(maxResponseBytes !== undefined && { maxResponseBytes }),
    ...(retention !== undefined && { retention }),
    ...described,
    endpoints: endpoints.map(([method, path, subject], i) => ({
      ...{ method, path },
      ...(i === 0 && firstEndpoint),
      ...(subject !== undefined && { subjects: [subjectOf(subject)] }),
    })),
  };
}

export interface PlannedAgreement {
  readonly id: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  readonly method?: string;
  readonly path?: string;
  /** Years from now in which it begins and ends. */
  readonly years?: readonly [from: number, to: number];
  /** The consumer's server has revision 1, the provider's this one. */
  readonly providersRevision?: number;
  /** Spread over the document. */
  readonly terms?: object;
}

/** What a test adds to the plan. */
export interface MorePlans {
  readonly services: readonly PlannedService[];
  readonly agreements: readonly PlannedAgreement[];
}

export const nothingMore: MorePlans = { services: [], agreements: [] };

const benefits = clients.benefits;
const openToAll = [
  ...[clients.inspection, clients.certified, clients.secured, clients.badged, clients.remote],
  ...[clients.umlaut, clients.rogue],
];

export const agreements: readonly PlannedAgreement[] = [
  ...[services.open, services.persons, services.small, services.down, services.forbidden].map(grant),
  ...[services.brisk, services.unset, services.companies, services.own, services.rogue].map(grant),
  grant(services.contested),
  { ...grant(services.partly), method: "GET", path: "/covered" },
  { ...grant(services.expired), years: [-2, -1] },
  { ...grant(services.revised), providersRevision: 2 },
  ...openToAll.map((consumer, i) => ({ id: `open-${i}`, consumer, service: services.open.id })),
  { id: "own-inspection", consumer: clients.inspection, service: services.own.id },
];

function grant({ id }: { readonly id: ServiceId }): PlannedAgreement {
  return { id: `benefits-${id.slice(id.lastIndexOf("/") + 1)}`, consumer: benefits, service: id };
}

/** An agreement as one side holds it. */
export function agreementDocument(
  agreement: PlannedAgreement,
  side: "consumer" | "provider",
  now: number,
): object {
  const { id, consumer, service, method = "*", path = "/**", years = [-1, 5], terms } = agreement;
  const [from, to] = years.map((offset) => `${new Date(now).getUTCFullYear() + offset}-01-01T00:00:00Z`);
  const revision = side === "provider" ? (agreement.providersRevision ?? 1) : 1;
  const validity = { from, to };
  return { v: 1, id, revision, consumer, service, endpoints: [{ method, path }], validity, ...terms };
}

/** Whether the server of these clients is on this side of the agreement. */
export function isOnSide(
  { consumer, service }: PlannedAgreement,
  side: "consumer" | "provider",
  served: readonly ClientId[],
): boolean {
  return side === "consumer"
    ? served.includes(consumer)
    : served.some((one) => service.startsWith(`${one}/`));
}

/** The members to whom the clients belong, each once. */
export function membersOf(ids: readonly ClientId[]) {
  return [...new Set(ids.map(memberOf))];
}
