import { type MemberId, memberOf, type ServerId } from "../core/ids.ts";
import { serverUri } from "./alternative-names.ts";
import type { Certificate } from "./certificate.ts";
import type { RequestedNames } from "./certificate-request.ts";
import type { SubjectAttributes } from "./distinguished-name.ts";

/** What the key of a certificate does at a security server. */
export type KeyUse = "seal" | "tls";

/**
 * What each attribute of a subject says, as text with places to fill: `{member}` and `{server}` (whole identifiers),
 * `{instance}`, `{class}`, `{code}`, `{serverCode}` (their parts, decoded), `{name}` of the organisation, `{country}`. An
 * attribute with a place that nothing is known for is left out.
 */
export type SubjectRule = { readonly [attribute in keyof SubjectAttributes]?: string };

/** An instance's rules for the names in certificates. */
export type NameRules = Readonly<Record<KeyUse, SubjectRule>>;

/** Whose certificate it is. */
export interface NamedHolder {
  readonly member: MemberId;
  /** Missing where the rules ask for no server. */
  readonly server?: ServerId;
  /** The organisation's name. */
  readonly name?: string;
  /** ISO 3166-1, two letters. */
  readonly country?: string;
}

/** The rules of an instance that states none (organizationIdentifier: ETSI EN 319 412-1). */
// biome-ignore format: a table is read by its columns
export const usualNameRules: NameRules = {
  seal: { countryName: "{country}", organizationName: "{name}", organizationIdentifier: "{member}", commonName: "{name} e-seal" },
  tls:  { countryName: "{country}", organizationName: "{name}", organizationIdentifier: "{member}", commonName: "{server}" },
};

/** The names of a TLS key's hosts, for information systems that look at them. */
export interface HostNames {
  readonly dnsNames: readonly string[];
  /** IPv4 in its dotted form. */
  readonly ipAddresses: readonly string[];
}

/** What a request for a certificate must name. */
export function requestedNames(
  use: KeyUse,
  rules: NameRules,
  holder: NamedHolder,
  hosts: HostNames = { dnsNames: [], ipAddresses: [] },
): RequestedNames {
  const entries = ruleEntries(rules[use]).map(([attribute, rule]) => [attribute, fill(rule, holder)]);
  const subject = Object.fromEntries(entries.filter(([, text]) => text !== undefined)) as SubjectAttributes;
  const uris = use === "tls" && holder.server !== undefined ? [serverUri(holder.server)] : [];
  return { subject, alternativeNames: { uris, ...hosts } };
}

/**
 * What in a certificate names somebody else than its holder, or not its holder: attributes by which the rules identify,
 * and a server's URI. How an organisation's name is spelled is the CA's matter.
 */
export function foreignNames(
  certificate: Certificate,
  use: KeyUse,
  rules: NameRules,
  holder: NamedHolder,
): string[] {
  const wrong = identifyingNames(rules[use], holder).flatMap(({ attribute, wanted }) => {
    const found = certificate.subjectAttributes[attribute];
    if (found === wanted) return [];
    return [`${attribute} is ${found === undefined ? "missing" : `"${found}"`}, not "${wanted}"`];
  });
  const otherServer = certificate.subjectAltName.uris.find(
    (uri) => uri.startsWith("sealway:") && (holder.server === undefined || uri !== serverUri(holder.server)),
  );
  return otherServer === undefined ? wrong : [...wrong, `it names the server ${otherServer}`];
}

/**
 * Whether the CA says in a certificate whose it is, by an attribute that is compared and tells members apart. Where the
 * rules have none for this holder, no certificate does.
 */
export function namesHolder(
  certificate: Certificate,
  use: KeyUse,
  rules: NameRules,
  holder: NamedHolder,
): boolean {
  const tells = identifyingNames(rules[use], holder).some(({ rule }) => telling.test(rule));
  return tells && foreignNames(certificate, use, rules, holder).length === 0;
}

const identifying = /\{(?:member|server|instance|class|code|serverCode)\}/;
const telling = /\{(?:member|code|server)\}/;

/** What must stand where the rules identify a holder; how a name is spelled, nobody compares. */
function identifyingNames(subject: SubjectRule, holder: NamedHolder) {
  return ruleEntries(subject).flatMap(([attribute, rule]) => {
    if (rule.includes("{name}") || !identifying.test(rule)) return [];
    const wanted = fill(rule, holder);
    return wanted === undefined ? [] : [{ attribute, rule, wanted }];
  });
}

function ruleEntries(rule: SubjectRule): [keyof SubjectAttributes, string][] {
  return Object.entries(rule) as [keyof SubjectAttributes, string][];
}

/** @returns undefined when nothing is known for one of its places */
function fill(rule: string, holder: NamedHolder): string | undefined {
  let missing = false;
  const text = rule.replace(/\{(\w+)\}/g, (_, place: string) => {
    const value = Object.hasOwn(places, place) ? places[place]!(holder) : undefined;
    missing ||= value === undefined;
    return value ?? "";
  });
  return missing ? undefined : text;
}

const places: Readonly<Record<string, (holder: NamedHolder) => string | undefined>> = {
  member: ({ member }) => member,
  server: ({ server }) => server,
  instance: ({ member }) => part(member, 0),
  class: ({ member }) => part(member, 1),
  code: ({ member }) => part(member, 2),
  serverCode: ({ server }) => server && part(server, 3),
  name: ({ name }) => name,
  country: ({ country }) => country,
};

function part(id: string, index: number): string {
  return decodeURIComponent(id.split("/")[index]!);
}

/** Who holds the key of a server or of a member. */
export function holderOf(of: MemberId | ServerId): Pick<NamedHolder, "member" | "server"> {
  return of.split("/").length === 4
    ? { member: memberOf(of as ServerId), server: of as ServerId }
    : { member: of as MemberId };
}
