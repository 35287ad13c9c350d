import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { canonicalJson, type Json } from "../../../src/core/canonical-json.ts";
import {
  type AgreementAct,
  parseAgreementAct,
  termsDigest,
} from "../../../src/policy/agreements/agreement-act.ts";
import {
  type AgreementHistory,
  afterAgreementAct,
  termsSpokenOf,
} from "../../../src/policy/agreements/agreement-history.ts";
import type { KeptAgreementAct } from "../../../src/policy/agreements/agreement-ledger.ts";

export const now = Date.UTC(2026, 10, 22);
export const day = 86_400_000;
export const consumer = "DEV/GOV/10000003/benefits";
export const service = "DEV/GOV/10000001/population/persons";

/** Terms as a consumer writes them. @param changes replace or add members */
export function terms(changes: { readonly [name: string]: Json } = {}): { readonly [name: string]: Json } {
  const validity = { from: "2026-01-01T00:00:00Z", to: "2029-01-01T00:00:00Z" };
  const endpoints = [{ method: "GET", path: "/**" }];
  return { v: 1, id: "a", revision: 1, consumer, service, endpoints, validity, ...changes };
}

export const answers = {
  questionnaire: "access-to-data",
  version: 1,
  answers: {
    task: "Deciding on housing benefits of families, by the income of the household.",
    "own-task": true,
    "task-provision": "Social Code, Book II, section 22",
    "personal-data": "ordinary",
    basis: "public-task",
    "impact-assessed": true,
    "persons-told": "told",
    "kept-for-days": 3650,
    automated: false,
    "passed-on": false,
    "every-field-needed": true,
    "yes-or-no-considered": true,
  },
};

type States = { readonly [name: string]: unknown };

/** An act on what there is, that nobody signed. @param changes replace or add members */
export function actOn(
  history: AgreementHistory | undefined,
  word: AgreementAct["act"],
  changes: States = {},
): AgreementAct {
  const common = { act: word, instance: "DEV", time: now, agreement: "a", consumer, service };
  const about = aboutOf(history, word);
  const previous = history?.head ?? null;
  return parseAgreementAct({ ...common, by: makerOf(word), previous, ...about, ...changes });
}

function makerOf(word: AgreementAct["act"]): string {
  return word === "approve" || word === "decline" || word === "verify" ? "provider" : "consumer";
}

function aboutOf(history: AgreementHistory | undefined, word: AgreementAct["act"]): States {
  const reason = "because it is so";
  if (word === "request") {
    const document = terms();
    return { document, answers, byLaw: null, revision: 1, terms: termsDigest(document) };
  }
  if (word === "change") {
    const revision = (history?.lastRevision ?? 1) + 1;
    const document = terms({ revision });
    return { document, byLaw: null, reason, revision, terms: termsDigest(document) };
  }
  const spoken = history === undefined ? undefined : termsSpokenOf(history, word)?.agreement;
  const stated = { revision: spoken?.revision ?? 1, terms: spoken?.sha256 ?? termsDigest(terms()) };
  if (word === "approve") {
    const document = JSON.parse((spoken?.bytes ?? Buffer.from(canonicalJson(terms()))).toString("utf8"));
    return { ...stated, document };
  }
  if (word === "declare") return { ...stated, attribute: "audited" };
  if (word === "verify") return { ...stated, attribute: "audited", until: now + 30 * day };
  if (word === "withdraw") return { ...stated, attribute: "audited", reason };
  return { ...stated, reason };
}

/** As if it had been signed: two acts that differ have other digests. */
export function kept(act: AgreementAct): KeptAgreementAct {
  return { act, sha256: sha256Base64Url(canonicalJson(act as unknown as Json)) };
}

/** After acts of these words, each by its usual maker. @param received when the provider took each */
export function historyAfter(
  words: readonly (AgreementAct["act"] | readonly [AgreementAct["act"], States])[],
  received: number | null = now,
): AgreementHistory {
  let history: AgreementHistory | undefined;
  for (const one of words) {
    const [word, changes] = typeof one === "string" ? [one, {}] : one;
    history = afterAgreementAct(history, { ...kept(actOn(history, word, changes)), received });
  }
  return history!;
}
