import type { ServiceDescription } from "../../catalogue/service-description.ts";
import { isVisibleTo } from "../../catalogue/visibility.ts";
import { SealwayError } from "../../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  parseServiceId,
  providerOf,
  type ServiceId,
  unsafeId,
} from "../../core/ids.ts";
import { isInForce } from "../../policy/agreement.ts";
import { noLimits, type PermissionLimits } from "../../policy/permissions/permission.ts";
import { wholeMinute } from "../../policy/permissions/permission-text.ts";
import { toldElements } from "../../policy/permissions/told-elements.ts";
import { type Purpose, purposeOf } from "../../policy/purpose.ts";
import { authorityWord } from "../authority-word.ts";
import { viewerOf } from "../catalogue-viewer.ts";
import type { GatewayServices, TrustSnapshot } from "../gateway-services.ts";
import type { NewPermission } from "./permission-book.ts";
import type { NamedPerson } from "./permission-secret.ts";

/** What is asked for: as `schemas/permission/service-v1.schema.json` has it, checked against that. */
export interface AskedPermission {
  readonly service: string;
  readonly purpose: string;
  readonly person: NamedPerson;
  readonly fields?: readonly string[] | null;
  readonly days: number;
  readonly limits?: Partial<PermissionLimits>;
}

/** Terms that the catalogue allows, and of whom. */
export interface CheckedTerms {
  readonly terms: Omit<NewPermission, "state" | "act" | "representation">;
  /** Normalised. */
  readonly person: NamedPerson;
}

const dayLength = 24 * 60 * 60 * 1000;

type CatalogueServices = Pick<GatewayServices, "agreements" | "agreementsInForce" | "clock">;

/** Who asks, and at which subsystem: the one that would disclose. */
export interface PermissionAsking {
  readonly asker: ClientId;
  readonly discloser: ClientId;
  /** Milliseconds. */
  readonly now: number;
}

/**
 * Holds what is asked for against the catalogue and the agreements. It is asked by whoever would get the data; of a message,
 * whose sender discloses, also by the sender itself.
 * @throws SealwayError `permission_terms` for what no permission could be for; `access_denied` where no agreement would
 *   let the consumer use one; `subject_malformed`
 */
export function checkedTerms(
  services: CatalogueServices,
  trust: TrustSnapshot,
  asking: PermissionAsking,
  asked: AskedPermission,
): CheckedTerms {
  const { now } = asking;
  const { consumer, description } = partiesAsked(services, trust, asking, asked.service);
  const purpose = purposeOf(description, asked.purpose);
  if (purpose?.permission === undefined)
    throw new SealwayError("permission_terms", "the service has no such purpose that needs a permission");
  checkAgreed(services, trust, { consumer, description, purpose, now });
  const person = personFor(trust, description, asked.person);
  const fields = asked.fields ?? null;
  const limits = { ...noLimits, ...asked.limits };
  checkDataPeriod(description, limits);
  const terms = {
    ...{ kind: purpose.permission, consumer, service: description.id, fields, limits },
    ...(description.document.pattern === "message" && { pattern: "message" as const }),
    purpose: { id: purpose.id, revision: purpose.revision, sha256: purpose.sha256 },
    elements: toldElements(description, purpose, fields),
    validity: { from: wholeMinute(now), to: wholeMinute(now) + asked.days * dayLength },
  };
  return { terms, person };
}

/** @throws SealwayError `permission_terms` for a service by which the subsystem does not disclose to whoever asks, or shows */
function partiesAsked(
  services: CatalogueServices,
  { catalogue }: TrustSnapshot,
  { asker, discloser }: PermissionAsking,
  id: string,
): { readonly consumer: ClientId; readonly description: ServiceDescription } {
  const service = isInOneSpelling(id, parseServiceId) ? unsafeId<ServiceId>(id) : undefined;
  const description = service && catalogue.service(service);
  const isThere = description !== undefined && isVisibleTo(description.document, viewerOf(services, asker));
  if (service !== undefined && isThere) {
    const provider = providerOf(service);
    const isMessage = description.document.pattern === "message";
    if (isMessage && (asker === provider || asker === discloser)) return { consumer: discloser, description };
    if (!isMessage && provider === discloser) return { consumer: asker, description };
  }
  throw new SealwayError("permission_terms", "the subsystem that is called discloses by no such service");
}

interface AgreedCall {
  readonly consumer: ClientId;
  readonly description: ServiceDescription;
  readonly purpose: Purpose;
  readonly now: number;
}

/** Nobody is asked for what could not be used: a person is no way round an agreement. */
function checkAgreed(
  { agreementsInForce }: CatalogueServices,
  trust: TrustSnapshot,
  { consumer, description, purpose, now }: AgreedCall,
): void {
  const word = authorityWord(trust, consumer);
  const isAgreed = agreementsInForce.between(consumer, description, trust.catalogue).some((agreement) => {
    const isFor = agreement.purposes?.some(
      ({ id, revision = purpose.revision }) => id === purpose.id && revision === purpose.revision,
    );
    return isInForce(agreement, now, word) && (isFor ?? true);
  });
  if (!isAgreed) throw new SealwayError("access_denied", "no agreement is for this service and purpose");
}

/** Of a scheme by which the service is asked, or no call could ever be about the person. */
function personFor(
  { vocabulary }: TrustSnapshot,
  { endpoints }: ServiceDescription,
  { scheme, value }: NamedPerson,
): NamedPerson {
  const isKnown = endpoints.some(({ subjects }) => subjects.some((subject) => subject.scheme === scheme));
  if (!isKnown) throw new SealwayError("permission_terms", "the service names nobody by this scheme");
  const normalised = vocabulary.normalise(scheme, value);
  if (normalised === undefined)
    throw new SealwayError("subject_malformed", "it is no identifier of its scheme");
  return { scheme, value: normalised };
}

/** A limit that no call could keep, or that nothing could enforce, is none. */
function checkDataPeriod({ document }: ServiceDescription, { dataPeriod }: PermissionLimits): void {
  if (dataPeriod === null) return;
  const { from, to, parameters } = dataPeriod;
  const isThere = (name: string) =>
    document.endpoints.some(({ parameters: described = {} }) => {
      const schema = described[`query:${name}`]?.schema;
      return typeof schema === "object" && schema.format === "date";
    });
  if (from > to || !parameters.every(isThere))
    throw new SealwayError(
      "permission_terms",
      "the service has no such parameters of days, or the period ends before it begins",
    );
}
