import { providerOf } from "../../core/ids.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { DescriptionDocument } from "../description-document.ts";
import { fieldsOf } from "../fields-of.ts";
import { rankHolders } from "../rank-holders.ts";
import { covers } from "../vocabulary.ts";
import { describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { OnceOnlyException, Publication } from "./publication.ts";

/**
 * The once-only principle at publishing: nobody asks people for what a register holds. Telling, matching, verifying and
 * finding are not asking. That each element has one register, `check-source.ts` sees to.
 */
export function* checkOnceOnly(publication: Publication): Generator<GateFinding> {
  const { document, catalogue, exceptions, today } = publication;
  const others = catalogue.filter(({ id }) => id !== document.id);
  const allowed = exceptions.filter((exception) => isInForce(exception, document, today));
  const collected = [...collectedFields(document)].filter(
    ({ element }) => !allowed.some((exception) => covers(exception.element, element)),
  );
  const wish = { asker: providerOf(document.id), elements: collected.map(({ element }) => element) };
  for (const { element, place, pointer } of collected) {
    const [holder] = rankHolders(holdersOf(others, element, today), wish);
    if (holder === undefined) continue;
    yield { code: "once-only.collects", place, detail: `${pointer}: ${element} is held by ${holder.id}` };
  }
}

/**
 * The services that give an element from its authentic source, and then those that give parts of it. One that only says
 * yes or no of a part gives none of the whole.
 * @param today ISO 8601; a register that was authoritative before, or will be, does not count
 */
export function holdersOf(
  catalogue: readonly DescriptionDocument[],
  element: string,
  today: string,
): readonly DescriptionDocument[] {
  const sources = catalogue.filter(({ source }) => source !== undefined && isCurrent(source, today));
  const whole = sources.filter(({ source }) => source!.elements.some((held) => covers(held, element)));
  const parts = sources.filter(
    (one) =>
      !whole.includes(one) &&
      one.predicateOf === undefined &&
      one.source!.elements.some((held) => covers(element, held)),
  );
  return [...whole, ...parts];
}

function isCurrent({ from, to }: { from?: string; to?: string }, today: string): boolean {
  return (from === undefined || from <= today) && (to === undefined || to >= today);
}

function isInForce(exception: OnceOnlyException, { id }: DescriptionDocument, today: string): boolean {
  const { service, legalReference, until } = exception;
  return service === id && legalReference.trim() !== "" && (until === undefined || until >= today);
}

interface CollectedField {
  readonly element: string;
  readonly place: string;
  readonly pointer: string;
}

function* collectedFields(document: DescriptionDocument): Generator<CollectedField> {
  for (const { media, direction, place } of describedMedia(document)) {
    if (direction === "response") continue;
    for (const { element, use, pointer, leaf } of fieldsOf(media.schema)) {
      if (leaf && use === "collect" && element !== undefined)
        yield { element, place: `${place}/schema`, pointer };
    }
  }
  for (const [i, { parameters = {} }] of document.endpoints.entries()) {
    for (const [name, { element, use }] of Object.entries(parameters)) {
      if (use !== "collect" || element === undefined) continue;
      yield { element, place: `/endpoints/${i}/parameters/${pointerToken(name)}`, pointer: name };
    }
  }
}
