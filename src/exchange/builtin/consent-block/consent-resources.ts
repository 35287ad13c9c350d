import type { ServiceDescription } from "../../../catalogue/service-description.ts";
import { isVisibleTo, type Viewer } from "../../../catalogue/visibility.ts";
import { sha256Base64Url } from "../../../core/bytes.ts";
import { SealwayError } from "../../../core/errors.ts";
import {
  type ClientId,
  encodePart,
  isInOneSpelling,
  parseServiceId,
  providerOf,
  type ServiceId,
  unsafeId,
} from "../../../core/ids.ts";
import type { Permission } from "../../../policy/permissions/permission.ts";
import { elementTitles } from "../../../policy/permissions/told-elements.ts";
import { type Purpose, purposeOf } from "../../../policy/purpose.ts";
import type { TrustSnapshot } from "../../gateway-services.ts";

/*
 * A permission as the resources of GovStack's consent building block. They name nobody: the individual is the commitment.
 * All of it is also there as it was signed (`permission`, `signature`), which alone counts.
 */

/** A purpose of a service that needs a permission: what GovStack calls a data agreement. */
export interface AgreedPurpose {
  readonly description: ServiceDescription;
  readonly purpose: Purpose;
}

/** `persons:onboarding` */
export function dataAgreementId({ service, purpose }: Pick<Permission, "service" | "purpose">): string {
  return `${decodeURIComponent(service.slice(service.lastIndexOf("/") + 1))}:${purpose.id}`;
}

/** @throws SealwayError `not_found` for what no permission could be for, and what the viewer may not see */
export function agreedPurpose(
  { catalogue }: TrustSnapshot,
  viewer: Viewer,
  subsystem: ClientId,
  id: string,
): AgreedPurpose {
  const cut = id.lastIndexOf(":");
  const service = `${subsystem}/${encodePart(id.slice(0, Math.max(0, cut)))}`;
  const isId = cut > 0 && isInOneSpelling(service, parseServiceId);
  const description = isId ? catalogue.service(unsafeId<ServiceId>(service)) : undefined;
  const purpose = description && purposeOf(description, id.slice(cut + 1));
  const isThere = description !== undefined && isVisibleTo(description.document, viewer);
  if (!isThere || purpose?.permission === undefined)
    throw new SealwayError("not_found", "the subsystem has no purpose of this id that needs a permission");
  return { description, purpose };
}

/** Those of all services of a subsystem that a caller may see. */
export function agreedPurposes(descriptions: readonly ServiceDescription[]): AgreedPurpose[] {
  return descriptions.flatMap((description) =>
    (description.document.purposes ?? []).flatMap(({ id }) => {
      const purpose = purposeOf(description, id);
      return purpose?.permission === undefined ? [] : [{ description, purpose }];
    }),
  );
}

export function dataAgreement(
  { description, purpose }: AgreedPurpose,
  { vocabulary }: TrustSnapshot,
): object {
  const titles = elementTitles(purpose.elements, vocabulary);
  return {
    id: dataAgreementId({ service: description.id, purpose }),
    version: description.version,
    controllerId: providerOf(description.id),
    purpose: purpose.id,
    purposeDescription: purpose.title,
    lawfulBasis: purpose.permission,
    dataAttributes: purpose.elements.map((element, i) => ({ id: element, name: titles[i] })),
    revision: { id: purpose.sha256, number: purpose.revision },
    active: true,
    // What was given or refused stays on record; what names the person of it can be erased.
    forgettable: false,
  };
}

/** @param statement digest of the newest signed revision @param now milliseconds */
export function consentRecord(permission: Permission, statement: string, now: number): object {
  const { id, person, purpose, state, validity } = permission;
  return {
    id,
    dataAgreementId: dataAgreementId(permission),
    dataAgreementRevisionId: purpose.sha256,
    individualId: person.c,
    optIn: state === "active" && validity.from <= now && now < validity.to,
    state: state === "requested" ? "unsigned" : "signed",
    signatureId: statement,
    permission,
  };
}

export function revision(permission: Permission, signed: Buffer): object {
  const { act, id, previous, time } = permission;
  const snapshot = Buffer.from(signed.toString("latin1").split(".")[1] ?? "", "base64url");
  return {
    id: sha256Base64Url(signed),
    schemaName: "ConsentRecord",
    objectId: id,
    serializedSnapshot: snapshot.toString("utf8"),
    timestamp: new Date(time).toISOString(),
    authorizedByOther: act?.kind === "declared" ? act.officer : null,
    predecessorHash: previous,
  };
}

export function signature(permission: Permission, signed: Buffer): object {
  const digest = sha256Base64Url(signed);
  const { act, time } = permission;
  return {
    id: digest,
    objectType: "revision",
    objectReference: digest,
    verificationMethod: "JWS",
    signature: signed.toString("latin1"),
    // What the person signed in for: the nonce of the ID token, whose digest the revision has.
    verificationHash: act?.text ?? null,
    timestamp: new Date(time).toISOString(),
  };
}
