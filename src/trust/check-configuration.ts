import {
  memberOf,
  parseClientId,
  parseMemberId,
  parseServerId,
  parseServiceId,
  providerOf,
  type ServerId,
} from "../core/ids.ts";
import { parseRecipient } from "../pki/hybrid-envelope.ts";
import { type PartName, partPath } from "./configuration-parts.ts";
import { DocumentError } from "./document-error.ts";
import type { ConfigurationContent, SecurityServer } from "./global-configuration.ts";
import { isPublishedByAct, serviceOfPath } from "./service-paths.ts";
import type { Succession } from "./successors.ts";

/**
 * Checks what no schema can: that ids are in their one spelling, of this instance and unique, that every
 * reference leads somewhere, that no client is served twice and no key has two owners.
 * @throws DocumentError with part and place
 */
export function checkConfiguration(content: ConfigurationContent): void {
  const members = checkMembers(content);
  const servers = checkServers(content, members);
  checkSeals(content, members, servers);
  checkTrustServices(content);
  checkServices(content, members);
  checkTimeZone(content.parameters.timeZone);
  checkRestrictionLaw(content, members);
  checkSuccessions(content);
  checkGroups(content);
  checkAgreementStops(content);
}

function checkGroups({ groups = [], members }: ConfigurationContent): void {
  const known = new Set(members.flatMap(({ subsystems }) => subsystems.map(({ id }) => id)));
  const codes = new Set<string>();
  for (const [i, { code, members: inIt }] of groups.entries()) {
    addOnce(codes, code, "members", `/groups/${i}/code`);
    const stranger = inIt.findIndex((id) => !known.has(id));
    if (stranger >= 0)
      throw refused("members", `/groups/${i}/members/${stranger}`, `${inIt[stranger]} is not registered`);
  }
}

/** One in another spelling would stop nothing. Who is named need not be registered any more. */
function checkAgreementStops({ agreementStops = [], parameters: { instance } }: ConfigurationContent): void {
  for (const [i, { consumer, service }] of agreementStops.entries()) {
    const place = `/agreementStops/${i}`;
    checkId(consumer, parseClientId, instance, "members", `${place}/consumer`);
    checkId(service, parseServiceId, instance, "members", `${place}/service`);
  }
}

/** How many members of each side a kind of succession has, at least and at most. */
const sides: Readonly<Record<Succession["kind"], readonly [least: number, most: number]>> = {
  merged: [1, 1],
  split: [2, Number.POSITIVE_INFINITY],
  renamed: [1, 1],
  dissolved: [0, Number.POSITIVE_INFINITY],
};

/** Who is named need not be registered any more: it is history. */
function checkSuccessions({ successions, parameters: { instance } }: ConfigurationContent): void {
  const taken = new Set<string>();
  for (const [i, { kind, from, to, date }] of successions.entries()) {
    const place = `/successions/${i}`;
    for (const [j, id] of from.entries()) {
      checkId(id, parseMemberId, instance, "members", `${place}/from/${j}`);
      addOnce(
        taken,
        `${id} on ${new Date(date).toISOString().slice(0, 10)}`,
        "members",
        `${place}/from/${j}`,
      );
      if (to.some(({ member }) => member === id) && kind !== "split" && kind !== "merged")
        throw refused("members", `${place}/to`, `${id} cannot follow itself`);
    }
    for (const [j, { member }] of to.entries())
      checkId(member, parseMemberId, instance, "members", `${place}/to/${j}/member`);
    const [least, most] = sides[kind];
    if (to.length < least || to.length > most)
      throw refused("members", `${place}/to`, `${kind}, but ${to.length} members follow`);
    if (kind === "renamed" && from.length !== 1)
      throw refused("members", `${place}/from`, `renamed, but ${from.length} members were`);
  }
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw new DocumentError(partPath("parameters"), "/timeZone", "is no time zone that is known", { cause });
  }
}

/** A purpose of a service that is not published yet may be marked. */
function checkRestrictionLaw(
  {
    parameters: { instance, orderingAuthorities, restrictablePurposes, supervisoryKey },
  }: ConfigurationContent,
  members: ReadonlySet<string>,
): void {
  const ids = new Set<string>();
  for (const [i, { member, encryptionKey }] of orderingAuthorities.entries()) {
    const place = `/orderingAuthorities/${i}`;
    checkListed(members, member, "parameters", `${place}/member`);
    addOnce(ids, member, "parameters", `${place}/member`);
    checkKey(encryptionKey, `${place}/encryptionKey`);
  }
  if (supervisoryKey !== null) checkKey(supervisoryKey, "/supervisoryKey");
  for (const [i, { service }] of restrictablePurposes.entries())
    checkId(service, parseServiceId, instance, "parameters", `/restrictablePurposes/${i}/service`);
}

function checkKey(point: string, place: string): void {
  try {
    parseRecipient(point);
  } catch (cause) {
    throw new DocumentError(partPath("parameters"), place, (cause as Error).message, { cause });
  }
}

