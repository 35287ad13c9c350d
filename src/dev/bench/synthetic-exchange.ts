import { createHash, randomBytes } from "node:crypto";
import { sha256, toBase64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { providerOf, type ServerId, type ServiceId, unsafeId } from "../../core/ids.ts";
import { serializeHead } from "../../message/head.ts";
import type { MessageRecord, NamedSubject } from "../../messagelog/message-record.ts";

/** An exchange that never was, as it shall stand in a log. */
export interface SyntheticExchange {
  readonly exchangeId: string;
  /** Milliseconds. */
  readonly time: number;
  readonly role: "consumer" | "provider";
  readonly queryId: string | null;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: { readonly id: string; readonly revision: number } | null;
  readonly agreement: { readonly id: string; readonly revision: number } | null;
  /** Commitment, base64url. */
  readonly permission: string | null;
  readonly subjects: readonly NamedSubject[];
  /** Undefined when it never came. */
  readonly answer:
    | {
        readonly type: "response" | "refusal" | "fault";
        readonly after: number;
        readonly code: string | null;
        readonly status: number;
      }
    | undefined;
}

export const verdicts = { response: "permit", refusal: "deny", fault: "none" } as const;

/** Of the sizes that certificates and OCSP responses have. */
const [der, issuerDer, ocspDer] = [randomBytes(780), randomBytes(640), randomBytes(754)];
export const trust = {
  certificate: { sha256: nameOf(der), der, issuerDer },
  ocsp: { sha256: nameOf(ocspDer), der: ocspDer, thisUpdate: 0 },
} as const;
/** The consumer's and the provider's. */
export const servers = [
  unsafeId<ServerId>("DEV/GOV/10000001/ss1"),
  unsafeId<ServerId>("DEV/GOV/10000002/ss2"),
] as const;
const signatureFiller = toBase64Url(randomBytes(1500));
const digest = toBase64Url(randomBytes(32));

/** The records of one side: as a gateway hands them over, of the sizes that they have, with a signature of no key. */
export function exchangeRecords(exchange: SyntheticExchange): MessageRecord[] {
  const { answer, role, time } = exchange;
  const request = recordOf(exchange, {
    type: "request",
    time,
    direction: role === "consumer" ? "sent" : "received",
    document: document(exchange, time, { type: "request", decision: null, fault: null, request: null }),
    head: serializeHead({ ...bare, start: { kind: "request", method: "POST", target: "/persons/search" } }),
    effect: "open",
  });
  if (answer === undefined) return [request];
  const { type, code, status } = answer;
  const ts = time + answer.after;
  const verdict = verdicts[type];
  const reply = recordOf(exchange, {
    type,
    time: ts,
    direction: role === "consumer" ? "received" : "sent",
    document: document(exchange, ts, {
      ...{ type, request: digest, fault: type === "fault" ? { code, hop: "provider" } : null },
      decision: { verdict, code: type === "response" ? null : code, fieldsRemoved: [] },
    }),
    head: serializeHead({ ...bare, start: { kind: "response", status, reason: "" } }),
    effect: "close",
  });
  return [request, reply];
}

const bare = {
  headers: [["Accept", "x".repeat(640)]],
  body: null,
  asOf: null,
  openings: { subjects: [], user: null, caseReference: null, permission: null },
  nonce: randomBytes(16),
} as const;

interface Part {
  readonly type: MessageRecord["type"];
  readonly time: number;
  readonly direction: MessageRecord["direction"];
  readonly document: Json;
  readonly head: Buffer;
  readonly effect: "open" | "close";
}

function recordOf(
  { exchangeId, role, consumer, service, subjects }: SyntheticExchange,
  part: Part,
): MessageRecord {
  const ours = role === "consumer" ? consumer : providerOf(service as ServiceId);
  const signature = `${signatureFiller}${toBase64Url(randomBytes(36))}..${toBase64Url(randomBytes(64))}`;
  return {
    exchangeId: unsafeId(exchangeId),
    ...{ direction: part.direction, type: part.type, time: part.time, head: part.head, signature },
    member: unsafeId(ours.split("/").slice(0, 3).join("/")),
    exchange: Buffer.from(canonicalJson(part.document)),
    subjects: part.type === "request" ? subjects : [],
    ...trust,
    guard: {
      ...{ role, server: servers[0], effect: part.effect },
      ...{ digest: sha256(signature), expires: part.time },
    },
  };
}

function document(
  exchange: SyntheticExchange,
  ts: number,
  more: { readonly type: string; readonly [name: string]: Json },
): Json {
  const { consumer, service, purpose, agreement, permission, queryId, subjects } = exchange;
  const isRequest = more.type === "request";
  const named = isRequest ? subjects : [];
  return {
    ...{ about: null, caseReference: null, contentKind: more.type === "response" ? "json" : null },
    ...{
      client: consumer,
      conversation: exchange.exchangeId,
      deadline: ts + 30_000,
      decisionUse: "caseworker",
    },
    ...{ emergency: null, endpoint: { method: "POST", template: "/persons/search" }, external: null },
    ...{
      from: servers[isRequest ? 0 : 1],
      to: servers[isRequest ? 1 : 0],
      id: exchange.exchangeId,
      instance: "DEV",
    },
    ...{ lawfulBasis: null, purposeSource: "stated", queryId, representedParty: null, rules: null, ts, v: 1 },
    ...{
      purpose: purpose && { ...purpose, sha256: digest },
      agreement: agreement && { ...agreement, sha256: digest },
    },
    ...{ configuration: { sha256: digest, version: 7 }, signerRole: "member", user: null },
    service: { id: service, sha256: digest, version: "1" },
    permission: permission === null ? null : { c: permission, scheme: "urn:sealway:permission" },
    subjects: named.map(({ role, scheme }) => ({ c: digest, role, scheme })),
    subjectCount: named.length,
    ...more,
  };
}

function nameOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url");
}
