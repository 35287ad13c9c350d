import type { Catalogue } from "../catalogue/catalogue.ts";
import { type Field, fieldsOf } from "../catalogue/fields-of.ts";
import { isValidProjection } from "../catalogue/project-schema.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import type { Agreement } from "./agreement.ts";
import type { AgreementFinding } from "./agreement-codes.ts";
import { coversEndpoint } from "./covers-endpoint.ts";
import {
  canBeNamed,
  disclosureOf,
  disclosureOfMessage,
  isWithin,
  needs,
  removedFields,
} from "./disclosure.ts";
import { isPredicateFor } from "./is-predicate-for.ts";
import { type Purpose, purposeOf } from "./purpose.ts";

/**
 * Whether an agreement can be kept against one version of its service: everything that it states is there, no purpose
 * is exceeded, something is left of the answers, and what is left has a schema. What findings do is said of their codes.
 * @param description a version that the agreement is for
 * @param catalogue in which predicates of the service stand
 */
export function checkAgreement(
  agreement: Agreement,
  description: ServiceDescription,
  catalogue: PredicateSource,
): readonly AgreementFinding[] {
  const purposes = purposesOf(agreement, description);
  return [
    ...ownFindings(agreement, description),
    ...sufficientPredicates(agreement, purposes, description, catalogue),
  ];
}

type Findings = readonly AgreementFinding[];
const known = new WeakMap<ServiceDescription, WeakMap<Agreement, Findings>>();

/** What description and agreement alone tell: most of both are the same in the next catalogue. */
function ownFindings(agreement: Agreement, description: ServiceDescription): Findings {
  const byAgreement = known.get(description) ?? new WeakMap<Agreement, Findings>();
  known.set(description, byAgreement);
  const findings = byAgreement.get(agreement) ?? findingsOf(agreement, description);
  byAgreement.set(agreement, findings);
  return findings;
}

function findingsOf(agreement: Agreement, description: ServiceDescription): Findings {
  const unknown = [...unknownPurposes(agreement, description)];
  if (unknown.length > 0) return unknown;
  if (description.contentKind === "opaque") return opaqueFields(agreement);
  const purposes = purposesOf(agreement, description);
  const endpoints = coveredEndpoints(agreement, description);
  const isMessage = description.document.pattern === "message";
  return [
    ...badFields(agreement, purposes, isMessage ? toldFields(endpoints) : answeredFields(endpoints)),
    ...badProjections(agreement, description, purposes, answersOf(endpoints)),
    ...(isMessage ? emptyMessages(agreement, description, purposes, endpoints) : []),
  ];
}

function* unknownPurposes(
  { purposes }: Agreement,
  description: ServiceDescription,
): Generator<AgreementFinding> {
  for (const [i, { id, revision }] of (purposes ?? []).entries()) {
    const found = purposeOf(description, id);
    if (found !== undefined && (revision ?? found.revision) === found.revision) continue;
    yield { code: "purpose.unknown", place: `/purposes/${i}`, detail: id };
  }
}

function purposesOf({ purposes }: Agreement, description: ServiceDescription): readonly Purpose[] {
  return (purposes ?? []).flatMap(({ id }) => purposeOf(description, id) ?? []);
}

interface Answer {
  readonly endpoint: Endpoint;
  readonly status: string;
}

function coveredEndpoints({ endpoints }: Agreement, description: ServiceDescription): readonly Endpoint[] {
  return description.endpoints.filter(({ method, template: { text } }) =>
    endpoints.some((granted) =>
      coversEndpoint(
        { ...granted, method: method === "*" ? "*" : granted.method },
        { method, template: text },
      ),
    ),
  );
}

/** The successful answers that the endpoints have a schema for. */
function answersOf(endpoints: readonly Endpoint[]): readonly Answer[] {
  return endpoints.flatMap((endpoint) => endpoint.successes.map((status) => ({ endpoint, status })));
}

function answeredFields(endpoints: readonly Endpoint[]): readonly Field[] {
  return answersOf(endpoints).flatMap(({ endpoint, status }) =>
    fieldsOf(endpoint.document.responses![status]!.schema),
  );
}

function toldFields(endpoints: readonly Endpoint[]): readonly Field[] {
  return endpoints.flatMap(({ document: { request } }) =>
    request === undefined ? [] : fieldsOf(request.schema),
  );
}

/** Purposes are recorded with every call all the same. */
function opaqueFields({ fields }: Agreement): readonly AgreementFinding[] {
  return fields === null ? [] : [{ code: "content.opaque", place: "/fields", detail: "" }];
}

