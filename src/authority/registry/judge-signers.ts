import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import type { AnyOf, Signer } from "./change-rule.ts";
import { makeProposed, ruleOf } from "./change-rules.ts";
import type { RegistryState } from "./registry-state.ts";

/** Who has signed a request, its signatures verified and its certificates judged. */
export interface Signers {
  readonly members: ReadonlySet<MemberId>;
  /** How many officers of the authority. */
  readonly officers: number;
  /** Fingerprints of all certificates that signed. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Tries the changes of a request one after another, and says who must sign them.
 * @param state a copy, which is changed: it has noted what the request wants to add
 * @throws SealwayError `transition_refused` or what else speaks against a change
 */
export function tryChanges(state: RegistryState, changes: readonly Change[], time: number): readonly AnyOf[] {
  return changes.flatMap((change) => {
    const needed = ruleOf(change).signers(change as never, state);
    makeProposed(state, change, { time, by: "a trial", asked: "members" });
    return needed;
  });
}

/**
 * Whether all have signed who must.
 * @returns `saved` when others still have to, who are members or officers
 * @throws SealwayError `access_denied` when a key that the request names has not signed it, or nobody has who must
 */
export function judgeSigners(needed: readonly AnyOf[], signers: Signers): "saved" | "complete" {
  const missing = needed.filter((anyOf) => !anyOf.some((signer) => hasSigned(signer, signers)));
  if (missing.length === 0) return "complete";
  const names = [...new Set(missing.map((anyOf) => anyOf.map(nameOf).join(" or ")))];
  const denied = () => new SealwayError("access_denied", `not signed by ${names.join(", nor by ")}`);
  // A key that is at hand signs at once; another member may need days.
  if (missing.some((anyOf) => anyOf.some(({ by }) => by === "key"))) throw denied();
  const isAnybodys = needed.some((anyOf) =>
    anyOf.some((signer) => signer.by !== "key" && hasSigned(signer, signers)),
  );
  if (!isAnybodys) throw denied();
  return "saved";
}

function hasSigned(signer: Signer, { members, officers, keys }: Signers): boolean {
  if (signer.by === "member") return members.has(signer.id);
  return signer.by === "key" ? keys.has(signer.fingerprint) : officers > 0;
}

function nameOf(signer: Signer): string {
  if (signer.by === "member") return `a good seal of ${signer.id}`;
  return signer.by === "key"
    ? `the key of the certificate ${signer.fingerprint}`
    : "an officer of the authority";
}
