import { providerOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import type { RegisterName } from "../registers/register-table.ts";
import { subsystem } from "./members.ts";

/** A service of the country: its description, as it is published, and the register behind it. */
export interface CountryService {
  readonly id: ServiceId;
  readonly register: RegisterName;
  /** Path of the service at its register; empty for the register's root. */
  readonly base: string;
  readonly description: object;
}

const person = { in: "path", name: "code", role: "asked-about", scheme: "urn:dev:personal-code" } as const;
const company = { in: "path", name: "code", role: "asked-about", scheme: "urn:dev:company-code" } as const;

type Subject = typeof person | typeof company;
type EndpointRow = readonly [method: string, path: string, subject?: Subject];

interface Terms {
  readonly provider: string;
  readonly code: string;
  readonly title: string;
  readonly register: RegisterName;
  readonly base?: string;
  readonly contentKind: "json" | "opaque";
  readonly timeoutMs: number;
  readonly endpoints: readonly EndpointRow[];
}

/** What members offer. Documents and echo are opaque: passed on as they are, of any length. */
const offers: readonly Terms[] = [
  {
    provider: "population",
    code: "persons",
    title: "Persons: name, birth, address, family",
    register: "population",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [
      ["GET", "/persons/{code}", person],
      ["GET", "/persons/{code}/family", person],
      ["POST", "/persons/search"],
    ],
  },
  {
    provider: "population",
    code: "archive",
    title: "Scanned decisions, to take and to hand in",
    register: "archive",
    contentKind: "opaque",
    timeoutMs: 600_000,
    endpoints: [
      ["GET", "/decisions/{id}/scan"],
      ["POST", "/decisions"],
    ],
  },
  {
    provider: "population",
    code: "echo",
    title: "Echo, for trying and for measuring",
    register: "echo",
    contentKind: "opaque",
    timeoutMs: 600_000,
    endpoints: [["*", "/**"]],
  },
  {
    provider: "population",
    code: "echo-json",
    title: "Echo of JSON, which is read on the way",
    register: "echo",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [["POST", "/echo"]],
  },
  {
    provider: "tax",
    code: "income",
    title: "Wages by month",
    register: "tax",
    base: "/income",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [["GET", "/{code}", person]],
  },
  {
    provider: "tax",
    code: "accounts",
    title: "The account to which a person is paid",
    register: "tax",
    base: "/accounts",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [["GET", "/{code}", person]],
  },
  {
    provider: "benefits",
    code: "entitlements",
    title: "Entitlements to benefits",
    register: "benefits",
    base: "/entitlements",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [
      ["GET", "/{code}", person],
      ["GET", "/{code}/today", person],
    ],
  },
  {
    provider: "business",
    code: "companies",
    title: "Companies: name, seat, board",
    register: "business",
    base: "/companies",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [["GET", "/{code}", company]],
  },
  {
    provider: "diplomas",
    code: "degrees",
    title: "Degrees",
    register: "diplomas",
    base: "/degrees",
    contentKind: "json",
    timeoutMs: 10_000,
    endpoints: [["GET", "/{code}", person]],
  },
];

export const services: readonly CountryService[] = offers.map(serviceOf);

function serviceOf(terms: Terms): CountryService {
  const { provider, code, title, register, base = "", contentKind, timeoutMs } = terms;
  const id: ServiceId = unsafeId(`${subsystem(provider)}/${code}`);
  const endpoints = terms.endpoints.map(([method, path, subject]) => ({
    method,
    path,
    ...(subject !== undefined && { subjects: [subject] }),
  }));
  const description = {
    v: 1,
    id,
    version: "1.0.0",
    title: { en: title },
    contentKind,
    timeoutMs,
    endpoints,
  };
  return { id, register, base, description };
}

/** A service by provider and code, `population/persons`. @throws Error when there is none */
export function service(name: string): ServiceId {
  const found = services.find(({ id }) => id.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`the country has no service ${name}`);
  return found.id;
}

/** The services of one subsystem. */
export function servicesOf(provider: string): CountryService[] {
  return services.filter(({ id }) => providerOf(id) === provider);
}
