import type { EndpointDocument } from "../description-document.ts";
import { fieldsOf } from "../fields-of.ts";
import { describedMedia } from "./described-media.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/** Elements that speak of a person: somebody must be able to see who asked. */
const personal = /^(?:person|family|income|account|degree|entitlement)(?:\.|$)/;

/** Where persons stand, and that they stand somewhere. */
export function checkSubjects(publication: Publication): readonly GateFinding[] {
  const { document } = publication;
  return document.endpoints.flatMap((endpoint, i) => {
    const place = `/endpoints/${i}`;
    const located = (endpoint.subjects?.length ?? 0) + (endpoint.answerSubjects?.length ?? 0) > 0;
    return [
      ...(located ? [] : unlocated(publication, endpoint, `${place}/subjects`)),
      ...checkRequest(publication, endpoint, place),
      ...checkAnswer(publication, endpoint, place),
    ];
  });
}

/** Of documents that are not read nobody knows whether they speak of persons. */
function unlocated(publication: Publication, endpoint: EndpointDocument, place: string): GateFinding[] {
  if (publication.document.contentKind === "opaque")
    return [{ code: "subject.untraceable", place, detail: "" }];
  return isPersonal(publication, endpoint) ? [{ code: "subject.not-located", place, detail: "" }] : [];
}

function isPersonal({ document }: Publication, endpoint: EndpointDocument): boolean {
  return describedMedia(document)
    .filter((described) => described.endpoint === endpoint)
    .some(({ media }) => fieldsOf(media.schema).some(({ element }) => personal.test(element ?? "")));
}

function* checkRequest(
  { vocabulary }: Publication,
  { subjects = [], request }: EndpointDocument,
  place: string,
): Generator<GateFinding> {
  const pointers = new Set(
    request === undefined ? [] : fieldsOf(request.schema).map(({ pointer }) => pointer),
  );
  for (const [i, subject] of subjects.entries()) {
    const at = `${place}/subjects/${i}`;
    if (vocabulary.scheme(subject.scheme) === undefined) {
      yield { code: "subject.scheme", place: `${at}/scheme`, detail: subject.scheme };
    }
    if (subject.in === "body" && !pointers.has(withoutIndices(subject.name))) {
      yield { code: "subject.not-there", place: `${at}/name`, detail: subject.name };
    }
  }
}

function* checkAnswer(
  { vocabulary }: Publication,
  { answerSubjects = [], responses = {} }: EndpointDocument,
  place: string,
): Generator<GateFinding> {
  const pointers = new Set(
    Object.values(responses).flatMap(({ schema }) => fieldsOf(schema).map(({ pointer }) => pointer)),
  );
  for (const [i, { pointer, scheme }] of answerSubjects.entries()) {
    const at = `${place}/answerSubjects/${i}`;
    if (vocabulary.scheme(scheme) === undefined)
      yield { code: "subject.scheme", place: `${at}/scheme`, detail: scheme };
    if (!pointers.has(pointer)) yield { code: "subject.not-there", place: `${at}/pointer`, detail: pointer };
  }
}

function withoutIndices(pointer: string): string {
  return pointer.replace(/\/\d+(?=\/|$)/g, "/*");
}
