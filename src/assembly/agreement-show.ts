import type { Json } from "../core/canonical-json.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { parseSignedAgreementAct } from "../message/agreement-act-record.ts";
import { type AuthorityWord, type CertifiedAttributes, stopKey } from "../policy/agreement.ts";
import { type AgreementAct, parseAgreementAct } from "../policy/agreements/agreement-act.ts";
import type { AgreementHistory, Terms } from "../policy/agreements/agreement-history.ts";
import { standingOf, stateAt, termsAt } from "../policy/agreements/agreement-standing.ts";
import type { AgreementBook } from "./agreement-book.ts";
import type { ShownAct, ShownAgreement } from "./agreement-orders.ts";

/**
 * Everything that is known of an agreement, its acts as they were signed among it.
 * @param now milliseconds @param word the authority's, of the consumer's member and of the agreement
 * @throws SealwayError `log_unavailable`
 */
export async function showAgreement(
  book: AgreementBook,
  history: AgreementHistory,
  now: number,
  { certified = new Map(), stops }: AuthorityWord,
): Promise<ShownAgreement> {
  const { id, consumer, service, head } = history;
  const stop = stops?.get(stopKey(history));
  const suspended = { ...history.suspended, authority: stop ?? null };
  const { settled, pending } = book.ledger.acts(id);
  const shown = (standing: ShownAct["standing"]) => (sha256: string) => showAct(book, sha256, standing);
  const acts = await Promise.all([...settled.map(shown("counts")), ...pending.map(shown("waiting"))]);
  const terms = termsAt(history, now);
  const isProposalInForce = terms !== null && terms === history.proposal;
  const { instance } = acts[0]!;
  return {
    ...{
      id,
      instance,
      consumer,
      service,
      head,
      suspended,
      state: stop?.state === "ended" ? "ended" : stateAt(history, now),
    },
    terms: terms && documentOf(terms),
    termsDigest: terms?.agreement.sha256 ?? null,
    revision: terms?.agreement.revision ?? null,
    proposal: isProposalInForce ? null : proposalIn(history),
    conditions: conditionsIn(history, terms, now, certified),
    acts: acts.map(({ instance: _, ...act }) => act),
  };
}

function documentOf({ agreement }: Terms): Json {
  return parseStrictJson(agreement.bytes) as Json;
}

function proposalIn({ proposal }: AgreementHistory): ShownAgreement["proposal"] {
  if (proposal === null) return null;
  const { by, byLaw, deadline, agreement } = proposal;
  const { revision, sha256: termsDigest } = agreement;
  return { by, revision, termsDigest, terms: documentOf(proposal), byLaw, deadline };
}

function conditionsIn(
  history: AgreementHistory,
  terms: Terms | null,
  now: number,
  certified: CertifiedAttributes,
): ShownAgreement["conditions"] {
  const agreement = (terms ?? history.inForce ?? history.proposal)?.agreement;
  return (agreement?.conditions ?? []).map((condition) => {
    const conditionsUntil =
      condition.kind === "certified"
        ? (certified.get(condition.attribute) ?? 0)
        : standingOf({ ...agreement!, conditions: [condition] }, history).conditionsUntil;
    const until =
      conditionsUntil === 0 || conditionsUntil === Number.POSITIVE_INFINITY ? null : conditionsUntil;
    return { ...condition, until, met: now < conditionsUntil };
  });
}

async function showAct(
  book: AgreementBook,
  sha256: string,
  standing: ShownAct["standing"],
): Promise<ShownAct & { readonly instance: string }> {
  const { payload, certificate } = parseSignedAgreementAct(await book.papers.bytesOf(sha256));
  const act = parseAgreementAct(payload);
  const receipts = Object.values(book.ledger.receiptsOf(sha256)).map((one) => {
    return { by: one.by, time: one.time, sha256: one.sha256 };
  });
  const { by, time, revision, terms, previous, instance } = act;
  return {
    ...{ instance, act: act.act, by, time, revision, terms, sha256, previous, standing, receipts },
    signer: certificate.fingerprint,
    ...whatItSays(act),
  };
}

function whatItSays(act: AgreementAct): Pick<ShownAct, "reason" | "attribute" | "until" | "answers"> {
  return {
    reason: "reason" in act ? act.reason : null,
    attribute: "attribute" in act ? act.attribute : null,
    until: "until" in act ? act.until : null,
    answers: "answers" in act ? (act.answers as unknown as Json) : null,
  };
}
