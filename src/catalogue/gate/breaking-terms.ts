import type { DescriptionDocument, ServicePurpose } from "../description-document.ts";
import { defaultMaxBytes } from "../service-description.ts";
import type { GateFinding } from "./gate-codes.ts";

type Break = readonly [below: string, detail: string];
type Term = keyof DescriptionDocument;

/** Everything outside the endpoints in which `after` takes from consumers what `before` gave them. */
export function breakingTerms(
  before: DescriptionDocument,
  after: DescriptionDocument,
): readonly GateFinding[] {
  return (Object.entries(rules) as [Term, Rule][]).flatMap(([term, rule]) =>
    [...rule(before, after)].map(
      ([below, detail]): GateFinding => ({ code: "version.breaking", place: `/${term}${below}`, detail }),
    ),
  );
}

type Rule = (before: DescriptionDocument, after: DescriptionDocument) => Iterable<Break>;

const rules: Partial<Record<Term, Rule>> = {
  contentKind: (before, after) => changed(before.contentKind, after.contentKind),
  pattern: (before, after) => changed(before.pattern ?? "request", after.pattern ?? "request"),
  timeoutMs: (before, after) => lowered(before.timeoutMs, after.timeoutMs),
  maxRequestBytes: (before, after) =>
    lowered(bytes(before, "maxRequestBytes"), bytes(after, "maxRequestBytes")),
  *maxResponseBytes(before, after) {
    const [old, next] = [bytes(before, "maxResponseBytes"), bytes(after, "maxResponseBytes")];
    if (next > old) yield ["", `answers may be larger than ${old}`];
  },
  concurrency: (before, after) => lowered(before.concurrency, after.concurrency),
  *quota({ quota: old = {} }, { quota: next = {} }) {
    for (const name of ["perMinute", "perDay"] as const)
      for (const [, detail] of lowered(old[name], next[name])) yield [`/${name}`, detail];
  },
  *idempotent(before, after) {
    if (before.idempotent === true && after.idempotent !== true)
      yield ["", "a call may not be sent twice any more"];
  },
  *unknownFields(before, after) {
    if (before.unknownFields === "removed" && after.unknownFields !== "removed")
      yield ["", "answers with unknown fields are refused now"];
  },
  *freshness({ freshness: old }, { freshness: next }) {
    if (old === undefined) return;
    if (next?.asOf !== old.asOf) yield ["/asOf", `answers said at ${old.asOf} when they were true`];
    if (next === undefined || next.maxAgeSeconds > old.maxAgeSeconds)
      yield ["/maxAgeSeconds", `answers may be older than ${old.maxAgeSeconds} s`];
  },
  *predicateOf(before, after) {
    if (before.predicateOf !== undefined && before.predicateOf !== after.predicateOf)
      yield ["", `it told only yes or no of ${before.predicateOf}`];
  },
  *lawfulBases({ lawfulBases: old = [] }, { lawfulBases: next = [] }) {
    const still = new Set(next.map(({ basis, provision }) => `${basis} ${provision}`));
    for (const { basis, provision } of old)
      if (!still.has(`${basis} ${provision}`)) yield ["", `${basis} by ${provision} is gone`];
  },
  *purposes({ purposes: old = [] }, { purposes: next = [] }) {
    for (const purpose of old) {
      const i = next.findIndex(({ id }) => id === purpose.id);
      if (i < 0) yield ["", `${purpose.id} is gone`];
      else for (const [below, detail] of narrower(purpose, next[i]!)) yield [`/${i}${below}`, detail];
    }
  },
  *entitled({ entitled: old = [] }, { entitled: next = [] }) {
    for (const one of old)
      if (!next.some((other) => `${one}/`.startsWith(`${other}/`))) yield ["", `${one} may not ask any more`];
  },
};

function* changed(before: string, after: string): Generator<Break> {
  if (before !== after) yield ["", `it was ${before}`];
}

/** Without a number there is no limit. */
function* lowered(before: number | undefined, after: number | undefined): Generator<Break> {
  if (after !== undefined && (before === undefined || after < before))
    yield ["", before === undefined ? "there was no limit" : `it was ${before}`];
}

function bytes(document: DescriptionDocument, name: "maxRequestBytes" | "maxResponseBytes"): number {
  return document[name] ?? defaultMaxBytes[document.contentKind];
}

/** Agreements and calls name a purpose, and answers are cut to what it needs. */
function* narrower(before: ServicePurpose, after: ServicePurpose): Generator<Break> {
  for (const element of before.elements)
    if (!after.elements.some((other) => `${element}.`.startsWith(`${other}.`)))
      yield ["/elements", `${element} is cut now`];
  if ((before.revision ?? 1) !== (after.revision ?? 1))
    yield ["/revision", `agreements are about revision ${before.revision ?? 1}`];
  yield* heavier(before, after);
  const [old, next] = [before.decisionUses, after.decisionUses];
  if (next === undefined) return;
  if (old === undefined) yield ["/decisionUses", "any use was allowed"];
  for (const use of old ?? [])
    if (!next.includes(use)) yield ["/decisionUses", `${use} is not allowed any more`];
}

/** What a purpose asks of consumers, and how long they have it. */
function* heavier(before: ServicePurpose, after: ServicePurpose): Generator<Break> {
  if (after.permission !== undefined && after.permission !== before.permission)
    yield ["/permission", `calls need a person's ${after.permission} now`];
  if (after.validUntil !== undefined && after.validUntil < (before.validUntil ?? "9999-12-31"))
    yield ["/validUntil", before.validUntil === undefined ? "it had no end" : `it was ${before.validUntil}`];
  const [old, next] = [before.lawfulBasis, after.lawfulBasis];
  if (old !== undefined && (old.basis !== next?.basis || old.provision !== next.provision))
    yield ["/lawfulBasis", `it rested on ${old.basis} by ${old.provision}`];
  if (before.emergency === true && after.emergency !== true)
    yield ["/emergency", "emergency access may not be claimed any more"];
}
