import type { Text, Vocabulary } from "../catalogue/vocabulary.ts";
import type { ClientId } from "../core/ids.ts";
import type { TrustSnapshot } from "../exchange/gateway-services.ts";
import type { Viewer } from "./disclosure-rule.ts";
import { partiesOf } from "./parties-of-use.ts";
import type { Use } from "./read-use.ts";
import { type Party, RegisteredParties } from "./registered-party.ts";
import type { NamedField } from "./told-fields.ts";
import type { FoundUses, Group } from "./usage-thread.ts";

/** A page of a person's list: `schemas/control/v1/usage.schema.json`. */
export interface UsageList {
  readonly v: 1;
  readonly provider: Party;
  readonly viewer: Viewer;
  readonly period: { readonly from: string; readonly to: string };
  readonly total: number;
  readonly entries: readonly (ListedUse | ListedGroup)[];
  readonly cursor: string | null;
}

interface ListedField {
  readonly element: string | null;
  readonly title: Text;
}

type Plain =
  | "service"
  | "purpose"
  | "lawfulBasis"
  | "roles"
  | "subjectCount"
  | "byPermission"
  | "emergency"
  | "checked";

export interface ListedUse extends Pick<Use, Plain | "kind" | "exchange" | "code"> {
  readonly time: string;
  readonly from: Party;
  readonly to: Party;
  readonly decisionUse: NonNullable<Use["decisionUse"]> | null;
  readonly told: readonly ListedField[] | null;
  readonly removed: readonly ListedField[];
  readonly outcome: "allowed" | "refused" | "failed" | "open";
}

export interface ListedGroup extends Pick<Group, "kind" | "month" | "count"> {
  readonly to: Party;
}

/** @param until milliseconds, not included */
export function usageList(
  { since, total, entries, cursor }: FoundUses,
  {
    viewer,
    until,
    provider,
  }: { readonly viewer: Viewer; readonly until: number; readonly provider: ClientId },
  trust: Pick<TrustSnapshot, "configuration" | "vocabulary">,
): UsageList {
  const parties = new RegisteredParties(trust);
  return {
    ...{ v: 1, viewer, total, cursor },
    provider: parties.subsystem(provider),
    period: { from: timeText(Math.min(since, until)), to: timeText(until) },
    entries: entries.map((entry) =>
      entry.kind === "group" ? groupOf(entry, parties) : listed(entry, parties, trust.vocabulary),
    ),
  };
}

function groupOf({ kind, month, count, receiver }: Group, parties: RegisteredParties): ListedGroup {
  return { kind, month, to: parties.member(receiver), count };
}

const outcomes = { answered: "allowed", refused: "refused", failed: "failed", open: "open" } as const;

function listed(use: Use, parties: RegisteredParties, vocabulary: Vocabulary): ListedUse {
  const { kind, exchange, time, service, purpose, lawfulBasis, code, roles } = use;
  const { subjectCount, byPermission, emergency, checked } = use;
  const words = (fields: readonly NamedField[]) => fields.map((field) => inWords(field, vocabulary));
  return {
    ...{ kind, exchange, time: timeText(time), ...partiesOf(use, parties) },
    ...{ service, purpose, lawfulBasis, decisionUse: use.decisionUse ?? null },
    ...{ told: use.told && words(use.told), removed: words(use.removed) },
    ...{ outcome: outcomes[use.outcome], code, roles },
    ...{ subjectCount, byPermission, emergency, checked },
  };
}

function inWords({ element, title }: NamedField, vocabulary: Vocabulary): ListedField {
  const known = element === null ? undefined : vocabulary.element(element);
  return { element, title: known?.title ?? { en: title } };
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}
