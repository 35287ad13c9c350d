import type { MemberId } from "../../core/ids.ts";
import type { ChangeKind, ChangeOf } from "../../message/registration/registration-change.ts";
import type { RegistryState, Taken } from "./registry-state.ts";
import type { ObjectKind } from "./standing.ts";

/** Who signs a request: a member by a good seal of its, an officer of the authority, or a key that the request names. */
export type Signer =
  | { readonly by: "member"; readonly id: MemberId }
  | { readonly by: "officer" }
  | { readonly by: "key"; readonly fingerprint: string };

/** One of these signers must have signed. */
export type AnyOf = readonly Signer[];

/** What a change is, once approved. */
export interface Made extends Taken {
  /** On whose word: a member's, or that of the authority's officers alone. */
  readonly asked: "members" | "authority";
}

/** In what circumstances a change is asked for. */
export interface Circumstances {
  /** As it was before the request. */
  readonly state: RegistryState;
  /** Milliseconds. */
  readonly time: number;
  /** How far back, milliseconds, a seal may be said to count for nothing when no officer has looked at it. */
  readonly compromiseBack: number;
}

export interface ChangeRule<Kind extends ChangeKind> {
  /** What it is about; `add` makes it. */
  readonly object: (change: ChangeOf<Kind>) => readonly [kind: ObjectKind, id: string];
  readonly step: "add" | "change" | "suspend" | "resume" | "remove";
  /** @param state with the changes that stand before it in its request */
  readonly signers: (change: ChangeOf<Kind>, state: RegistryState) => readonly AnyOf[];
  /** Officers who must approve it, unless the registry says otherwise. */
  readonly persons: 1 | 2;
  /**
   * When the registry's rules may approve it without an officer: never; for what narrows, or concerns the asking side's
   * own server only; or for a certificate in whose subject the CA names the member.
   */
  readonly automatic: "never" | "own" | "named in certificate";
  /** When two officers must approve it, whatever the registry says of its kind. */
  readonly isGrave?: (change: ChangeOf<Kind>, circumstances: Circumstances) => boolean;
  /**
   * What speaks against asking for it, the step of its object taken. What was kept is not judged again: a release that
   * refuses more than the one before it must not refuse the log.
   * @throws SealwayError `transition_refused`, `registration_refused`
   */
  readonly check?: (state: RegistryState, change: ChangeOf<Kind>, made: Made) => void;
  /**
   * Makes it so; the step of its object is taken beforehand. Every release makes of an entry that was kept what can be
   * published: to refuse more, `check` is there.
   * @throws SealwayError `transition_refused`
   */
  readonly make: (state: RegistryState, change: ChangeOf<Kind>, made: Made) => void;
}

export type ChangeRules<Kinds extends ChangeKind = ChangeKind> = {
  readonly [Kind in Kinds]: ChangeRule<Kind>;
};

export const officer: Signer = { by: "officer" };

export function member(id: MemberId): Signer {
  return { by: "member", id };
}

export function key(fingerprint: string): Signer {
  return { by: "key", fingerprint };
}
