import type { MemberId, ServiceId } from "../../core/ids.ts";
import { isInForce, type Restriction } from "./restriction.ts";
import type { RestrictionAct } from "./restriction-act.ts";

/** What the governing authority says of restrictions, in the parameters of the configuration in force. */
export interface RestrictionLaw {
  /** Members that may order. */
  readonly orderingAuthorities: ReadonlySet<MemberId>;
  /** The purposes for which the law permits it, by service. */
  readonly restrictablePurposes: readonly { readonly service: ServiceId; readonly purpose: string }[];
}

/** On what an act is judged. Nothing is looked up from inside. */
export interface ActFacts {
  readonly law: RestrictionLaw;
  readonly instance: string;
  /** The member whose seal signed the act. */
  readonly signer: MemberId;
  /** SHA-256 (base64url) of the act as it was signed. */
  readonly digest: string;
  /** The restriction as it stands; undefined when nobody ordered one with this id. */
  readonly known: Restriction | undefined;
  /** Milliseconds. */
  readonly now: number;
}

export type ActVerdict =
  | { readonly verdict: "taken"; readonly restriction: Restriction }
  | { readonly verdict: "refused"; readonly rule: string; readonly detail: string };

/** By how much the clocks of two servers may differ, milliseconds. */
const ahead = 60_000;
/** Months from an act to the next review at most. */
const longestReview = 12;

interface Rule {
  readonly name: string;
  readonly detail: string;
  readonly holds: (act: RestrictionAct, facts: ActFacts) => boolean;
}

/** What no later act may change: who wants something else orders something else. */
const fixed = ["authority", "provision", "order", "ground", "from"] as const;

// biome-ignore format: a table is read by its columns
const rules: readonly Rule[] = [
  { name: "restriction.instance",    detail: "the act is of another instance",                                  holds: ({ instance }, facts) => instance === facts.instance },
  { name: "restriction.authority",   detail: "the act is not signed by an ordering authority",                  holds: ({ authority }, { law, signer }) => authority === signer && law.orderingAuthorities.has(signer) },
  { name: "restriction.replayed",    detail: "the act was taken before",                                        holds: (_, { digest, known }) => !(known?.acts.includes(digest) ?? false) },
  { name: "restriction.time",        detail: "the act is dated ahead",                                          holds: ({ time }, { now }) => time <= now + ahead },
  { name: "restriction.unknown",     detail: "nobody ordered this restriction here",                            holds: ({ state }, { known }) => state === "ordered" || known !== undefined },
  { name: "restriction.order",       detail: "the act does not follow the one before it",                       holds: follows },
  { name: "restriction.party",       detail: "another authority ordered it",                                    holds: ({ authority }, { known }) => known === undefined || known.act.authority === authority },
  { name: "restriction.ended",       detail: "it was lifted, or its review was missed, which lifted it",        holds: isStill },
  { name: "restriction.changed",     detail: "the act changes more than review and end",                        holds: changesNoMore },
  { name: "restriction.purpose",     detail: "the governing authority permits no restriction for this purpose", holds: isMarked },
  { name: "restriction.review",      detail: "it must be reviewed within 12 months",                            holds: ({ state, time, reviewBy }) => state === "lifted" || (reviewBy > time && reviewBy <= monthsAfter(time, longestReview)) },
  { name: "restriction.period",      detail: "it ends before it begins",                                        holds: ({ from, until }) => until === null || until > from },
  { name: "restriction.retroactive", detail: "it covers what was made before: name single exchanges",           holds: ({ state, covers, from, time }) => state !== "ordered" || covers.exchanges.length > 0 || from >= time },
];

/** Whether an act is taken, and what the restriction is then. Pure. */
export function judgeAct(act: RestrictionAct, facts: ActFacts): ActVerdict {
  const broken = rules.find(({ holds }) => !holds(act, facts));
  if (broken !== undefined) return { verdict: "refused", rule: broken.name, detail: broken.detail };
  return { verdict: "taken", restriction: withAct(facts.known, act, facts.digest) };
}

/** The restriction after an act that was taken. */
export function withAct(known: Restriction | undefined, act: RestrictionAct, digest: string): Restriction {
  return { act, acts: [...(known?.acts ?? []), digest] };
}

function follows({ state, revision, previous }: RestrictionAct, { known }: ActFacts): boolean {
  if (known === undefined) return state === "ordered" && revision === 1 && previous === null;
  return state !== "ordered" && revision === known.act.revision + 1 && previous === known.acts.at(-1);
}

/** A review that comes when its time is over does not bring back what the person may see since. */
function isStill({ state, reviewBy }: RestrictionAct, { known, now }: ActFacts): boolean {
  return (known === undefined || isInForce(known, now)) && (state === "lifted" || now < reviewBy);
}

/** A review may set another end; the exchanges that are covered stay the same. */
function changesNoMore(act: RestrictionAct, { known }: ActFacts): boolean {
  if (known === undefined) return true;
  const before = known.act;
  const sameUse = JSON.stringify(usePartsOf(act)) === JSON.stringify(usePartsOf(before));
  return sameUse && fixed.every((name) => act[name] === before[name]);
}

function usePartsOf({ covers: { consumer, service, purpose, exchanges } }: RestrictionAct) {
  return [consumer, service, purpose, exchanges];
}

function isMarked({ state, covers }: RestrictionAct, { law }: ActFacts): boolean {
  if (state === "lifted") return true;
  return law.restrictablePurposes.some(
    ({ service, purpose }) => service === covers.service && purpose === covers.purpose,
  );
}

/** The same moment so many months later; the last day of a shorter month becomes the first of the next. */
function monthsAfter(time: number, months: number): number {
  const date = new Date(time);
  return date.setUTCMonth(date.getUTCMonth() + months);
}
