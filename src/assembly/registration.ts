import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { uuidV7 } from "../core/uuid.ts";
import type { Change } from "../message/registration/registration-change.ts";
import {
  type RegistrationDecision,
  signRegistrationDecision,
  signRegistrationQuery,
} from "../message/registration/registration-decision.ts";
import {
  type RegistrationRequest,
  signRegistrationRequest,
} from "../message/registration/registration-request.ts";
import type { Signer } from "../pki/signer.ts";
import type { Anchor } from "../trust/anchor.ts";
import { type Answered, askAuthority, isPlainText } from "./ask-authority.ts";

/** A registration request as the authority shows it. */
export interface RegistrationStatus {
  readonly request: RegistrationRequest;
  /** SHA-256 (base64url), which decisions name. */
  readonly sha256: string;
  readonly state: "saved" | "requested" | "approved" | "declined" | "expired";
  /** ISO 8601. */
  readonly received: string;
  readonly since: string;
  readonly expires: string | null;
  /** How many officers have approved it, of how many who must. */
  readonly approved: number;
  readonly persons: number;
  /** By whose seals it is signed; missing from an authority of an earlier release. */
  readonly members?: readonly string[];
  readonly automatic: string | null;
  readonly reason: string | null;
  /** Version of the configuration that has it; null while it waits or cannot be published; missing when only asked for. */
  readonly configuration?: number | null;
}

/** What the authority said of a request. */
export type RegistrationAnswer<Taken = RegistrationStatus> =
  | { readonly kind: "taken"; readonly taken: Taken }
  | { readonly kind: "refused"; readonly code: string; readonly detail: string; readonly remedy: string };

/** @param changes all of them are made, or none @param note for the officers; names no persons */
export function makeRegistrationRequest(
  { instance, root }: Pick<Anchor, "instance" | "root">,
  changes: readonly Change[],
  clock: Clock,
  note?: string,
): RegistrationRequest {
  const time = clock.now();
  const anchor = sha256Base64Url(root);
  return {
    ...{ v: 1, id: uuidV7(time), instance, anchor, time, changes },
    ...(note !== undefined && { note }),
  };
}

/**
 * Signs a request with each of these keys, and hands it in. With others' signatures it is handed in again by them.
 * @param places base URLs of the authority and its mirrors
 * @throws SealwayError `authority_unreachable`, `signer_unavailable`
 */
export async function sendRegistrationRequest(
  places: readonly string[],
  request: RegistrationRequest,
  signers: readonly Signer[],
): Promise<RegistrationAnswer> {
  // A key that must sign for two reasons signs once.
  const once = new Map(signers.map((signer) => [signer.certificate.fingerprint, signer]));
  const signatures = await Promise.all(
    [...once.values()].map((signer) => signRegistrationRequest(signer, request)),
  );
  const body = JSON.stringify({ signatures });
  return askAuthority(places, { method: "POST", path: "/registration/requests", body }, readStatus);
}

/** How a request stands. @throws SealwayError `authority_unreachable` */
export function showRegistrationRequest(places: readonly string[], id: string): Promise<RegistrationAnswer> {
  const path = `/registration/requests/${encodeURIComponent(id)}`;
  return askAuthority(places, { method: "GET", path }, readStatus);
}

/** An officer's word on a request. @throws as `sendRegistrationRequest` */
export async function decideRegistrationRequest(
  places: readonly string[],
  officer: Signer,
  decision: RegistrationDecision,
): Promise<RegistrationAnswer> {
  const body = JSON.stringify({ decision: await signRegistrationDecision(officer, decision) });
  return askAuthority(places, { method: "POST", path: "/registration/decisions", body }, readStatus);
}

/** The requests that the signer may see, newest first. @throws as `sendRegistrationRequest` */
export async function listRegistrationRequests(
  places: readonly string[],
  signer: Signer,
  query: Parameters<typeof signRegistrationQuery>[1],
): Promise<RegistrationAnswer<readonly RegistrationStatus[]>> {
  const body = JSON.stringify({ query: await signRegistrationQuery(signer, query) });
  const call = { method: "POST", path: "/registration/queries", body } as const;
  return askAuthority(places, call, (status, answer) => {
    if (status !== 200) return readRefusal(answer);
    const requests = answer?.requests;
    if (!Array.isArray(requests) || !requests.every(isStatus)) return undefined;
    return { kind: "taken", taken: requests };
  });
}

function readStatus(status: number, answer: Answered): RegistrationAnswer | undefined {
  if (status >= 300) return readRefusal(answer);
  return isStatus(answer) ? { kind: "taken", taken: answer } : undefined;
}

/** A mirror may say anything: only what an authority could say is taken for an answer. */
function readRefusal(answer: Answered): Extract<RegistrationAnswer, { kind: "refused" }> | undefined {
  const { code, detail, remedy } = answer ?? {};
  if (![code, detail, remedy].every(isPlainText)) return undefined;
  return { kind: "refused", code: code as string, detail: detail as string, remedy: remedy as string };
}

const states = ["saved", "requested", "approved", "declined", "expired"];

function isStatus(value: unknown): value is RegistrationStatus {
  if (typeof value !== "object" || value === null) return false;
  const told = value as Record<string, unknown>;
  const { approved, expires, members = [], persons, received } = told;
  const { id, changes, note = "" } = (told.request ?? {}) as Record<string, unknown>;
  if (!states.includes(told.state as string) || !Array.isArray(members) || !Array.isArray(changes))
    return false;
  const texts = [told.sha256, id, note, told.reason ?? "", told.automatic ?? "", ...members];
  const times = [received, expires ?? received];
  return (
    texts.every(isPlainText) &&
    times.every((time) => isPlainText(time) && !Number.isNaN(Date.parse(time))) &&
    [approved, persons].every(Number.isInteger)
  );
}
