import { type ClientId, type MemberId, type ServiceId, unsafeId } from "../../../src/core/ids.ts";
import type { ActFacts } from "../../../src/policy/restrictions/judge-act.ts";
import type { RestrictionAct } from "../../../src/policy/restrictions/restriction-act.ts";

export const now = Date.UTC(2026, 10, 22, 12);
export const day = 24 * 60 * 60 * 1000;
export const authority = unsafeId<MemberId>("DEV/GOV/10000009");
export const other = unsafeId<MemberId>("DEV/GOV/10000008");
export const police = unsafeId<ClientId>("DEV/GOV/10000007/investigations");
export const service = unsafeId<ServiceId>("DEV/GOV/10000001/population/persons");

/** An order with nothing wrong in it. */
export function sampleAct(changes: Partial<RestrictionAct> = {}): RestrictionAct {
  return {
    ...{ v: 1, instance: "DEV", time: now, id: "0197a0c4-5e00-7000-8000-000000000001", revision: 1 },
    ...{ previous: null, state: "ordered", authority, provision: "Criminal Procedure Act § 110" },
    ...{ order: "A".repeat(43), ground: "investigation", reviewBy: now + 30 * day, from: now, until: null },
    covers: { consumer: police, service, purpose: "investigation", exchanges: [] },
    ...changes,
  };
}

/** What the order is judged on. */
export function sampleFacts(changes: Partial<ActFacts> = {}): ActFacts {
  return {
    law: {
      orderingAuthorities: new Set([authority]),
      restrictablePurposes: [{ service, purpose: "investigation" }],
    },
    ...{ instance: "DEV", signer: authority, digest: "digest of the order", known: undefined, now },
    ...changes,
  };
}
