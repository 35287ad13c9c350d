import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { into, type Question, wordsOf } from "./ask-questions.ts";

const hours = 3600;

/** What `sealway authority init` asks of a new instance, in this order. */
export const registryQuestions: readonly Question[] = [
  { text: "Code of the instance, the first part of all identifiers", place: into("instance") },
  {
    text: "What it is for: production or demonstration",
    usual: "production",
    place: into("purpose"),
  },
  { text: "Name of the first certification authority", place: into("caName") },
  { text: "PEM file of its issuing certificate", place: into("caFile") },
  { text: "URL of its OCSP responder", place: into("ocspUrl") },
  { text: "Name of the first time-stamping authority", place: into("tsaName") },
  { text: "Its URL", place: into("tsaUrl") },
  { text: "PEM file of the CA certificate under which its tokens are verified", place: into("tsaFile") },
  { text: "OIDs of the policies that it stamps by, separated by spaces", place: into("policies") },
  {
    text: "PEM files of the certificates of the officers who approve, separated by spaces (empty: none)",
    usual: "",
    place: into("officers"),
  },
];

/**
 * The registry file of a new instance, in which nobody takes part yet. Without officers a demonstration registers whoever
 * asks.
 */
export function newRegistry(answers: Readonly<Record<string, unknown>>, clock: Clock): object {
  const text = (name: string) => answers[name] as string;
  const pem = (file: string) => ({ pem: resolve(file) });
  const history = [{ state: "granted", from: new Date(clock.now()).toISOString() }];
  const officers = wordsOf(text("officers")).map(pem);
  const isOpen = text("purpose") === "demonstration" && officers.length === 0;
  return {
    ...{ v: 1, instance: text("instance"), purpose: text("purpose") },
    parameters: { ocspFreshnessSeconds: 8 * hours, timestampMaxLagSeconds: 12 * hours },
    registration: isOpen ? { automatic: "all" } : { officers },
    ...{ members: [], servers: [], seals: [] },
    certificationAuthorities: [
      { name: text("caName"), certificate: pem(text("caFile")), ocspUrls: [text("ocspUrl")], history },
    ],
    timestampingAuthorities: [
      {
        ...{ name: text("tsaName"), url: text("tsaUrl"), certificate: pem(text("tsaFile")) },
        ...{ policies: wordsOf(text("policies")), history },
      },
    ],
  };
}
