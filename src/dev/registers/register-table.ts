import { getEntitledToday, getEntitlements } from "./benefits-agency.ts";
import { getCompany, getMandate } from "./business-register.ts";
import { getScan, postDecision } from "./decision-archive.ts";
import { getCut, getEcho, getSlow, getStatus, postEcho } from "./echo-service.ts";
import { getDegreeHeld, getDegrees } from "./education-agency.ts";
import { getFamily, getPerson, searchPersons } from "./population-register.ts";
import { getDirectorPowers, getGuardianPowers } from "./powers.ts";
import { receive } from "./received-message.ts";
import { getCustody, getNextOfKin } from "./relatives.ts";
import { getResidentCounts, getResidentOf } from "./residents.ts";
import type { Route } from "./route.ts";
import { getIncome, getIncomeBelow, getPaymentAccount } from "./tax-board.ts";

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
    ["GET",  "/residents/{code}",           getResidentOf],
    ["GET",  "/kin/{code}",                 getNextOfKin],
    ["GET",  "/custody/{code}",             getCustody],
    ["GET",  "/powers/{representative}",    getGuardianPowers],
    ["GET",  "/powers/{representative}/{represented}", getGuardianPowers],
    ["GET",  "/statistics/residents",       getResidentCounts],
    ["POST", "/feedback",                   receive("exchange", "element", "doubt")],
  ] },
  archive: { title: "Document archive of the Population Register", routes: [
    ["GET",  "/decisions/{id}/scan",        getScan],
    ["POST", "/decisions",                  postDecision],
  ] },
  tax: { title: "Tax Board", routes: [
    ["GET",  "/income/{code}",              getIncome],
    ["GET",  "/income-below/{code}",        getIncomeBelow],
    ["GET",  "/accounts/{code}",            getPaymentAccount],
    ["POST", "/deaths",                     receive("code", "died")],
  ] },
  benefits: { title: "Social Benefits Agency", routes: [
    ["GET",  "/entitlements/{code}",        getEntitlements],
    ["GET",  "/entitlements/{code}/today",  getEntitledToday],
    ["POST", "/account-changes",            receive("code", "account", "since", "request")],
    ["POST", "/deaths",                     receive("code", "died")],
  ] },
  business: { title: "Business Register", routes: [
    ["GET",  "/companies/{code}",           getCompany],
    ["GET",  "/companies/{code}/mandates/{person}", getMandate],
    ["GET",  "/powers/{representative}",    getDirectorPowers],
    ["GET",  "/powers/{representative}/{represented}", getDirectorPowers],
  ] },
  diplomas: { title: "Education Agency", routes: [
    ["GET",  "/degrees/{code}",             getDegrees],
    ["GET",  "/degrees/{code}/held",        getDegreeHeld],
  ] },
  echo: { title: "Echo, for tests and benchmarks", routes: [
    ["GET",  "/echo",                       getEcho],
    ["POST", "/echo",                       postEcho],
    ["GET",  "/slow",                       getSlow],
    ["GET",  "/status/{code}",              getStatus],
    ["GET",  "/cut",                        getCut],
  ] },
  city: { title: "Harbour City", routes: [
    ["POST", "/deaths",                     receive("code", "died")],
    ["POST", "/applications",               receive("child", "kindergarten", "from")],
  ] },
} as const satisfies Record<string, Register>;

export type RegisterName = keyof typeof registerTable;

/** Whether the text, from a command line, names a register. */
export function isRegisterName(text: string): text is RegisterName {
  return Object.hasOwn(registerTable, text);
}
