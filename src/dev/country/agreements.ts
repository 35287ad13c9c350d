import { type ClientId, providerOf, type ServiceId } from "../../core/ids.ts";
import { members, subsystem } from "./members.ts";
import { service } from "./services.ts";

/** Terms of access, as both sides hold them. */
export interface CountryAgreement {
  readonly id: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  /** Of the description's purposes the one that is granted; undefined for services that speak of nobody. */
  readonly purpose: string | undefined;
  readonly more: MoreTerms;
}

/** What few agreements state. */
interface MoreTerms {
  /** Fields of answers, as JSON pointers, where the purpose would allow more. */
  readonly fields?: readonly string[];
  /** Why a yes or no would not do. */
  readonly reason?: string;
}

const agreement = (
  id: string,
  consumer: string,
  name: string,
  method: string,
  path: string,
  purpose?: string,
  more: MoreTerms = {},
): CountryAgreement => ({
  id,
  consumer: subsystem(consumer),
  service: service(name),
  endpoints: [{ method, path }],
  purpose,
  more,
});

/** Whoever discloses may be asked by a representative, and asks the registers whether the power is there. */
function asksForPowers(name: string): CountryAgreement[] {
  const one = ["GET", "/{representative}/{represented}", "representation"] as const;
  return [
    agreement(`${name}-guardian`, name, "population/powers", ...one),
    agreement(`${name}-director`, name, "business/powers", ...one),
  ];
}

const sumIsNeeded = {
  reason: "The benefit is reckoned from the wages of each month: a yes or no is not enough.",
};
const seat = { fields: ["/code", "/name", "/address"] };

/** Who may call what, and what for. The bank needs each person's consent; the inspection may ask yes-or-no questions only. What the Relief Association may count, it asks for by acts. */
// biome-ignore format: a table is read by its columns
export const agreements: readonly CountryAgreement[] = [
  agreement("benefits-persons",        "benefits",     "population/persons",        "GET",  "/persons/{code}",  "benefit-decision"),
  agreement("benefits-archive",        "benefits",     "population/archive",        "*",    "/**",              "case-file"),
  agreement("benefits-echo",           "benefits",     "population/echo",           "*",    "/**"),
  agreement("benefits-echo-json",      "benefits",     "population/echo-json",      "POST", "/echo"),
  agreement("benefits-feedback",       "benefits",     "population/feedback",       "POST", "/feedback",        "data-quality"),
  agreement("benefits-income",         "benefits",     "tax/income",                "GET",  "/{code}",          "means-test", sumIsNeeded),
  agreement("benefits-accounts",       "benefits",     "tax/accounts",              "GET",  "/{code}",          "payment"),
  agreement("benefits-companies",      "benefits",     "business/companies",        "GET",  "/{code}",          "due-diligence"),
  agreement("inspection-entitled",     "inspection",   "benefits/is-entitled-today", "GET", "/{code}/today",    "inspection"),
  agreement("tax-persons",             "tax",          "population/persons",        "GET",  "/persons/{code}",  "tax-assessment"),
  agreement("tax-statistics",          "tax",          "population/statistics",     "GET",  "/residents",       "analytics"),
  agreement("tax-account-requests",    "tax",          "benefits/account-changes",  "POST", "/account-changes", "payment-on-request"),
  agreement("tax-account-changes",     "tax",          "benefits/account-changes",  "POST", "/account-changes", "payment"),
  agreement("population-tax-deaths",   "population",   "tax/deaths",                "POST", "/deaths",          "close-taxes"),
  agreement("population-benefits-deaths", "population", "benefits/deaths",          "POST", "/deaths",          "stop-payments"),
  agreement("population-city-deaths",  "population",   "services/deaths",           "POST", "/deaths",          "end-services"),
  agreement("diplomas-persons",        "diplomas",     "population/persons",        "GET",  "/persons/{code}",  "diploma-issue"),
  agreement("harbour-persons",         "services",     "population/persons",        "GET",  "/persons/{code}",  "municipal-register"),
  agreement("harbour-companies",       "services",     "business/companies",        "GET",  "/{code}",          "public-register", seat),
  agreement("harbour-degrees",         "services",     "diplomas/holds-degree",     "GET",  "/{code}/held",     "recruitment"),
  agreement("harbour-custody",         "services",     "population/custody",        "GET",  "/{code}",          "representation"),
  agreement("harbour-mandates",        "services",     "business/mandates",         "GET",  "/{code}/mandates/{person}", "representation"),
  agreement("harbour-applications",    "services",     "kindergarten/applications", "POST", "/applications",    "childcare-place"),
  agreement("kindergarten-persons",    "kindergarten", "population/persons",        "GET",  "/persons/{code}",  "childcare-place"),
  agreement("kindergarten-income",     "kindergarten", "tax/income-below",          "GET",  "/{code}",          "fee-reduction"),
  agreement("kindergarten-entitled",   "kindergarten", "benefits/is-entitled-today", "GET", "/{code}/today",    "fee-reduction"),
  agreement("bank-next-of-kin",        "onboarding",   "population/next-of-kin",    "GET",  "/{code}",          "know-your-customer"),
  agreement("bank-companies",          "onboarding",   "business/companies",        "GET",  "/{code}",          "company-account"),
  agreement("portal-guardians",        "portal",       "population/powers",         "GET",  "/{representative}", "representation"),
  agreement("portal-directors",        "portal",       "business/powers",           "GET",  "/{representative}", "representation"),
  ...members.flatMap(({ subsystems }) => subsystems).flatMap(asksForPowers),
  agreement("bank-degrees",            "onboarding",   "diplomas/holds-degree",     "GET",  "/{code}/held",     "employment"),
  agreement("police-persons",          "investigation", "population/persons",       "GET",  "/persons/{code}",  "criminal-investigation"),
  agreement("intake-residents",        "intake",       "population/is-resident-of", "GET",  "/{code}",          "local-service"),
];

/** The agreement's document: in force from the beginning of the year, for five years. */
export function agreementDocument(terms: CountryAgreement, now: number) {
  const { id, consumer, service, endpoints, purpose, more } = terms;
  const year = new Date(now).getUTCFullYear();
  const validity = { from: `${year}-01-01T00:00:00Z`, to: `${year + 5}-01-01T00:00:00Z` };
  const purposes = purpose === undefined ? {} : { purposes: [{ id: purpose }] };
  return { v: 1, id, revision: 1, consumer, service, endpoints, validity, ...purposes, ...more };
}

/** Whether one of the subsystems is a party. */
export function concerns({ consumer, service }: CountryAgreement, clients: readonly ClientId[]): boolean {
  return clients.includes(consumer) || clients.includes(providerOf(service));
}
