import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import { fieldsOf } from "../../catalogue/fields-of.ts";
import { describedMedia } from "../../catalogue/gate/described-media.ts";
import { covers } from "../../catalogue/vocabulary.ts";
import { type MemberId, memberOf, unsafeId } from "../../core/ids.ts";
import { parseStatement } from "../../message/signed-statement.ts";
import {
  type CaseCount,
  type CaseCounts,
  type CheckedForm,
  caseCountsType,
  checkedFormType,
} from "../../messagelog/collection-record.ts";
import type { LogReader } from "../../messagelog/message-store.ts";
import type { UsePeriod } from "./count-uses.ts";

/** What a member still asks people for, although it has an agreement to fetch it. */
export interface StillCollected {
  readonly forms: readonly {
    readonly name: string;
    /** When it was checked, milliseconds. */
    readonly checked: number;
    readonly elements: readonly { readonly element: string; readonly confidence: string }[];
    /** Questions of the form that were not recognised. */
    readonly unknown: number;
  }[];
  readonly counts: readonly CaseCount[];
}

/** What members told of their forms and cases. */
export interface ToldCollections {
  /** The newest check of each form that is told by name. */
  readonly forms: readonly CheckedForm[];
  readonly counts: readonly CaseCounts[];
}

/** Of these and others only the newest are read. */
const mostDocuments = 20_000;

export async function readCollections(log: Pick<LogReader, "documentsOf">): Promise<ToldCollections> {
  const read = async (kind: "checked-form" | "case-counts") =>
    (await log.documentsOf(kind, mostDocuments)).map(({ bytes }) => Buffer.from(bytes));
  const forms = (await read("checked-form")).map(
    (bytes) => parseStatement<CheckedForm>(bytes, checkedFormType).payload,
  );
  const counts = (await read("case-counts")).map(
    (bytes) => parseStatement<CaseCounts>(bytes, caseCountsType).payload,
  );
  const newest = new Map(forms.map((form) => [`${form.who} ${form.name}`, form]));
  return { forms: [...newest.values()], counts };
}

/**
 * What a member told that concerns the elements which a service gives.
 * @returns null when it told nothing that concerns them, no form at all and no count of them, or when the service does
 *   not say which elements it gives
 */
export function stillCollected(
  { forms, counts }: ToldCollections,
  member: MemberId,
  service: DescriptionDocument,
  { since, until }: UsePeriod,
): StillCollected | null {
  const given = elementsGiven(service);
  const isGiven = (element: string) => given.some((one) => covers(one, element) || covers(element, one));
  const isOwn = ({ who }: { readonly who: string }) => memberOf(unsafeId(who)) === member;
  const own = forms.filter((form) => isOwn(form) && form.time < until);
  const counted = counts
    .filter(isOwn)
    .flatMap((told) => told.counts)
    .filter(
      ({ element, from, to }) => isGiven(element) && Date.parse(from) < until && Date.parse(to) >= since,
    );
  if (given.length === 0 || (own.length === 0 && counted.length === 0)) return null;
  const asking = own.map(({ name, time, collected, unknown }) => {
    return { name, checked: time, unknown, elements: collected.filter(({ element }) => isGiven(element)) };
  });
  return {
    forms: asking.filter(({ elements }) => elements.length > 0),
    counts: counted.filter(({ collected }) => collected > 0),
  };
}

/** The elements of answers; of a service without schemas those of its register. */
function elementsGiven(document: DescriptionDocument): readonly string[] {
  const answered = describedMedia(document)
    .filter(({ direction, status }) => direction === "response" && status?.startsWith("2"))
    .flatMap(({ media }) => fieldsOf(media.schema).flatMap(({ element }) => element ?? []));
  return [...new Set(answered.length > 0 ? answered : (document.source?.elements ?? []))];
}
