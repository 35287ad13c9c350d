import type { DescriptionDocument, LawfulBasis, ServicePurpose } from "../catalogue/description-document.ts";
import type { Text } from "../catalogue/vocabulary.ts";
import { sha256Base64Url } from "../core/bytes.ts";
import { encodePart } from "../core/ids.ts";
import type { StoredRecord } from "../messagelog/message-store.ts";
import type { Outcome, SearchRow } from "../messagelog/search/search-row.ts";
import { shortTag } from "../messagelog/search/search-row.ts";
import { parseSearchTags } from "../messagelog/search-tags.ts";
import { isDryRun } from "../policy/is-dry-run.ts";
import type { RecordedBasis } from "../policy/purpose.ts";
import { accountOf, type SignedAccount } from "./signed-account.ts";
import { type NamedField, toldFields } from "./told-fields.ts";

export type PersonRole = "asked-about" | "in-answer" | "representative";

type Basis = Pick<LawfulBasis, "basis" | "provision">;

/** One use of a person's data, told by its records and by the description of that day. */
export interface Use {
  readonly kind: "use";
  readonly exchange: string;
  /** Milliseconds. */
  readonly time: number;
  /** Whether the one who asked gave the data (a message) or was given it. */
  readonly pattern: "request" | "message";
  readonly consumer: string;
  readonly unit: "told" | "hidden";
  readonly service: { readonly id: string; readonly title: Text };
  readonly purpose: {
    readonly id: string;
    readonly revision: number;
    readonly title: Text;
    readonly source: "stated" | "defaulted";
  } | null;
  readonly lawfulBasis: Basis | null;
  readonly decisionUse: SignedAccount["decisionUse"];
  readonly told: readonly NamedField[] | null;
  readonly removed: readonly NamedField[];
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly roles: readonly PersonRole[];
  readonly subjectCount: number;
  readonly byPermission: boolean;
  readonly emergency: boolean;
  readonly checked: boolean;
}

/** What a use is told by. */
export interface UseSources {
  readonly row: SearchRow;
  readonly request: StoredRecord | undefined;
  readonly answer: StoredRecord | undefined;
  readonly description: DescriptionDocument | undefined;
  /** The person's, as `shortTag` makes them. */
  readonly tags: ReadonlySet<string>;
  readonly unit: Use["unit"];
  /** What a dry run was about. */
  readonly tried: { readonly id: string; readonly title: Text | undefined } | undefined;
}

export function readUse(sources: UseSources): Use {
  const { row, request, answer, description, tags, unit, tried } = sources;
  const [asked, answered] = [accountOf(request), accountOf(answer)];
  const purpose = purposeOf(asked, description);
  const service = tried?.id ?? row.service ?? "";
  const checked = isDryRun(row.service ?? "");
  const [inRequest, inAnswer] = [rolesIn(request, tags), rolesIn(answer, tags)];
  const isAnswered = row.outcome === "answered";
  const fields = toldFields(description, asked, answered.decision?.fieldsRemoved ?? []);
  return {
    kind: "use",
    ...{ exchange: row.exchangeId, time: row.time, unit, outcome: row.outcome, code: row.code },
    pattern: description?.pattern ?? "request",
    consumer: row.consumer ?? "",
    service: { id: service, title: titleOf(service, tried === undefined ? description : tried) },
    purpose: purpose && { ...purpose, source: asked.purposeSource ?? "stated" },
    lawfulBasis: basisOf(asked, description),
    decisionUse: asked.decisionUse ?? null,
    told: isAnswered && !checked ? fields.told : [],
    removed: isAnswered && !checked ? fields.removed : [],
    roles: [...new Set([...inRequest, ...inAnswer])],
    subjectCount: Math.max(1, countIn(asked, inRequest), countIn(answered, inAnswer)),
    byPermission: (asked.permission ?? null) !== null,
    emergency: (asked.emergency ?? null) !== null,
    checked,
  };
}

function titleOf(service: string, described: { readonly title: Text | undefined } | undefined): Text {
  return described?.title ?? { en: service.slice(service.lastIndexOf("/") + 1) };
}

function rolesIn(record: StoredRecord | undefined, tags: ReadonlySet<string>): readonly PersonRole[] {
  if (record === undefined) return [];
  const own = parseSearchTags(record.tags).filter(({ tag }) => tags.has(shortTag(tag)));
  return own.map(({ role }) => role as PersonRole);
}

/** Of how many the person is one, when a message names the person: whoever acts for another one does not count. */
function countIn({ subjectCount = 0, subjects = [] }: SignedAccount, roles: readonly PersonRole[]): number {
  if (roles.length === 0) return 0;
  const representatives = subjects.filter(({ role }) => role === "representative").length;
  return subjectCount - representatives;
}

/** As the request signed for it, in the words of the description of that day. */
function purposeOf({ purpose }: SignedAccount, description: DescriptionDocument | undefined) {
  if (purpose === null || purpose === undefined) return null;
  const { id, revision } = purpose;
  return { id, revision, title: statedPurpose(id, description)?.title ?? { en: id } };
}

function statedPurpose(id: string, description: DescriptionDocument | undefined): ServicePurpose | undefined {
  return description?.purposes?.find((one) => one.id === id);
}

/** What the record says; else what the purpose rests on; else the only basis that the service has. */
export function basisOf(
  { lawfulBasis, purpose }: SignedAccount,
  description: DescriptionDocument | undefined,
): Use["lawfulBasis"] {
  const stated = (purpose && statedPurpose(purpose.id, description)?.lawfulBasis) ?? undefined;
  const all = description?.lawfulBases ?? [];
  const found =
    lawfulBasis === null || lawfulBasis === undefined
      ? (stated ?? (all.length === 1 ? all[0] : undefined))
      : inWords(lawfulBasis as RecordedBasis, stated === undefined ? all : [stated, ...all]);
  return found === undefined ? null : { basis: found.basis, provision: found.provision };
}

/** A record has the provision in characters that need no escape, or its digest; the description has the words. */
function inWords(recorded: RecordedBasis, described: readonly Basis[]): Basis {
  const { basis, provision } = recorded;
  const isMeant = (one: Basis) =>
    one.basis === basis &&
    [encodePart(one.provision), `sha-256:${sha256Base64Url(one.provision)}`].includes(provision);
  return described.find(isMeant) ?? { basis, provision: decoded(provision) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
