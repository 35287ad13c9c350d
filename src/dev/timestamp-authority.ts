import { generateKeyPairSync, randomBytes } from "node:crypto";
import { sha256, sha512 } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { DerError } from "../pki/der.ts";
import type { Imprint } from "../pki/timestamp-request.ts";
import type { Identity } from "./ca.ts";
import {
  grantTimestamp,
  issueTimestampToken,
  parseTimestampRequest,
  rejectTimestamp,
  type TimestampRequest,
} from "./timestamp-issue.ts";
import {
  type RunningService,
  type ServiceAnswer,
  type ServiceKnobs,
  type ServiceRequest,
  startTrustService,
  textAnswer,
} from "./trust-service-server.ts";

/** What the TSA does; all may be changed while it runs. */
export interface TimestampKnobs extends ServiceKnobs {
  /** One of `none`, `off`, `reset`, `garbage` and the `timestampFaults`. */
  fault: string;
  /** How far the TSA's clock is ahead of the right one. */
  clockAheadMs: number;
}

const timestampFaults = [
  ...[
    "rejection",
    "wrong-nonce",
    "no-nonce",
    "wrong-imprint",
    "wrong-digest",
    "wrong-policy",
    "wrong-signer",
  ],
  ...["trailing-bytes", "trailing-token-bytes"],
];

export interface TimestampAuthorityOptions {
  readonly port: number;
  readonly clock: Clock;
  readonly identity: Identity;
}

/** The best-practice policy of ETSI EN 319 421 §5.2. */
export const developmentPolicy = "0.4.0.2023.1.1";

/** Starts a time-stamping authority on loopback: RFC 3161 over HTTP POST (§3.4). */
export function startTimestampAuthority(
  options: TimestampAuthorityOptions,
): Promise<RunningService<TimestampKnobs>> {
  const knobs: TimestampKnobs = { slowMs: 0, fault: "none", clockAheadMs: 0 };
  const respond = async (request: ServiceRequest) => answerHttp(request, knobs, options);
  return startTrustService({ port: options.port, knobs, faults: timestampFaults, respond });
}

function answerHttp(
  { method, contentType, body }: ServiceRequest,
  knobs: TimestampKnobs,
  options: TimestampAuthorityOptions,
): ServiceAnswer {
  if (method !== "POST" || contentType !== "application/timestamp-query") {
    return textAnswer(415, "POST application/timestamp-query");
  }
  return { status: 200, contentType: "application/timestamp-reply", body: answerDer(body, knobs, options) };
}

function answerDer(der: Buffer, knobs: TimestampKnobs, options: TimestampAuthorityOptions): Buffer {
  if (knobs.fault === "rejection") return rejectTimestamp(2, "rejected on purpose");
  let request: TimestampRequest;
  try {
    request = parseTimestampRequest(der);
  } catch (error) {
    if (error instanceof DerError) return rejectTimestamp(5, error.message);
    throw error;
  }
  if (request.policy !== undefined && request.policy !== developmentPolicy) {
    return rejectTimestamp(15, `the policy is ${developmentPolicy}`);
  }
  const token = tokenFor(request, knobs, options);
  if (knobs.fault === "trailing-bytes") return Buffer.concat([grantTimestamp(token), Buffer.of(0)]);
  if (knobs.fault === "trailing-token-bytes") return grantTimestamp(Buffer.concat([token, Buffer.of(5, 0)]));
  return grantTimestamp(token);
}

function tokenFor(
  { imprint, nonce, wantsCertificates }: TimestampRequest,
  { fault, clockAheadMs }: TimestampKnobs,
  { identity, clock }: TimestampAuthorityOptions,
): Buffer {
  const { certificate, chain } = identity;
  const sent = wantsCertificates ? [certificate, ...chain.slice(0, -1)] : [];
  const nonces: { readonly [fault: string]: Buffer | undefined } = {
    "wrong-nonce": Buffer.concat([Buffer.of(1), randomBytes(8)]),
    "no-nonce": undefined,
  };
  const privateKey =
    fault === "wrong-signer"
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey
      : identity.privateKey;
  const imprints: { readonly [fault: string]: Imprint } = {
    "wrong-imprint": { digest: "sha256", value: sha256("something else") },
    "wrong-digest": { digest: "sha512", value: sha512(imprint.value) },
  };
  return issueTimestampToken(
    {
      imprint: imprints[fault] ?? imprint,
      policy: fault === "wrong-policy" ? "1.2.3.4" : developmentPolicy,
      genTime: clock.now() + clockAheadMs,
      nonce: Object.hasOwn(nonces, fault) ? nonces[fault] : nonce,
      certificates: sent.map(({ der }) => der),
    },
    { certificate, privateKey },
  );
}
