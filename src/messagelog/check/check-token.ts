import { type Timestamp, type TimestampFinding, verifyTimestampToken } from "../../pki/timestamp-verdict.ts";
import type { TrustedTsa } from "../../trust/configuration-index.ts";
import { stateAt } from "../../trust/configuration-index.ts";
import type { Batch } from "../message-store.ts";
import type { Damage, DamageKind } from "./damage.ts";

export interface TokenRules {
  /** All that the configuration has ever listed, with their histories. */
  readonly authorities: readonly TrustedTsa[];
  /** Now, milliseconds. */
  readonly at: number;
}

/** What a finding about a token means for the log; the others make it malformed. */
const kinds: { readonly [finding in TimestampFinding]?: DamageKind } = {
  "the imprint is of other data": "token-other-root",
  "the imprint is of another algorithm": "token-other-root",
  "the certificate leads to no anchor": "token-foreign",
  "the policy is not accepted": "token-foreign",
  "a certificate was not valid at the time of the token": "token-expired",
  "the certificate is revoked": "token-revoked",
};

/** @returns what is wrong with a batch's time-stamp, or the time-stamp */
export function checkToken(batch: Batch, { authorities, at }: TokenRules): Timestamp | Damage[] {
  const { number, root, token, genTime } = batch;
  const anchors = authorities.map(({ certificate }) => certificate);
  const imprint = { digest: "sha256" as const, value: root };
  const verdict = verifyTimestampToken(token, { imprint, anchors, at });
  if (verdict.outcome === "invalid") {
    return verdict.findings.map((finding) => {
      return { kind: kinds[finding] ?? "token-malformed", batch: number, detail: finding };
    });
  }
  const { timestamp } = verdict;
  if (timestamp.genTime !== genTime) {
    return [{ kind: "batch-changed", batch: number, detail: "its time is not that of its time-stamp" }];
  }
  const fingerprints = new Set(timestamp.chain.map(({ fingerprint }) => fingerprint));
  const granted = authorities.some(({ authority, certificate }) => {
    const isListed = authority.policies.length === 0 || authority.policies.includes(timestamp.policy);
    return (
      isListed &&
      fingerprints.has(certificate.fingerprint) &&
      stateAt(authority.history, genTime) === "granted"
    );
  });
  if (granted) return timestamp;
  const detail = "no authority of its certificate and policy was granted then";
  return [{ kind: "token-foreign", batch: number, detail }];
}
