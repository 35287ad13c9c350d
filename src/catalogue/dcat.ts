import type { Json } from "../core/canonical-json.ts";
import { type MemberId, memberOf, type ServiceId } from "../core/ids.ts";
import type { Contact, DescriptionDocument } from "./description-document.ts";
import type { ServiceDescription } from "./service-description.ts";
import type { LifeState } from "./service-standing.ts";

/*
 * The catalogue for data portals: DCAT-AP 3 (SEMIC) over DCAT 3 (W3C), as JSON-LD 1.1. Every term is mapped by the
 * context in the document: nothing is fetched by who reads it. Links are relative to the document's own address.
 */

/** What the catalogue of an instance is made of. */
export interface DcatSource {
  readonly instance: string;
  readonly services: readonly ServiceDescription[];
  readonly stateOf: (service: ServiceDescription) => LifeState;
  readonly memberName: (member: MemberId) => string | undefined;
  /** Where the service is called, absolute or relative to the document. */
  readonly endpointUrl: (service: ServiceId) => string;
}

const authority = "http://publications.europa.eu/resource/authority";

const iri = (id: string) => ({ "@id": id, "@type": "@id" });
const byLanguage = (id: string) => ({ "@id": id, "@container": "@language" });

const context = {
  "@version": 1.1,
  dcat: "http://www.w3.org/ns/dcat#",
  dcterms: "http://purl.org/dc/terms/",
  dcatap: "http://data.europa.eu/r5r/",
  eli: "http://data.europa.eu/eli/ontology#",
  foaf: "http://xmlns.com/foaf/0.1/",
  vcard: "http://www.w3.org/2006/vcard/ns#",
  title: byLanguage("dcterms:title"),
  description: byLanguage("dcterms:description"),
  keyword: byLanguage("dcat:keyword"),
  identifier: "dcterms:identifier",
  version: "dcat:version",
  publisher: iri("dcterms:publisher"),
  accessRights: iri("dcterms:accessRights"),
  conformsTo: iri("dcterms:conformsTo"),
  service: iri("dcat:service"),
  dataset: iri("dcat:dataset"),
  servesDataset: iri("dcat:servesDataset"),
  theme: iri("dcat:theme"),
  contactPoint: iri("dcat:contactPoint"),
  landingPage: iri("dcat:landingPage"),
  endpointURL: iri("dcat:endpointURL"),
  endpointDescription: iri("dcat:endpointDescription"),
  availability: iri("dcatap:availability"),
  applicableLegislation: iri("dcatap:applicableLegislation"),
  name: "foaf:name",
  fn: "vcard:fn",
  hasEmail: iri("vcard:hasEmail"),
  hasTelephone: iri("vcard:hasTelephone"),
} as const;

/** The EU's themes of data for fields of government, by words in the name of the field. */
const themes: readonly (readonly [words: RegExp, theme: string])[] = [
  [/population|civil|family|social|benefit|pension|residence/i, "SOCI"],
  [/tax|income|revenue|customs|econom|business|company|financ/i, "ECON"],
  [/educat|degree|school|cultur|sport/i, "EDUC"],
  [/health|medic|hospital/i, "HEAL"],
  [/justice|police|court|crim|safety/i, "JUST"],
  [/land|region|cadast|city|address/i, "REGI"],
  [/transport|vehicle|road|traffic/i, "TRAN"],
  [/agricult|food|fish|forest/i, "AGRI"],
  [/environment|climate|water/i, "ENVI"],
  [/energy/i, "ENER"],
  [/science|research|technolog/i, "TECH"],
];
/** Whatever a register of a government holds. */
const generalTheme = "GOVE";

/** How long the service is meant to be there; what is suspended is not promised at all. */
const availabilities: Readonly<Record<LifeState, string | undefined>> = {
  published: "STABLE",
  deprecated: "TEMPORARY",
  suspended: undefined,
  archived: undefined,
};

