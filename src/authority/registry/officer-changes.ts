import type { ChangeKind } from "../../message/registration/registration-change.ts";
import { type ChangeRules, key, officer } from "./change-rule.ts";
import { fingerprintOf } from "./registry-state.ts";

type Kinds = Extract<ChangeKind, `officer-${string}`>;

/** Who decides on requests. That enough of them are left, who knows the time sees to. */
export const officerChanges: ChangeRules<Kinds> = {
  "officer-add": {
    object: ({ certificate }) => ["officer", fingerprintOf(certificate)],
    step: "add",
    signers: ({ certificate }) => [[officer], [key(fingerprintOf(certificate))]],
    persons: 2,
    automatic: "never",
    isGrave: () => true,
    make: (state, { certificate }) => void state.officers.set(fingerprintOf(certificate), { certificate }),
  },
  "officer-end": {
    object: ({ fingerprint }) => ["officer", fingerprint],
    step: "remove",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    isGrave: () => true,
    make: (state, { fingerprint }) => void state.officers.delete(fingerprint),
  },
};