function* badFields(
  { fields }: Agreement,
  purposes: readonly Purpose[],
  described: readonly Field[],
): Generator<AgreementFinding> {
  if (fields === null) return;
  const pointers = new Set(described.map(({ pointer }) => pointer));
  const leaves = described.filter(({ leaf }) => leaf);
  for (const [i, granted] of fields.entries()) {
    const place = `/fields/${i}`;
    if (!pointers.has(granted)) yield { code: "field.unknown", place, detail: granted };
    else if (purposes.length > 0) {
      const within = leaves.filter(({ pointer }) => isWithin(pointer, granted));
      const needed = within.some(({ element }) => purposes.some((purpose) => needs(purpose, element)));
      if (!needed) yield { code: "field.beyond", place, detail: granted };
    }
  }
}

function* badProjections(
  agreement: Agreement,
  description: ServiceDescription,
  purposes: readonly Purpose[],
  answers: readonly Answer[],
): Generator<AgreementFinding> {
  if (purposes.length === 0 && agreement.fields === null) return;
  // Of a message the data is in the request: a receipt may be empty.
  let something = answers.length === 0 || description.document.pattern === "message";
  for (const purpose of purposes.length === 0 ? [null] : purposes) {
    for (const { endpoint, status } of answers) {
      const grounds = { agreement, purpose, withdrawnFields: [] };
      const disclosure = disclosureOf(description, endpoint, status, grounds);
      const place = `${endpoint.method} ${endpoint.template.text}, ${status}`;
      if (disclosure.kept === undefined) continue;
      something = true;
      if (!canBeNamed(removedFields(description, endpoint, grounds)))
        yield { code: "fields.unsayable", place: "/fields", detail: place };
      else if (!isValidProjection(endpoint.document.responses![status]!.schema, disclosure.kept))
        yield { code: "projection.invalid", place: "/fields", detail: place };
    }
  }
  if (!something) yield { code: "grant.nothing", place: "/fields", detail: "" };
}

/** What is sent by an agreement under which no field may be there is nothing. */
function* emptyMessages(
  agreement: Agreement,
  description: ServiceDescription,
  purposes: readonly Purpose[],
  endpoints: readonly Endpoint[],
): Generator<AgreementFinding> {
  const described = endpoints.filter(({ document }) => document.request !== undefined);
  const leavesSomething = (purpose: Purpose | null) =>
    described.some((endpoint) => {
      const grounds = { agreement, purpose, withdrawnFields: [] };
      return disclosureOfMessage(description, endpoint, grounds).kept !== undefined;
    });
  const all = purposes.length === 0 ? [null] : purposes;
  if (described.length > 0 && !all.some(leavesSomething))
    yield { code: "grant.nothing", place: "/fields", detail: "" };
}

type PredicateSource = Pick<Catalogue, "services" | "standingOf" | "versions">;

/** A service that says only yes or no, and since when (milliseconds) a version of it does. */
interface Predicate {
  readonly service: ServiceDescription;
  readonly since: number;
}

const predicates = new WeakMap<PredicateSource, readonly Predicate[]>();

/** The few services that say only yes or no; found once in each catalogue. */
export function predicatesIn(catalogue: PredicateSource): readonly Predicate[] {
  const found =
    predicates.get(catalogue) ??
    [...catalogue.services()]
      .filter(({ document }) => document.predicateOf !== undefined)
      .map((service) => ({ service, since: predicateSince(service, catalogue) }));
  predicates.set(catalogue, found);
  return found;
}

/** What no act published has always been there. */
function predicateSince({ id, document }: ServiceDescription, catalogue: PredicateSource): number {
  const versions = catalogue
    .versions(id)
    .filter((version) => version.document.predicateOf === document.predicateOf);
  return Math.min(...versions.map((version) => catalogue.standingOf(version).publishedAt ?? -Infinity));
}

/** Access that runs does not break because somebody published something: it is noted. */
function* sufficientPredicates(
  { reason, purposes: granted, validity }: Agreement,
  purposes: readonly Purpose[],
  { id }: ServiceDescription,
  catalogue: PredicateSource,
): Generator<AgreementFinding> {
  if (reason !== null || purposes.length === 0) return;
  for (const { service, since } of predicatesIn(catalogue)) {
    const found = purposes.find((purpose) => isPredicateFor(service, id, purpose));
    if (found === undefined) continue;
    const place = `/purposes/${(granted ?? []).findIndex((purpose) => purpose.id === found.id)}`;
    const code = validity.from > since ? "predicate.suffices" : "predicate.since";
    yield { code, place, detail: service.id };
  }
}
