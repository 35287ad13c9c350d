import { BlockList, isIP } from "node:net";
import { SealwayError } from "../core/errors.ts";
import { type ClientId, memberOf } from "../core/ids.ts";

/** Ranges where no agency's information system is, but machines that trust whoever is near. */
const specialRanges: readonly [kind: string, ...ranges: string[]][] = [
  ["loopback", "127.0.0.0/8", "::1/128"],
  ["unspecified", "0.0.0.0/8", "::/128"],
  ["link-local", "169.254.0.0/16", "fe80::/10"],
  ["multicast or broadcast", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8"],
];
/** IPv6 forms that hide an IPv4 address from whoever compares texts: mapped, compatible, NAT64, 6to4. */
const disguisedRanges = ["::ffff:0:0/96", "::/96", "64:ff9b::/96", "2002::/16"];

const disguised = blockList(disguisedRanges);
const special = specialRanges.map(([kind, ...ranges]) => ({ kind, ranges: blockList(ranges) }));

/** The hosts that the server's owner (not the member's developer) lets a subsystem's services be at. */
export interface AllowedHosts {
  readonly subsystem: ClientId;
  /** `host:port`, an IPv6 address in brackets. */
  readonly allowedHosts: readonly string[];
}

/**
 * Which addresses an outgoing call may reach. A listed name is not enough: what it resolves to at the moment of the
 * call is judged too, since whoever runs a name can point it at loopback or at another member's register.
 */
export class TargetPolicy {
  readonly #hosts = new Map<ClientId, ReadonlySet<string>>();
  readonly #ownAddresses: ReadonlySet<string>;

  /**
   * @param ownAddresses addresses of this machine's interfaces
   * @throws TypeError for an entry that is not `host:port`
   */
  constructor(allowed: readonly AllowedHosts[], ownAddresses: readonly string[]) {
    for (const { subsystem, allowedHosts } of allowed) {
      this.#hosts.set(subsystem, new Set(allowedHosts.map(parseEntry)));
    }
    this.#ownAddresses = new Set(ownAddresses.map(canonicalHost));
  }

  /** @throws SealwayError `target_not_allowed` for a URL at which a service of this subsystem may not be */
  checkTarget(subsystem: ClientId, target: URL): void {
    if (!(target.protocol in defaultPorts)) throw refused("its address is neither http nor https");
    if (target.username !== "" || target.password !== "") throw refused("its address holds a credential");
    if (target.search !== "" || target.hash !== "") throw refused("its address has a query or fragment");
    const place = `${target.hostname}:${portOf(target)}`;
    if (!this.#isListed(subsystem, place)) {
      throw refused(`${place} is not among the hosts that the server's owner listed for the subsystem`);
    }
  }

  /**
   * Judges what a listed host resolved to.
   * @throws SealwayError `target_not_allowed`
   */
  checkAddress(subsystem: ClientId, host: string, port: number, address: string): void {
    const canonical = canonicalHost(address.replace(/%.*$/, ""));
    if (this.#isListed(subsystem, `${canonical}:${port}`)) return;
    const kind = kindOf(canonical);
    if (kind === "loopback" && host === "localhost" && this.#isListed(subsystem, `${host}:${port}`)) return;
    if (kind !== undefined) throw refused(`${host} resolves to an address that is ${kind}`);
    if (this.#ownAddresses.has(canonical)) throw refused(`${host} resolves to this security server itself`);
    if (this.#isOfAnotherMember(subsystem, `${canonical}:${port}`)) {
      throw refused(`${host} resolves to another member's host`);
    }
  }

  #isListed(subsystem: ClientId, place: string): boolean {
    return this.#hosts.get(subsystem)?.has(place) ?? false;
  }

  #isOfAnotherMember(subsystem: ClientId, place: string): boolean {
    for (const [other, hosts] of this.#hosts) {
      if (memberOf(other) !== memberOf(subsystem) && hosts.has(place)) return true;
    }
    return false;
  }
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The port that a call of this URL connects to. */
export function portOf(target: URL): number {
  return target.port === "" ? (defaultPorts[target.protocol] ?? 0) : Number(target.port);
}

function parseEntry(entry: string): string {
  const [, host, port] = /^(\[[0-9A-Fa-f:.]+\]|[^/:@?#\\\s]+):(\d{1,5})$/.exec(entry) ?? [];
  if (host === undefined || !URL.canParse(`http://${host}/`)) {
    throw new TypeError(`"${entry}" is not host:port`);
  }
  return `${new URL(`http://${host}/`).hostname}:${Number(port)}`;
}

/** An address as it stands in a URL: IPv6 shortened and in brackets. */
function canonicalHost(address: string): string {
  return new URL(`http://${address.includes(":") ? `[${address}]` : address}/`).hostname;
}

function kindOf(canonicalAddress: string): string | undefined {
  const address = canonicalAddress.replace(/^\[(.*)\]$/, "$1");
  const version = isIP(address);
  if (version === 0) return "none";
  const family = version === 4 ? "ipv4" : "ipv6";
  // node reads a mapped address as the IPv4 one, so the special ranges come first and name what is behind.
  const kind = special.find(({ ranges }) => ranges.check(address, family))?.kind;
  if (kind !== undefined) return kind;
  return family === "ipv6" && disguised.check(address, family) ? "an IPv4 address in disguise" : undefined;
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    list.addSubnet(network, Number(prefix), network.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

function refused(detail: string): SealwayError {
  return new SealwayError("target_not_allowed", `the service cannot be called: ${detail}`);
}
