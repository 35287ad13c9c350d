import { getEntitledToday, getEntitlements } from "./benefits-agency.ts";
import { getCompany } from "./business-register.ts";
import { getScan, postDecision } from "./decision-archive.ts";
import { getCut, getEcho, getSlow, getStatus, postEcho } from "./echo-service.ts";
import { getDegrees } from "./education-agency.ts";
import { getFamily, getPerson, searchPersons } from "./population-register.ts";
import type { Route } from "./route.ts";
import { getIncome, getPaymentAccount } from "./tax-board.ts";

/** An information system of the invented country: its title and what it serves. */
export interface Register {
  readonly title: string;
  readonly routes: readonly Route[];
}

/** Which register serves which paths. */
// biome-ignore format: a table is read by its columns
export const registerTable = {
  population: { title: "Population Register", routes: [
    ["GET",  "/persons/{code}",             getPerson],
    ["GET",  "/persons/{code}/family",      getFamily],
    ["POST", "/persons/search",             searchPersons],
  ] },
  archive: { title: "Document archive of the Population Register", routes: [
    ["GET",  "/decisions/{id}/scan",        getScan],
    ["POST", "/decisions",                  postDecision],
  ] },
  tax: { title: "Tax Board", routes: [
    ["GET",  "/income/{code}",              getIncome],
    ["GET",  "/accounts/{code}",            getPaymentAccount],
  ] },
  benefits: { title: "Social Benefits Agency", routes: [
    ["GET",  "/entitlements/{code}",        getEntitlements],
    ["GET",  "/entitlements/{code}/today",  getEntitledToday],
  ] },
  business: { title: "Business Register", routes: [
    ["GET",  "/companies/{code}",           getCompany],
  ] },
  diplomas: { title: "Education Agency", routes: [
    ["GET",  "/degrees/{code}",             getDegrees],
  ] },
  echo: { title: "Echo, for tests and benchmarks", routes: [
    ["GET",  "/echo",                       getEcho],
    ["POST", "/echo",                       postEcho],
    ["GET",  "/slow",                       getSlow],
    ["GET",  "/status/{code}",              getStatus],
    ["GET",  "/cut",                        getCut],
  ] },
} as const satisfies Record<string, Register>;

export type RegisterName = keyof typeof registerTable;

/** Whether the text, from a command line, names a register. */
export function isRegisterName(text: string): text is RegisterName {
  return Object.hasOwn(registerTable, text);
}
