import { pointerToken } from "../../core/json-pointer.ts";
import type { AuthenticSource, DescriptionDocument } from "../description-document.ts";
import { fieldsOf } from "../fields-of.ts";
import { covers } from "../vocabulary.ts";
import { describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/**
 * The once-only principle at publishing: nobody asks people for what a register holds, and each element has one
 * register. Telling, matching, verifying and finding are not asking.
 */
export function checkOnceOnly(publication: Publication): readonly GateFinding[] {
  return [...collected(publication), ...secondSources(publication), ...predicates(publication)];
}

/** The services in force that give an element from its authentic source. */
export function holdersOf(
  catalogue: readonly DescriptionDocument[],
  element: string,
): readonly DescriptionDocument[] {
  return catalogue.filter(({ source }) => source?.elements.some((held) => covers(held, element)));
}

function* collected({ document, catalogue, exceptions }: Publication): Generator<GateFinding> {
  const allowed = exceptions.filter(({ service }) => service === document.id).map(({ element }) => element);
  for (const { element, place, pointer } of collectedFields(document)) {
    if (allowed.some((exception) => covers(exception, element))) continue;
    const [holder] = holdersOf(catalogue, element).filter(({ id }) => id !== document.id);
    if (holder === undefined) continue;
    yield { code: "once-only.collects", place, detail: `${pointer}: ${element} is held by ${holder.id}` };
  }
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

function* secondSources({ document, catalogue }: Publication): Generator<GateFinding> {
  const { source } = document;
  if (source === undefined) return;
  for (const other of catalogue) {
    if (other.id === document.id || other.source === undefined || !overlap(source, other.source)) continue;
    for (const [i, element] of source.elements.entries()) {
      if (!other.source.elements.some((held) => covers(held, element) || covers(element, held))) continue;
      const detail = `${element} has ${other.source.register}, by ${other.id}`;
      yield { code: "once-only.second-source", place: `/source/elements/${i}`, detail };
    }
  }
}

/** Whether two different registers claim the same territory, population and time, without a coordinator of both. */
function overlap(one: AuthenticSource, other: AuthenticSource): boolean {
  if (one.register === other.register) return false;
  if (one.coordinator !== undefined && one.coordinator === other.coordinator) return false;
  const before = (until: string | undefined, since: string | undefined) =>
    until !== undefined && since !== undefined && until < since;
  return (
    one.territory === other.territory &&
    (one.population ?? "") === (other.population ?? "") &&
    !before(one.to, other.from) &&
    !before(other.to, one.from)
  );
}

function* predicates({ document, catalogue }: Publication): Generator<GateFinding> {
  const { predicateOf } = document;
  if (predicateOf === undefined || catalogue.some(({ id }) => id === predicateOf)) return;
  yield { code: "predicate.unknown", place: "/predicateOf", detail: predicateOf };
}