/** The catalogue as a JSON-LD document, services in the order of their ids. */
export function dcatCatalogue(source: DcatSource): { readonly [name: string]: Json } {
  const services = [...source.services].sort((a, b) => (a.id < b.id ? -1 : 1));
  const datasets = Map.groupBy(
    services.filter(({ document }) => document.source !== undefined),
    ({ document }) => document.source!.register,
  );
  return {
    "@context": context,
    "@id": `urn:sealway:catalogue:${source.instance}`,
    "@type": "dcat:Catalog",
    title: { en: `Services of ${source.instance}` },
    description: { en: `Data services between members of the instance ${source.instance}.` },
    publisher: agent(`urn:sealway:instance:${source.instance}`, `Governing authority of ${source.instance}`),
    service: services.map((service) => dataService(service, source)),
    dataset: [...datasets.values()].map((exposing) => dataset(exposing[0]!, source)),
  };
}

function dataService(service: ServiceDescription, source: DcatSource): Json {
  const { id, version, document } = service;
  const { title, description, contentKind, source: register } = document;
  const availability = availabilities[source.stateOf(service)];
  return {
    "@id": `urn:sealway:service:${id}`,
    "@type": "dcat:DataService",
    identifier: id,
    version,
    title,
    ...(description !== undefined && { description }),
    ...described(document),
    publisher: publisher(document, source),
    endpointURL: source.endpointUrl(id),
    endpointDescription: `/catalogue/openapi/${id}`,
    landingPage: `/catalogue/services/${id}`,
    ...(contentKind === "json" && { conformsTo: "https://spec.openapis.org/oas/v3.1.1" }),
    ...(availability !== undefined && { availability: `${authority}/planned-availability/${availability}` }),
    ...(register !== undefined && { servesDataset: datasetId(register.register) }),
  };
}

/** The register behind services, as the first of them describes it. */
function dataset({ id, document }: ServiceDescription, source: DcatSource): Json {
  const { register, territory } = document.source!;
  return {
    "@id": datasetId(register),
    "@type": "dcat:Dataset",
    identifier: register,
    title: { en: `Register ${register}` },
    description: { en: `The register ${register} of ${territory}, as ${id} exposes it.` },
    ...described(document),
    publisher: publisher(document, source),
    landingPage: `/catalogue/services/${id}`,
  };
}

/** What service and register have in common. */
function described({
  domain = "",
  contacts,
  lawfulBases = [],
  audience = [],
  lifeEvents = [],
}: DescriptionDocument) {
  const found = themes.filter(([words]) => words.test(domain)).map(([, theme]) => theme);
  const keywords = [domain, ...audience, ...lifeEvents].filter((text) => text !== "");
  return {
    theme: [generalTheme, ...found].map((theme) => `${authority}/data-theme/${theme}`),
    accessRights: `${authority}/access-right/RESTRICTED`,
    ...(keywords.length > 0 && { keyword: { en: keywords } }),
    ...(contacts !== undefined && { contactPoint: [contact(contacts.steward), contact(contacts.incidents)] }),
    ...(lawfulBases.length > 0 && {
      applicableLegislation: lawfulBases.map(({ provision }) => legislation(provision)),
    }),
  };
}

function publisher({ id, responsibleAuthority }: DescriptionDocument, { memberName }: DcatSource): Json {
  const member = memberOf(id);
  return agent(`urn:sealway:member:${member}`, memberName(member) ?? responsibleAuthority ?? member);
}

function agent(id: string, name: string): Json {
  return { "@id": id, "@type": "foaf:Agent", name };
}

function contact({ name, email, telephone }: Contact): Json {
  return {
    "@type": "vcard:Kind",
    fn: name,
    ...(email !== undefined && { hasEmail: `mailto:${encodeURIComponent(email).replace("%40", "@")}` }),
    ...(telephone !== undefined && { hasTelephone: `tel:${telephone.replace(/[^+0-9]/g, "")}` }),
  };
}

/** A provision that has its address in it (ELI) is that resource; another one has a title only. */
function legislation(provision: string): Json {
  const address = /https?:\/\/[^\s<>"{}|\\^`]+[^\s<>"{}|\\^`.,;)]/.exec(provision)?.[0];
  return {
    ...(address !== undefined && { "@id": address }),
    "@type": "eli:LegalResource",
    title: { en: provision },
  };
}

function datasetId(register: string): string {
  return `urn:sealway:register:${encodeURIComponent(register)}`;
}
