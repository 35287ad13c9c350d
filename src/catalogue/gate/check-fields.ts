import { pointerToken } from "../../core/json-pointer.ts";
import { deepestField, fieldsOf } from "../fields-of.ts";
import { covers } from "../vocabulary.ts";
import { type DescribedMedia, describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/** Data elements: what each field holds, what it is told for, and whether purposes ask for what there is. */
export function checkFields(publication: Publication): readonly GateFinding[] {
  const { document } = publication;
  if (document.contentKind === "opaque") return [];
  const media = describedMedia(document);
  return [
    ...media.flatMap((described) => [...checkMedia(described, publication)]),
    ...document.endpoints.flatMap((_, i) => [...checkParameters(publication, i)]),
    ...checkPurposes(publication, media),
  ];
}

/** Errors of a service hold no data elements: what they say is checked by their schema alone. */
function* checkMedia(
  { media, direction, status, place }: DescribedMedia,
  { vocabulary }: Publication,
): Generator<GateFinding> {
  if (status !== undefined && !status.startsWith("2")) return;
  for (const { pointer, element, use, leaf, ambiguous } of fieldsOf(media.schema)) {
    const at = `${place}/schema`;
    if (ambiguous) yield { code: "element.ambiguous", place: at, detail: pointer };
    if (element === undefined) {
      if (leaf && !isBottom(pointer)) yield { code: "element.unmapped", place: at, detail: pointer };
    } else if (vocabulary.element(element) === undefined) {
      yield { code: "element.unknown", place: at, detail: `${pointer}: ${element}` };
    }
    if (leaf && !isBottom(pointer) && direction === "request" && use === undefined) {
      yield { code: "element.use", place: at, detail: pointer };
    }
  }
}

/** Recursion is followed so far and no further. */
function isBottom(pointer: string): boolean {
  return pointer.split("/").length > deepestField;
}

function* checkParameters({ document, vocabulary }: Publication, i: number): Generator<GateFinding> {
  for (const [name, { element, use }] of Object.entries(document.endpoints[i]!.parameters ?? {})) {
    const place = `/endpoints/${i}/parameters/${pointerToken(name)}`;
    if (element === undefined) {
      // What finds something may be technical, such as the number of a page.
      if (use !== "key") yield { code: "element.unmapped", place, detail: name };
    } else if (vocabulary.element(element) === undefined) {
      yield { code: "element.unknown", place: `${place}/element`, detail: element };
    }
  }
}

function* checkPurposes({ document }: Publication, media: readonly DescribedMedia[]): Generator<GateFinding> {
  const given = new Set(
    media
      // Who sends a message discloses; the receipt that comes back is disclosed as well.
      .filter(({ direction }) => direction === "response" || document.pattern === "message")
      .flatMap(({ media: { schema } }) => fieldsOf(schema).flatMap(({ element }) => element ?? [])),
  );
  for (const [i, { elements }] of (document.purposes ?? []).entries()) {
    for (const [k, element] of elements.entries()) {
      // A purpose may ask for a whole of which the service gives parts, or for a part of what it gives.
      if ([...given].some((held) => covers(held, element) || covers(element, held))) continue;
      yield { code: "purpose.element", place: `/purposes/${i}/elements/${k}`, detail: element };
    }
  }
}
