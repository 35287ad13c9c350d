import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import {
  parseSignedRequest,
  requestDigest,
  type SignedRequest,
} from "../../message/registration/registration-request.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { automaticRule, personsNeeded } from "../registry/approval-rules.ts";
import { noteAdditions } from "../registry/change-rules.ts";
import { judgeSigners, tryChanges } from "../registry/judge-signers.ts";
import type { KeptRequest } from "../registry/kept-request.ts";
import type { RegistryEvent } from "../registry/registry-entry.ts";
import { RegistryState } from "../registry/registry-state.ts";
import { type Rate, RateLimit } from "../services/rate-limit.ts";
import { checkEnoughOfficers } from "./check-enough-officers.ts";
import { checkHandOvers } from "./check-hand-overs.ts";
import { checkNewCertificates, isNamedInCertificate } from "./check-new-certificates.ts";
import type { RegistrationRules } from "./registration-rules.ts";
import type { RegistryBook } from "./registry-book.ts";
import { checkSignersNotRevoked, type RequestSigners, readSigners } from "./request-signers.ts";

/** What is in force, and what the office may ask of the authority. */
export interface OfficeHost {
  readonly clock: Clock;
  /** SHA-256 (base64url) of the root in the anchor. */
  readonly anchor: string;
  index(): ConfigurationIndex;
  rules(): RegistrationRules;
  /** @throws DocumentError when what would be registered cannot be published */
  tryOut(state: RegistryState): void;
}

const minute = 60_000;
/** How far ahead of ours a requester's clock may be, and how long another member may take to sign too, milliseconds. */
const mostAhead = 5 * minute;
const mostAge = 24 * 60 * minute;
/** Requests of one member that wait at a time. */
const mostOpen = 50;
/** Each makes an entry that is kept for ever, and most a version of the configuration that all gateways fetch. */
const ofOneMember: Rate = { burst: 200, refill: 60_000 };

/** Judges registration requests, and takes them. */
export class RegistrationOffice {
  readonly #book: RegistryBook;
  readonly #host: OfficeHost;
  readonly #limit: RateLimit;

  constructor(book: RegistryBook, host: OfficeHost) {
    this.#book = book;
    this.#host = host;
    this.#limit = new RateLimit(ofOneMember, host.clock);
  }

