import { type ClientId, providerOf, type ServiceId } from "../../core/ids.ts";
import { subsystem } from "./members.ts";
import { service } from "./services.ts";

/** Terms of access, as both sides hold them. */
export interface CountryAgreement {
  readonly id: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
}

const agreement = (
  id: string,
  consumer: string,
  name: string,
  method: string,
  path: string,
): CountryAgreement => ({
  id,
  consumer: subsystem(consumer),
  service: service(name),
  endpoints: [{ method, path }],
});

/** Who may call what. The bank is named nowhere, and the inspection may ask yes-or-no questions only. */
// biome-ignore format: a table is read by its columns
export const agreements: readonly CountryAgreement[] = [
  agreement("benefits-persons",         "benefits",     "population/persons",    "GET", "/persons/{code}"),
  agreement("benefits-archive",         "benefits",     "population/archive",    "*",   "/**"),
  agreement("benefits-echo",            "benefits",     "population/echo",       "*",   "/**"),
  agreement("benefits-echo-json",       "benefits",     "population/echo-json",  "POST", "/echo"),
  agreement("benefits-income",          "benefits",     "tax/income",            "GET", "/{code}"),
  agreement("benefits-accounts",        "benefits",     "tax/accounts",          "GET", "/{code}"),
  agreement("benefits-companies",       "benefits",     "business/companies",    "GET", "/{code}"),
  agreement("inspection-entitled",      "inspection",   "benefits/is-entitled-today", "GET", "/{code}/today"),
  agreement("tax-persons",              "tax",          "population/persons",    "GET", "/persons/{code}"),
  agreement("diplomas-persons",         "diplomas",     "population/persons",    "GET", "/persons/{code}"),
  agreement("harbour-persons",          "services",     "population/persons",    "GET", "/persons/{code}"),
  agreement("harbour-companies",        "services",     "business/companies",    "GET", "/{code}"),
  agreement("kindergarten-income",      "kindergarten", "tax/income",            "GET", "/{code}"),
];

/** The agreement's document: in force from the beginning of the year, for five years. */
export function agreementDocument({ id, consumer, service, endpoints }: CountryAgreement, now: number) {
  const year = new Date(now).getUTCFullYear();
  const validity = { from: `${year}-01-01T00:00:00Z`, to: `${year + 5}-01-01T00:00:00Z` };
  return { v: 1, id, revision: 1, consumer, service, endpoints, validity };
}

/** Whether one of the subsystems is a party. */
export function concerns({ consumer, service }: CountryAgreement, clients: readonly ClientId[]): boolean {
  return clients.includes(consumer) || clients.includes(providerOf(service));
}