/** @returns every id that may ask and answer */
function checkMembers({ members, parameters }: ConfigurationContent): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const [i, member] of members.entries()) {
    checkId(member.id, parseMemberId, parameters.instance, "members", `/members/${i}/id`);
    addOnce(ids, member.id, "members", `/members/${i}/id`);
    for (const [j, { id }] of member.subsystems.entries()) {
      const place = `/members/${i}/subsystems/${j}/id`;
      checkId(id, parseClientId, parameters.instance, "members", place);
      if (memberOf(id) !== member.id) throw refused("members", place, `${id} is not of ${member.id}`);
      addOnce(ids, id, "members", place);
    }
  }
  return ids;
}

function checkServers(content: ConfigurationContent, members: ReadonlySet<string>): ReadonlySet<ServerId> {
  const ids = new Set<ServerId>();
  const served = new Map<string, ServerId>();
  const tlsCertificates = new Map<string, ServerId>();
  const logKeys = new Map<string, ServerId>();
  for (const [i, server] of content.servers.entries()) {
    const place = `/servers/${i}`;
    checkId(server.id, parseServerId, content.parameters.instance, "servers", `${place}/id`);
    addOnce(ids, server.id, "servers", `${place}/id`);
    checkListed(members, server.owner, "servers", `${place}/owner`);
    if (memberOf(server.id) !== server.owner) {
      throw refused("servers", `${place}/owner`, `${server.id} is not of ${server.owner}`);
    }
    checkMaintenance(server, place);
    for (const [j, client] of server.clients.entries()) {
      checkListed(members, client, "servers", `${place}/clients/${j}`);
      claim(served, client, server.id, "servers", `${place}/clients/${j}`);
    }
    for (const [j, digest] of server.tlsCertificates.entries()) {
      claim(tlsCertificates, digest, server.id, "servers", `${place}/tlsCertificates/${j}`);
    }
    for (const [j, key] of (server.logKeys ?? []).entries()) {
      claim(logKeys, key, server.id, "servers", `${place}/logKeys/${j}`);
    }
  }
  return ids;
}

function checkMaintenance({ addresses, maintenance = [] }: SecurityServer, place: string): void {
  for (const [j, { addresses: nodes }] of maintenance.entries()) {
    const isOfServer = (nodes ?? []).every((node) =>
      addresses.some(({ host, port }) => host === node.host && port === node.port),
    );
    if (!isOfServer)
      throw refused("servers", `${place}/maintenance/${j}/addresses`, "names a node that the server has not");
  }
}

function checkSeals(
  { seals }: ConfigurationContent,
  members: ReadonlySet<string>,
  servers: ReadonlySet<ServerId>,
): void {
  for (const [i, seal] of seals.entries()) {
    checkListed(members, seal.member, "seals", `/seals/${i}/member`);
    for (const [j, id] of seal.servers.entries())
      checkListed(servers, id, "seals", `/seals/${i}/servers/${j}`);
  }
}

function checkTrustServices(content: ConfigurationContent): void {
  for (const list of ["certificationAuthorities", "timestampingAuthorities"] as const) {
    const names = new Set<string>();
    for (const [i, { name }] of content[list].entries()) {
      addOnce(names, name, "trust-services", `/${list}/${i}/name`);
    }
  }
}

/** An act whose provider is no member any more stays: it is history. */
function checkServices(
  { services, acts, vocabularies, parameters }: ConfigurationContent,
  members: ReadonlySet<string>,
): void {
  const paths = new Set<string>();
  for (const [list, documents] of Object.entries({ services, acts })) {
    for (const [i, { path }] of documents.entries()) {
      const place = `/${list}/${i}/path`;
      const id = serviceOfPath(path);
      checkId(id, parseServiceId, parameters.instance, "services", place);
      if (!isPublishedByAct(path)) checkListed(members, providerOf(id), "services", place);
      addOnce(paths, path, "services", place);
    }
  }
  for (const [i, { path }] of vocabularies.entries())
    addOnce(paths, path, "services", `/vocabularies/${i}/path`);
}

function checkId(
  id: string,
  parse: (text: string) => string,
  instance: string,
  part: PartName,
  place: string,
): void {
  let canonical: string | undefined;
  try {
    canonical = parse(id);
  } catch (cause) {
    throw new DocumentError(partPath(part), place, (cause as Error).message, { cause });
  }
  if (canonical !== id) throw refused(part, place, `${id} is to be spelled ${canonical}`);
  if (!id.startsWith(`${instance}/`)) throw refused(part, place, `${id} is not of instance ${instance}`);
}

function checkListed(known: ReadonlySet<string>, id: string, part: PartName, place: string): void {
  if (!known.has(id)) throw refused(part, place, `${id} is not registered`);
}

function addOnce<Id extends string>(ids: Set<Id>, id: Id, part: PartName, place: string): void {
  if (ids.has(id)) throw refused(part, place, `${id} occurs twice`);
  ids.add(id);
}

function claim(
  owners: Map<string, ServerId>,
  thing: string,
  owner: ServerId,
  part: PartName,
  place: string,
): void {
  const other = owners.get(thing);
  if (other !== undefined) throw refused(part, place, `${thing} is at ${other} already`);
  owners.set(thing, owner);
}

function refused(part: PartName, place: string, problem: string): DocumentError {
  return new DocumentError(partPath(part), place, problem);
}