  /**
   * Reads a request, and judges all of it that may take a while.
   * @param signatures attacker-controlled
   * @throws SealwayError `malformed_statement`, `invalid_signature`, `registration_refused`, `act_not_fresh`,
   *   `certificate_*`, `ocsp_*`
   */
  async receive(signatures: readonly string[]): Promise<SignedRequest> {
    const { anchor, clock, index, rules } = this.#host;
    const signed = parseSignedRequest(signatures);
    const { request } = signed;
    const now = clock.now();
    if (request.instance !== index().content.parameters.instance || request.anchor !== anchor)
      throw new SealwayError("registration_refused", "the request is for another instance or authority");
    if (request.time - now > mostAhead || now - request.time > mostAge)
      throw new SealwayError("act_not_fresh", `it was made at ${new Date(request.time).toISOString()}`);
    const certificates = signed.signatures.map(({ certificate }) => certificate);
    const judgedBy = { index: index(), officers: rules().officers };
    readSigners(certificates, request.changes, judgedBy, now);
    await checkNewCertificates(request.changes, judgedBy.index, clock);
    const handers = checkHandOvers(request.changes, this.#book.state, judgedBy, now);
    await checkSignersNotRevoked([...certificates, ...handers], judgedBy, clock, request.changes);
    return signed;
  }

  /**
   * Takes a request whose certificates were judged, or more signatures on one that waits for them.
   * @throws SealwayError `replay` for an id that was used; `access_denied` unless who must has signed;
   *   `transition_refused` and `registration_refused` for what cannot be; `overloaded`; `log_unavailable`
   */
  async take({ request, signatures }: SignedRequest): Promise<KeptRequest> {
    const { id, changes } = request;
    const waiting = this.#waitingFor(request);
    const before = waiting === undefined ? [] : parseSignedRequest(waiting.signatures).signatures;
    const known = new Set(before.map(({ certificate }) => certificate.fingerprint));
    const more = signatures.filter(({ certificate }) => !known.has(certificate.fingerprint));
    const all = [...before, ...more];
    if (more.length === 0)
      throw new SealwayError("replay", "there was a registration request with this id before");
    const certificates = all.map(({ certificate }) => certificate);
    const { index, rules } = this.#host;
    const judgedBy = { index: index(), officers: rules().officers };
    const signers = readSigners(certificates, changes, judgedBy, this.#host.clock.now());
    checkHandOvers(changes, this.#book.state, judgedBy, this.#host.clock.now());
    this.#checkClasses(request);
    if (waiting === undefined) this.#checkRoom(signers.members);
    for (const member of signers.members) this.#limit.enter(member);
    const { verdict, trial } = this.#judge(request, signers);
    const texts = more.map(({ text }) => text);
    const outcome = this.#outcome(request, signers, verdict);
    const event: RegistryEvent =
      waiting === undefined
        ? { entry: "request", signatures: texts, ...outcome }
        : { entry: "signature", request: id, signatures: texts, ...outcome };
    const proposed = this.#book.propose(event);
    this.checkPublishable(outcome.state === "approved" ? proposed.state : trial);
    await this.#book.keep(proposed);
    return this.#book.state.requests.get(id)!;
  }

  /** @returns the request that more signatures are for @throws SealwayError `replay` */
  #waitingFor(request: SignedRequest["request"]): KeptRequest | undefined {
    const kept = this.#book.state.requests.get(request.id);
    if (kept === undefined) return undefined;
    if (kept.state !== "saved" || kept.sha256 !== requestDigest(request))
      throw new SealwayError("replay", "there was a registration request with this id before");
    return kept;
  }

  /** Tries all of it as if it were approved. */
  #judge({ changes, id }: SignedRequest["request"], signers: RequestSigners) {
    const { state } = this.#book;
    const trial = new RegistryState(state);
    const now = this.#host.clock.now();
    noteAdditions(trial, changes, "request", { time: now, by: id });
    const needed = tryChanges(trial, changes, now);
    return { verdict: judgeSigners(needed, signers), trial };
  }

  /** @throws SealwayError `registration_refused` */
  checkPublishable(state: RegistryState): void {
    checkEnoughOfficers(this.#host.rules().officers, this.#book.officers(state), this.#host.clock.now());
    try {
      this.#host.tryOut(state);
    } catch (cause) {
      if (!(cause instanceof DocumentError)) throw cause;
      throw new SealwayError("registration_refused", `${cause.place} ${cause.problem}`.trim(), { cause });
    }
  }

  #outcome(
    { changes }: SignedRequest["request"],
    { approvals, members }: RequestSigners,
    verdict: "saved" | "complete",
  ) {
    const rules = this.#host.rules();
    const circumstances = {
      state: this.#book.state,
      time: this.#host.clock.now(),
      compromiseBack: rules.compromiseBack,
    };
    const asked = members.size > 0 ? "members" : "authority";
    const common = {
      persons: personsNeeded(changes, rules, asked, circumstances),
      members: [...members],
      approvals,
    } as const;
    if (verdict === "saved") return { ...common, state: "saved" } as const;
    const isMembers = members.size > 0;
    const isNamed = (change: Change) => isNamedInCertificate(change, this.#host.index());
    // What officers ask for, others of them approve.
    const automatic = isMembers ? automaticRule(changes, rules, isNamed, circumstances) : undefined;
    const isApproved = automatic !== undefined || (!isMembers && approvals.length >= common.persons);
    const state = isApproved ? ("approved" as const) : ("requested" as const);
    return { ...common, state, ...(automatic !== undefined && { automatic }) };
  }

  #checkClasses({ changes }: SignedRequest["request"]): void {
    const { memberClasses } = this.#host.rules();
    for (const change of changes) {
      if (change.kind !== "member-add" || memberClasses === undefined) continue;
      if (!memberClasses.has(change.member.split("/")[1]!))
        throw new SealwayError("registration_refused", `${change.member} is of a class that there is not`);
    }
  }

  #checkRoom(members: ReadonlySet<MemberId>): void {
    for (const member of members) {
      let open = 0;
      for (const { state, members: askers } of this.#book.state.requests.values())
        if ((state === "saved" || state === "requested") && askers.includes(member)) open += 1;
      if (open >= mostOpen) throw new SealwayError("overloaded", `${open} requests of ${member} wait`);
    }
  }
}
