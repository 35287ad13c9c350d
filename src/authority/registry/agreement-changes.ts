import { SealwayError } from "../../core/errors.ts";
import {
  type ClientId,
  memberOf,
  parseClientId,
  parseServiceId,
  providerOf,
  type ServiceId,
} from "../../core/ids.ts";
import type { RegisteredStop } from "../../message/registration/registered.ts";
import type { ChangeKind, ChangeOf } from "../../message/registration/registration-change.ts";
import { type ChangeRules, officer } from "./change-rule.ts";
import type { RegistryState } from "./registry-state.ts";

type Kinds = Extract<ChangeKind, `agreement-${string}`>;
type OfAgreement = Pick<ChangeOf<"agreement-suspend">, "agreement" | "consumer" | "service">;

const nameOf = ({ agreement, consumer, service }: OfAgreement) => `${agreement} ${consumer} ${service}`;
const agreement = (change: OfAgreement) => ["agreement", nameOf(change)] as const;

/** The authority's own flag on agreements, which others make and hold: it stops calls whatever they do. */
export const agreementChanges: ChangeRules<Kinds> = {
  "agreement-suspend": {
    object: agreement,
    step: "suspend",
    signers: () => [[officer]],
    persons: 1,
    automatic: "never",
    check: (state, { consumer, service }) => {
      checkWasRegistered(state, consumer);
      checkWasRegistered(state, providerOf(service));
      checkSpelling(service);
    },
    make: (state, change, { time }) => {
      const { agreement: id, consumer, service, reason } = change;
      const since = new Date(time).toISOString();
      const stop = { agreement: id, consumer, service, state: "suspended", since, reason } as const;
      state.agreementStops.set(nameOf(change), stop);
    },
  },
  "agreement-resume": {
    object: agreement,
    step: "resume",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    make: (state, change) => void state.agreementStops.delete(nameOf(change)),
  },
  "agreement-end": {
    object: agreement,
    step: "remove",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    make: (state, change, { time }) => {
      const before = state.agreementStops.get(nameOf(change))!;
      const since = new Date(time).toISOString();
      state.agreementStops.set(nameOf(change), { ...before, state: "ended", since, reason: change.reason });
    },
  },
};

/** A flag under a mistyped name would stop nothing; what left may be the reason to stop, and its agreements still be held. */
function checkWasRegistered(state: RegistryState, id: ClientId): void {
  const kind = (id as string) === memberOf(id) ? "member" : "subsystem";
  if (state.stateOf(kind, id) !== "removed") state.checkRegistered(kind, id);
}

function checkSpelling(service: ServiceId): void {
  const spelled = parseServiceId(service);
  if (spelled !== service)
    throw new SealwayError("registration_refused", `${service} is to be spelled ${spelled}`);
}

/**
 * Stops in the one spelling by which gateways find agreements. Some were taken in another, which no gateway accepts; what
 * has none is left out, since nobody can have such an agreement.
 */
export function publishedStops(state: RegistryState): readonly RegisteredStop[] {
  const stops = new Map<string, RegisteredStop>();
  for (const stop of state.agreementStops.values()) {
    const spelled = inOneSpelling(stop);
    if (spelled === undefined) continue;
    const before = stops.get(nameOf(spelled));
    if (before?.state !== "ended") stops.set(nameOf(spelled), spelled);
  }
  return [...stops.values()];
}

function inOneSpelling(stop: RegisteredStop): RegisteredStop | undefined {
  try {
    return { ...stop, consumer: parseClientId(stop.consumer), service: parseServiceId(stop.service) };
  } catch {
    return undefined;
  }
}
