import type { ListingDialect } from "../../catalogue/listing.ts";
import type { ClientId, MemberId } from "../../core/ids.ts";
import type { GlobalConfiguration } from "../../trust/global-configuration.ts";

interface ListedClient {
  /** Decoded; a member has no subsystem. */
  readonly parts: readonly [instance: string, memberClass: string, member: string, subsystem?: string];
  readonly name: string;
  readonly subsystemName: string | undefined;
}

/** Members and subsystems in the order of the configuration, as X-Road's `listClients` has them. */
function clientsOf({ members }: GlobalConfiguration): readonly ListedClient[] {
  return members.flatMap(({ id, name, subsystems }) => [
    { parts: partsOf(id), name, subsystemName: undefined },
    ...subsystems.map((subsystem) => ({ parts: partsOf(subsystem.id), name, subsystemName: subsystem.name })),
  ]);
}

function partsOf(id: MemberId | ClientId): ListedClient["parts"] {
  return id.split("/").map(decodeURIComponent) as unknown as ListedClient["parts"];
}

/** `GET /listClients` in JSON. */
export function listClientsJson(configuration: GlobalConfiguration, dialect: ListingDialect): object {
  return { member: clientsOf(configuration).map(shapes[dialect]) };
}

const shapes: Readonly<Record<ListingDialect, (client: ListedClient) => object>> = {
  xroad: ({ parts: [instance, memberClass, member, subsystem], name, subsystemName }) => ({
    id: {
      object_type: subsystem === undefined ? "MEMBER" : "SUBSYSTEM",
      xroad_instance: instance,
      member_class: memberClass,
      member_code: member,
      ...(subsystem !== undefined && { subsystem_code: subsystem }),
    },
    name,
    ...(subsystemName !== undefined && { subsystem_name: subsystemName }),
  }),
  govstack: ({ parts: [instance, memberClass, member, subsystem], name }) => ({
    name,
    id: {
      objectType: subsystem === undefined ? "MEMBER" : "APPLICATION",
      instanceId: instance,
      memberClass,
      memberCode: member,
      ...(subsystem !== undefined && { applicationCode: subsystem }),
    },
  }),
};

/** The same in XML, which X-Road gives to whoever does not ask for JSON. */
export function listClientsXml(configuration: GlobalConfiguration): string {
  const members = clientsOf(configuration).map(({ parts, name, subsystemName }) => {
    const [instance, memberClass, member, subsystem] = parts;
    const id =
      element("id:xRoadInstance", instance) +
      element("id:memberClass", memberClass) +
      element("id:memberCode", member) +
      element("id:subsystemCode", subsystem);
    const type = subsystem === undefined ? "MEMBER" : "SUBSYSTEM";
    const names = element("xroad:name", name) + element("xroad:subsystemName", subsystemName);
    return `<xroad:member><xroad:id id:objectType="${type}">${id}</xroad:id>${names}</xroad:member>`;
  });
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<xroad:clientList xmlns:xroad="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers">' +
    `${members.join("")}</xroad:clientList>`
  );
}

function element(name: string, text: string | undefined): string {
  if (text === undefined) return "";
  return `<${name}>${text.replace(/[<>&"']/g, (mark) => `&#${mark.charCodeAt(0)};`)}</${name}>`;
}
