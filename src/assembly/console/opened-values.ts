import type { Opened } from "../../admin/exchange-desk.ts";
import type { Opening } from "../../message/commitment.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { type Head, parseHead } from "../../message/head.ts";
import { isDisclosedName, openingIn } from "../../messagelog/evidence/package-layout.ts";
import type { RecordEvidence } from "../../messagelog/evidence-reader.ts";

/**
 * Single values that the messages of one side hide: those that are named, as far as their heads can be read.
 * @param names as a package discloses them, or `request-line` for what was asked, word for word
 */
export function openedValues(records: readonly RecordEvidence[], names: readonly string[]): Opened[] {
  return records.flatMap((one) => {
    const { head, record } = one;
    if (head.state !== "readable") return [];
    const message = record.type === "request" ? "request" : "answer";
    const read = parseHead(head.bytes);
    return names.flatMap((name) => {
      const opened = openedIn(name, message, read, one);
      return opened === undefined ? [] : [{ message, name, ...opened }];
    });
  });
}

type Value = Pick<Opened, "scheme" | "value">;

function openedIn(
  name: string,
  message: Opened["message"],
  { openings, start }: Head,
  { record }: RecordEvidence,
): Value | undefined {
  if (name === "request-line")
    return start.kind === "request"
      ? { scheme: "urn:sealway:scheme:request-line", value: `${start.method} ${start.target}` }
      : undefined;
  const place = isDisclosedName(name) ? openingIn(message, name) : undefined;
  if (place === undefined) return undefined;
  const { caseReference, permission, subjects, user } = parseExchange(record.exchange);
  const found: Readonly<Record<string, readonly [{ readonly scheme: string } | null, Opening | null]>> = {
    user: [user, openings.user],
    caseReference: [caseReference, openings.caseReference],
    permission: [permission, openings.permission],
  };
  const i = Number(place.slice("subject-".length));
  const [committed, opening] = found[place] ?? [subjects[i], openings.subjects[i]];
  return committed && opening ? { scheme: committed.scheme, value: opening.value } : undefined;
}
