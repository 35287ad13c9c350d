import { SealwayError } from "../../core/errors.ts";
import type { DescriptionDocument } from "../description-document.ts";
import { fieldsOf } from "../fields-of.ts";
import type { ActWord, ServiceAct } from "./service-act.ts";
import type { PublishedVersion } from "./service-history.ts";

const day = 86_400_000;

/** Days that consumers are given unless the registry says otherwise. */
export const ordinaryNoticeDays = 90;
/** How long a version that enforces may be observed instead. */
const longestObservation = 3 * day;

export interface ActTerms {
  /** When the authority judges, milliseconds. */
  readonly now: number;
  readonly noticeDays: number;
  /** The version of which the act is, as it stands before it; undefined before it is published. */
  readonly version: PublishedVersion | undefined;
  /** Its description. */
  readonly document: DescriptionDocument | undefined;
}

type Judge<Word extends ActWord> = (
  act: Extract<ServiceAct, { word: Word }>,
  terms: ActTerms,
) => string | undefined;

/** Why an act is refused that its form and the version's state allow. */
const judges: { readonly [Word in ActWord]?: Judge<Word> } = {
  deprecate: ({ sunset, time }, { noticeDays }) =>
    sunset - time < noticeDays * day
      ? `the sunset must be ${noticeDays} days ahead: consumers need the time`
      : undefined,
  archive: ({ liveAgreements }, { now, version }) => {
    if (liveAgreements > 0)
      return `${liveAgreements} agreements on it are in force, or will be: end them first`;
    const { state, deprecation } = version!.standing;
    const sunset = deprecation?.sunset ?? 0;
    return state === "deprecated" && now < sunset
      ? `its sunset is ${new Date(sunset).toISOString()}`
      : undefined;
  },
  narrow: ({ fields }, { document }) => {
    const known = answerFields(document!);
    const unknown = fields.find((field) => !known.has(field));
    return unknown === undefined ? undefined : `no answer has the field ${unknown}`;
  },
  observe: ({ until, time }, { now, document }) => {
    if (until <= now) return "it would be over already";
    if (until - time > longestObservation) return "it may last 72 hours at most";
    return document!.validation === "enforce" ? undefined : "the version does not enforce its schemas";
  },
};

/**
 * What only the authority judges, and once: what may change later (notice, agreements) must not undo an act.
 * @throws SealwayError `act_refused`
 */
export function checkActTerms(act: ServiceAct, terms: ActTerms): void {
  const judge = judges[act.word] as Judge<ActWord> | undefined;
  const refusal = judge?.(act as never, terms);
  if (refusal !== undefined) throw new SealwayError("act_refused", `${act.word}: ${refusal}`);
}

function answerFields({ endpoints }: DescriptionDocument): ReadonlySet<string> {
  const media = endpoints.flatMap(({ responses = {} }) => Object.values(responses));
  return new Set(media.flatMap(({ schema }) => fieldsOf(schema).map(({ pointer }) => pointer)));
}
