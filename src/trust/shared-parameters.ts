import { stateAt } from "./configuration-index.ts";
import type { ConfigurationContent, Group, Member, SecurityServer } from "./global-configuration.ts";

/*
 * The configuration in X-Road's elements, for tools that read `shared-params.xml` (X-Road: Protocol for Downloading
 * Configuration, version 2 of the configuration): members, subsystems, servers with owners and clients, trust services.
 * What proves the configuration are our own signed files; this is a rendering of them.
 */

/** What X-Road checks certificates by; the schema wants one of its classes. */
const certificateProfile = "ee.ria.xroad.common.certificateprofile.impl.BasicCertificateProfileInfoProvider";

/**
 * `shared-params.xml` of a configuration.
 * @param at milliseconds: trust services that were granted then are the approved ones
 */
export function sharedParametersXml(content: ConfigurationContent, at: number): string {
  const { members, servers, parameters } = content;
  const references = referencesOf(members);
  const granted = <Service extends { history: Parameters<typeof stateAt>[0] }>(
    services: readonly Service[],
  ) => services.filter(({ history }) => stateAt(history, at) === "granted");
  const lines = [
    tag("instanceIdentifier", parameters.instance),
    ...granted(content.certificationAuthorities).map(({ name, certificate, ocspUrls }) => {
      const ocsp = ocspUrls.map((url) => wrap("ocsp", tag("url", url)));
      const top = wrap("topCA", tag("cert", certificate.toString("base64")) + ocsp.join(""));
      return wrap("approvedCA", tag("name", name) + top + tag("certificateProfileInfo", certificateProfile));
    }),
    ...granted(content.timestampingAuthorities).map(({ name, url, certificate }) =>
      wrap("approvedTSA", tag("name", name) + tag("url", url) + tag("cert", certificate.toString("base64"))),
    ),
    ...members.map((member) => memberXml(member, references)),
    ...servers.map((server) => serverXml(server, references)),
    ...(content.groups ?? []).map(groupXml),
    globalSettings(content),
  ];
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
    '<ns3:conf xmlns:ns2="http://x-road.eu/xsd/identifiers" xmlns:ns3="http://x-road.eu/xsd/xroad.xsd">\n' +
    `${lines.join("\n")}\n</ns3:conf>\n`
  );
}

/** Names within the document, by which servers refer to members and subsystems. */
function referencesOf(members: readonly Member[]): ReadonlyMap<string, string> {
  const ids = members.flatMap(({ id, subsystems }) => [
    id as string,
    ...subsystems.map((one) => one.id as string),
  ]);
  return new Map(ids.map((id, i) => [id, `id${i}`]));
}

function memberXml({ id, name, subsystems }: Member, references: ReadonlyMap<string, string>): string {
  const [, memberClass, memberCode] = partsOf(id);
  const systems = subsystems.map(({ id: subsystem }) => {
    const code = tag("subsystemCode", partsOf(subsystem)[3]!);
    return `<subsystem id="${references.get(subsystem)}">${code}</subsystem>`;
  });
  const named = classXml(memberClass!) + tag("memberCode", memberCode!) + tag("name", name);
  return `<member id="${references.get(id)}">${named}${systems.join("")}</member>`;
}

function serverXml(
  { id, owner, addresses, tlsCertificates, clients }: SecurityServer,
  references: ReadonlyMap<string, string>,
): string {
  const hashes = tlsCertificates.map((digest) =>
    tag("authCertHash", Buffer.from(digest, "base64url").toString("base64")),
  );
  const served = clients.map((client) => tag("client", references.get(client)!));
  const place = addresses.length === 0 ? "" : tag("address", addresses[0]!.host);
  const named = tag("owner", references.get(owner)!) + tag("serverCode", partsOf(id)[3]!) + place;
  return wrap("securityServer", named + hashes.join("") + served.join(""));
}

function groupXml({ code, description, members }: Group): string {
  const listed = members.map((id) => {
    const [instance, memberClass, memberCode, subsystem] = partsOf(id).map((part, i) =>
      tag(`ns2:${["xRoadInstance", "memberClass", "memberCode", "subsystemCode"][i]}`, part),
    );
    const named = `${instance}${memberClass}${memberCode}${subsystem}`;
    return `<groupMember ns2:objectType="SUBSYSTEM">${named}</groupMember>`;
  });
  return wrap("globalGroup", tag("groupCode", code) + tag("description", description) + listed.join(""));
}

function globalSettings({ members, parameters }: ConfigurationContent): string {
  const classes = [...new Set(members.map(({ id }) => partsOf(id)[1]!))].sort().map(classXml);
  const freshness = tag("ocspFreshnessSeconds", String(Math.floor(parameters.ocspFreshness / 1000)));
  return wrap("globalSettings", classes.join("") + freshness);
}

/** Descriptions of classes are not registered: the code says what it is. */
function classXml(code: string): string {
  return wrap("memberClass", tag("code", code) + tag("description", code));
}

function partsOf(id: string): readonly string[] {
  return id.split("/").map(decodeURIComponent);
}

function tag(name: string, text: string): string {
  return wrap(
    name,
    text.replace(/[<>&"']/g, (mark) => `&#${mark.charCodeAt(0)};`),
  );
}

function wrap(name: string, xml: string): string {
  return `<${name}>${xml}</${name}>`;
}
