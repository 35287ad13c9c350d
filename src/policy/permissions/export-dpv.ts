import type { PermissionKind } from "../../catalogue/description-document.ts";
import type { Json } from "../../core/canonical-json.ts";
import { memberOf } from "../../core/ids.ts";
import { type Permission, type PermissionAct, type PermissionState, partiesOf } from "./permission.ts";
import type { PermissionWords } from "./permission-text.ts";

/*
 * A permission as a consent record after ISO/IEC TS 27560:2023 in the Data Privacy Vocabulary (W3C DPV 2, its guide on
 * consent records), JSON-LD 1.1. It names nobody: the person is the commitment.
 */

const statuses: Readonly<Record<PermissionState, string>> = {
  requested: "dpv:ConsentRequested",
  active: "dpv:ConsentGiven",
  declined: "dpv:ConsentRefused",
  withdrawn: "dpv:ConsentWithdrawn",
  ended: "dpv:ConsentInvalidated",
};

const bases: Readonly<Record<PermissionKind, string>> = {
  consent: "eu-gdpr:A6-1-a",
  "explicit-request": "dpv:DataSubjectRequest",
  mandate: "dpv:EnterIntoContract",
};

const context = {
  dct: "http://purl.org/dc/terms/",
  dpv: "https://w3id.org/dpv#",
  "eu-gdpr": "https://w3id.org/dpv/legal/eu/eu-gdpr#",
  sealway: "urn:sealway:",
  xsd: "http://www.w3.org/2001/XMLSchema#",
};

/**
 * @param revisions oldest first, at least one
 * @param words of the catalogue, as the person read them
 * @param now milliseconds: a permission may have expired since its last revision
 */
export function exportDpv(revisions: readonly Permission[], words: PermissionWords, now: number): Json {
  const last = revisions.at(-1)!;
  const { elements, kind, limits, person, purpose, service, validity } = last;
  const { discloser } = partiesOf(last);
  const status = isExpired(last, now) ? "dpv:ConsentExpired" : statuses[last.state];
  return {
    "@context": context,
    "@id": `urn:uuid:${last.id}`,
    "@type": ["dpv:ConsentRecord", "dpv:Process"],
    "dct:conformsTo": [{ "@id": "https://www.iso.org/standard/80392.html" }],
    "dct:identifier": last.id,
    "dct:hasVersion": String(last.revision),
    "dpv:hasDataSubject": {
      "@id": `urn:sealway:commitment:${person.c}`,
      "@type": "dpv:DataSubject",
      "sealway:scheme": person.scheme,
    },
    "dpv:hasPurpose": {
      "@id": `urn:sealway:purpose:${service}:${purpose.id}:${purpose.revision}`,
      "@type": "dpv:Purpose",
      "dct:title": texts(words.purpose),
      "sealway:sha256": purpose.sha256,
    },
    "dpv:hasPersonalData": elements.map((element, i) => ({
      "@id": `urn:sealway:element:${element}`,
      "@type": "dpv:PersonalData",
      "dct:title": texts(words.elements[i] ?? { en: element }),
    })),
    ...(last.fields !== null && { "sealway:fields": [...last.fields] }),
    ...controllers(last, words),
    "dpv:hasLegalBasis": { "@id": bases[kind] },
    "dpv:hasService": { "@id": `urn:sealway:service:${service}`, "dct:title": texts(words.service) },
    "dpv:hasConsentStatus": { "@id": status },
    "dct:valid": {
      "@type": "dct:PeriodOfTime",
      "sealway:from": at(validity.from),
      "sealway:to": at(validity.to),
    },
    "dpv:hasDuration": { "@type": "xsd:dateTime", "@value": new Date(validity.to).toISOString() },
    ...(limits.uses !== null && { "dpv:hasFrequency": { "sealway:usesInAll": limits.uses } }),
    ...(limits.perPeriod !== null && { "sealway:usesPerPeriod": { ...limits.perPeriod } }),
    ...(limits.dataPeriod !== null && {
      "sealway:dataPeriod": { "sealway:from": limits.dataPeriod.from, "sealway:to": limits.dataPeriod.to },
    }),
    ...(limits.keepDays !== null && {
      "dpv:hasStorageCondition": {
        "@type": "dpv:StorageDuration",
        "dpv:hasDuration": { "@type": "xsd:duration", "@value": `P${limits.keepDays}D` },
      },
    }),
    "dpv:hasWithdrawalMethod": {
      "@type": "dpv:WithdrawConsent",
      "sealway:at": `urn:sealway:subsystem:${discloser}`,
    },
    "dct:hasPart": revisions.map(eventOf),
  };
}

function controllers(permission: Permission, words: PermissionWords) {
  const { discloser, recipient } = partiesOf(permission);
  return {
    "dpv:hasDataController": [
      party("dpv:DataController", memberOf(discloser), words.provider),
      party("dpv:DataController", memberOf(recipient), words.consumer),
    ],
    "dpv:hasRecipient": party("dpv:Recipient", recipient, words.consumer),
  };
}

/** The events of the record: what each revision made of it, when, and by whose act. */
function eventOf(revision: Permission): Json {
  return {
    "@type": "sealway:PermissionEvent",
    "dct:date": at(revision.time),
    "dpv:hasConsentStatus": { "@id": statuses[revision.state] },
    "sealway:revision": revision.revision,
    ...(revision.reason !== null && { "sealway:reason": revision.reason }),
    ...(revision.act !== null && { "dpv:hasIndicationMethod": indication(revision.act) }),
    ...(revision.representation !== null && {
      "sealway:representation": revision.representation.kind,
      ...(revision.representation.power !== undefined && {
        "sealway:powerSource": revision.representation.power.source,
        "sealway:powerExchange": revision.representation.power.exchange,
      }),
    }),
  };
}

function indication(act: PermissionAct): Json {
  if (act.kind === "declared") return { "@type": "sealway:Declared", "sealway:officer": act.officer };
  return {
    "@type": "sealway:SignedIn",
    "sealway:issuer": act.issuer,
    "sealway:acr": act.acr,
    "sealway:authenticated": at(act.authTime),
    ...(act.text !== null && { "dpv:hasNotice": { "sealway:sha256": act.text } }),
    "sealway:token": act.token,
  };
}

function isExpired({ state, validity }: Permission, now: number): boolean {
  return state === "active" && validity.to <= now;
}

function party(type: string, id: string, name: string): Json {
  return { "@id": `urn:sealway:party:${id}`, "@type": type, "dct:title": name };
}

function texts(text: Readonly<Record<string, string>>): Json {
  return Object.entries(text).map(([language, value]) => ({ "@language": language, "@value": value }));
}

function at(time: number): Json {
  return { "@type": "xsd:dateTime", "@value": new Date(time).toISOString() };
}
