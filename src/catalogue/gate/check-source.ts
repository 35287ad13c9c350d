import { startOfDay } from "../../core/day.ts";
import { memberOf } from "../../core/ids.ts";
import type { AuthenticSource, DescriptionDocument } from "../description-document.ts";
import { fieldsOf } from "../fields-of.ts";
import { covers } from "../vocabulary.ts";
import { describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/** What a description says of the register behind it, and of the service of which it tells only yes or no. */
export function* checkSource(publication: Publication): Generator<GateFinding> {
  const { source } = publication.document;
  if (source !== undefined) {
    yield* scope(publication.document, source);
    yield* given(publication.document, source);
    yield* secondSources(publication, source);
  }
  yield* predicate(publication);
}

/** ISO 3166, or the instance's own codes: a part of a territory has its code, a hyphen and more. */
const territoryCode = /^[A-Z0-9]{1,20}(?:-[A-Z0-9]{1,20}){0,5}$/;

function* scope(
  { id }: DescriptionDocument,
  { territory, from, to }: AuthenticSource,
): Generator<GateFinding> {
  const [root = ""] = territory.split("-");
  if (!territoryCode.test(territory) || !(root === instanceOf(id) || /^[A-Z]{2}$/.test(root)))
    yield { code: "source.scope", place: "/source/territory", detail: "it is no code of a territory" };
  for (const [name, day] of Object.entries({ from, to })) {
    if (day !== undefined && startOfDay(day) === undefined)
      yield { code: "source.scope", place: `/source/${name}`, detail: "there is no such day" };
  }
  if (from !== undefined && to !== undefined && to < from)
    yield { code: "source.scope", place: "/source/to", detail: "it is before from" };
}

/** Whoever is named as the holder must be able to answer. */
function* given(document: DescriptionDocument, source: AuthenticSource): Generator<GateFinding> {
  const elements = elementsGiven(document);
  // Of documents that are not read, or fields that are not mapped, nobody knows; the latter is told elsewhere.
  if (elements.length === 0) return;
  for (const [i, element] of source.elements.entries()) {
    if (elements.some((each) => covers(element, each) || covers(each, element))) continue;
    yield { code: "source.element", place: `/source/elements/${i}`, detail: element };
  }
}

/** Data elements of what a service gives: who sends a message gives what is in it. */
function elementsGiven(document: DescriptionDocument): readonly string[] {
  const schemas = describedMedia(document)
    .filter(({ status }) => (status === undefined ? document.pattern === "message" : status.startsWith("2")))
    .map(({ media }) => media.schema);
  return [...new Set(schemas.flatMap((schema) => fieldsOf(schema).flatMap(({ element }) => element ?? [])))];
}

function* secondSources(
  { document, catalogue }: Publication,
  source: AuthenticSource,
): Generator<GateFinding> {
  for (const other of catalogue) {
    if (other.id === document.id || other.source === undefined) continue;
    if (isSameSource(document, other) || isCoordinated(source, other.source)) continue;
    if (!overlap(source, other.source, instanceOf(document.id))) continue;
    for (const [i, element] of source.elements.entries()) {
      if (!other.source.elements.some((held) => covers(held, element) || covers(element, held))) continue;
      const detail = `${element} has ${other.source.register}, by ${other.id}`;
      yield { code: "once-only.second-source", place: `/source/elements/${i}`, detail };
    }
  }
}

/** Several services may expose one register, and one member answers for it. */
function isSameSource(one: DescriptionDocument, other: DescriptionDocument): boolean {
  return one.source?.register === other.source?.register && memberOf(one.id) === memberOf(other.id);
}

function isCoordinated(one: AuthenticSource, other: AuthenticSource): boolean {
  return one.coordinator !== undefined && one.coordinator === other.coordinator;
}

/** Whether two sources speak of the same persons or things in part: territory, population and time. */
function overlap(one: AuthenticSource, other: AuthenticSource, instance: string): boolean {
  return (
    sharesTerritory(one.territory, other.territory, instance) &&
    sharesPopulation(one.population, other.population) &&
    !isBefore(one.to, other.from) &&
    !isBefore(other.to, one.from)
  );
}

/** The instance itself is the whole of its territory, whatever codes parts have. */
function sharesTerritory(one: string, other: string, instance: string): boolean {
  const within = (part: string, whole: string) => whole === instance || `${part}-`.startsWith(`${whole}-`);
  return within(one, other) || within(other, one);
}

/** Without a population it is everybody; `residents.minors` are among `residents`. */
function sharesPopulation(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  const [a, b] = [one, other].map((name) => name.trim().toLowerCase());
  return covers(a!, b!) || covers(b!, a!);
}

function isBefore(until: string | undefined, since: string | undefined): boolean {
  return until !== undefined && since !== undefined && until < since;
}

/** A service that tells only yes or no gives nothing of what the full one gives, but the keys that it was asked by. */
function* predicate({ document, catalogue, vocabulary }: Publication): Generator<GateFinding> {
  const { predicateOf } = document;
  if (predicateOf === undefined) return;
  const full = catalogue.find(({ id }) => id === predicateOf && id !== document.id);
  if (full === undefined) {
    yield { code: "predicate.unknown", place: "/predicateOf", detail: predicateOf };
    return;
  }
  const ofFull = elementsGiven(full);
  const keys = keysOf(document);
  for (const element of elementsGiven(document)) {
    if (keys.has(element) || vocabulary.element(element)?.answers !== undefined) continue;
    if (ofFull.some((each) => covers(element, each) || covers(each, element)))
      yield { code: "predicate.discloses", place: "/predicateOf", detail: element };
  }
}

function keysOf({ endpoints }: DescriptionDocument): ReadonlySet<string | undefined> {
  const asked = endpoints.flatMap(({ parameters = {}, request }) => [
    ...Object.values(parameters),
    ...(request === undefined ? [] : fieldsOf(request.schema)),
  ]);
  return new Set(asked.filter(({ use }) => use === "key").map(({ element }) => element));
}

function instanceOf(id: string): string {
  return id.split("/")[0]!;
}
