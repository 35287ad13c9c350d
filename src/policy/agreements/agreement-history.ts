import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ServiceId } from "../../core/ids.ts";
import type { Agreement } from "../agreement.ts";
import type { AgreementAct, AgreementSide, ByLaw } from "./agreement-act.ts";
import { type AgreementState, agreementStateAfter } from "./agreement-transitions.ts";
import { checkByLaw } from "./check-by-law.ts";
import { parseTerms } from "./parse-terms.ts";

const day = 86_400_000;

/** An act whose signature is proven, and whose it is. */
export interface ProvenAgreementAct {
  readonly act: AgreementAct;
  /** SHA-256 (base64url) of the act as it was signed. */
  readonly sha256: string;
  /** When the provider took it, by its signed receipt, milliseconds; null while that is not known. */
  readonly received: number | null;
}

/** Terms as an act brought them. */
export interface Terms {
  /** Its bytes are the document in canonical form. */
  readonly agreement: Agreement;
  readonly byLaw: ByLaw | null;
  /** Milliseconds: since when they are in force, or since when they are proposed. */
  readonly since: number;
}

export interface Proposal extends Terms {
  readonly by: AgreementSide;
  /** From when on, by law, they are in force whatever the provider does; null: its approval is needed. */
  readonly deadline: number | null;
}

/** Why somebody stopped the calls, and since when. */
export interface Suspension {
  readonly since: number;
  readonly reason: string;
}

/** A condition's attribute as it was stated, and until when it counts; Infinity for one without an end. */
export interface StatedAttribute {
  readonly by: AgreementSide;
  readonly until: number;
}

/** Where an agreement stands after some acts. */
export interface AgreementHistory {
  readonly id: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  readonly acts: number;
  /** SHA-256 (base64url) of the newest act: the next one names it. */
  readonly head: string;
  readonly state: AgreementState;
  /** The highest revision that was proposed. */
  readonly lastRevision: number;
  readonly proposal: Proposal | null;
  readonly inForce: Terms | null;
  /** Two flags, of which each is set and cleared by its own side; the authority's stands in the configuration. */
  readonly suspended: Readonly<Record<AgreementSide, Suspension | null>>;
  readonly attributes: ReadonlyMap<string, StatedAttribute>;
}

const noFlags = { consumer: null, provider: null } as const;

/**
 * What an act makes of an agreement. Both sides, and whoever reads the acts later, compute it by this.
 * @param history undefined before the first act
 * @throws SealwayError `act_out_of_order` for one that does not follow the newest act: a replayed, older or forked one;
 *   `agreement_mismatch` for one between others, or about other terms; `transition_refused`, `access_denied` and
 *   `agreement_by_law` for one that is not to be made; `act_refused` for terms that are no agreement
 */
export function afterAgreementAct(
  history: AgreementHistory | undefined,
  proven: ProvenAgreementAct,
): AgreementHistory {
  const { act, sha256 } = proven;
  checkPair(history, act);
  const head = history?.head ?? null;
  if (act.previous !== head)
    throw new SealwayError(
      "act_out_of_order",
      `it follows ${act.previous ?? "no act"}, and the newest act on the agreement is ${head ?? "none"}`,
    );
  const state = agreementStateAfter(history?.state ?? "absent", act.act, act.by);
  if (history === undefined)
    return firstHistory(act as Extract<AgreementAct, { act: "request" }>, proven, state);
  checkTerms(history, act);
  checkByLaw(history, act);
  return { ...history, ...changeBy(history, proven), acts: history.acts + 1, head: sha256, state };
}

function checkPair(
  history: AgreementHistory | undefined,
  { agreement, consumer, service }: AgreementAct,
): void {
  if (history === undefined) return;
  if (history.id !== agreement || history.consumer !== consumer || history.service !== service)
    throw new SealwayError("agreement_mismatch", "the agreement of this id is between others");
}

/** An act about what stands names it; one that brings terms names the next revision. */
function checkTerms(history: AgreementHistory, act: AgreementAct): void {
  const { revision, terms } = act;
  if (act.act === "change") {
    if (revision !== history.lastRevision + 1)
      throw new SealwayError("agreement_mismatch", `the next revision is ${history.lastRevision + 1}`);
    return;
  }
  const { agreement } = termsSpokenOf(history, act.act);
  if (agreement.revision !== revision || agreement.sha256 !== terms)
    throw new SealwayError(
      "agreement_mismatch",
      `it is about other terms: these are revision ${agreement.revision}, ${agreement.sha256}`,
    );
}

/** Approval and refusal are about what is proposed; everything else about what is in force, where something is. */
export function termsSpokenOf(history: AgreementHistory, word: AgreementAct["act"]): Terms {
  const isOfProposal = word === "approve" || word === "decline";
  // One of them is there in every state that takes an act.
  return (isOfProposal ? history.proposal : (history.inForce ?? history.proposal))!;
}

function firstHistory(
  act: Extract<AgreementAct, { act: "request" }>,
  proven: ProvenAgreementAct,
  state: AgreementState,
): AgreementHistory {
  if (act.revision !== 1) throw new SealwayError("agreement_mismatch", "a request is for revision 1");
  const { agreement: id, consumer, service } = act;
  return {
    ...{ id, consumer, service, acts: 1, head: proven.sha256, state, lastRevision: 1 },
    ...{
      proposal: proposalOf(act, proven.received),
      inForce: null,
      suspended: noFlags,
      attributes: new Map(),
    },
  };
}

type Changed = Partial<AgreementHistory>;

function changeBy(history: AgreementHistory, { act, received }: ProvenAgreementAct): Changed {
  switch (act.act) {
    case "change":
      return { proposal: proposalOf(act, received), lastRevision: act.revision };
    case "approve":
      return approved(history, act);
    case "decline":
      return { proposal: null };
    case "suspend":
      return { suspended: withFlag(history, act.by, { since: act.time, reason: act.reason }) };
    case "resume":
      return { suspended: withFlag(history, act.by, null) };
    case "declare":
      return stated(history, act, "declared", Number.POSITIVE_INFINITY);
    case "verify":
      return stated(history, act, "verified", act.until);
    case "withdraw":
      return withdrawn(history, act);
    default:
      return {};
  }
}

function proposalOf(
  act: Extract<AgreementAct, { document: unknown; byLaw: unknown }>,
  received: number | null,
): Proposal {
  const { by, byLaw, time } = act;
  // The law binds the provider: what it proposes itself waits for the consumer, whatever receipts there are of it.
  const isOrdered = by === "consumer" && byLaw !== null && received !== null;
  const deadline = isOrdered ? received + byLaw.withinDays * day : null;
  return { agreement: agreementIn(act), byLaw, since: time, by, deadline };
}

/** @throws SealwayError `act_refused`; `agreement_mismatch` for a document that is about something else than its act */
function agreementIn(act: Extract<AgreementAct, { document: unknown }>): Agreement {
  const agreement = parseTerms(act.document);
  const { id, revision, consumer, service } = agreement;
  const isOfAct = id === act.agreement && consumer === act.consumer && service === act.service;
  if (!isOfAct || revision !== act.revision)
    throw new SealwayError(
      "agreement_mismatch",
      "the document has another id, revision, consumer or service",
    );
  return agreement;
}

function approved({ proposal }: AgreementHistory, act: Extract<AgreementAct, { act: "approve" }>): Changed {
  const { agreement, byLaw, by } = proposal!;
  if (by === act.by)
    throw new SealwayError("access_denied", "whoever proposed the terms does not approve them");
  return { proposal: null, inForce: { agreement, byLaw, since: act.time } };
}

/** A side's own flag alone; none is set twice, nor cleared that is not set. */
function withFlag({ suspended }: AgreementHistory, by: AgreementSide, flag: Suspension | null) {
  if ((suspended[by] === null) === (flag === null))
    throw new SealwayError(
      "transition_refused",
      flag === null ? `the ${by} has not suspended it` : `the ${by} has suspended it already`,
    );
  return { ...suspended, [by]: flag };
}

function stated(
  history: AgreementHistory,
  act: Extract<AgreementAct, { attribute: string }>,
  kind: "declared" | "verified",
  until: number,
): Changed {
  const { agreement } = termsSpokenOf(history, act.act);
  const asked = (agreement.conditions ?? []).some(
    (one) => one.attribute === act.attribute && one.kind === kind,
  );
  if (!asked) throw new SealwayError("act_refused", `no condition of the terms asks that it is ${kind}`);
  return { attributes: new Map(history.attributes).set(act.attribute, { by: act.by, until }) };
}

function withdrawn(
  { attributes }: AgreementHistory,
  act: Extract<AgreementAct, { act: "withdraw" }>,
): Changed {
  if (attributes.get(act.attribute)?.by !== act.by)
    throw new SealwayError("transition_refused", `the ${act.by} has not stated it`);
  const left = new Map(attributes);
  left.delete(act.attribute);
  return { attributes: left };
}
