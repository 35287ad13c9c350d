import type { LookupAddress, LookupOptions } from "node:dns";
import type { LookupFunction, Socket } from "node:net";
import { checkServerIdentity, type PeerCertificate, type SecureContext } from "node:tls";
import { buildConnector, Pool } from "undici";
import type { ClientId } from "../core/ids.ts";
import { portOf, type TargetPolicy } from "./target-policy.ts";

/** `dns.lookup`, or a test's. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** What the connections of one subsystem to its services have in common. */
export interface ServiceAccess {
  readonly subsystem: ClientId;
  readonly policy: TargetPolicy;
  readonly secureContext: SecureContext;
  /** DER of certificates that identify a service by themselves, whatever name stands in them. */
  readonly pinned: readonly Buffer[];
  readonly lookup: Lookup;
}

const connectTimeout = 10_000;
const mostConnections = 256;
const maxHeaderSize = 32_768;

/** Connections of one subsystem, and of no other, to one origin. */
export function servicePool(access: ServiceAccess, target: URL): Pool {
  return new Pool(target.origin, {
    connect: guardedConnector(access, target),
    connections: mostConnections,
    allowH2: false,
    pipelining: 1,
    maxHeaderSize,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** A host that is an address was judged with the URL; a name is judged here, by what it resolves to now. */
function guardedConnector(access: ServiceAccess, target: URL): buildConnector.connector {
  const { secureContext, pinned } = access;
  const dial = buildConnector({
    allowH2: false,
    timeout: connectTimeout,
    lookup: guardedLookup(access, portOf(target)),
    ...(target.protocol === "https:" && {
      secureContext,
      checkServerIdentity: (name: string, shown: PeerCertificate) => {
        return pinned.some((der) => der.equals(shown.raw)) ? undefined : checkServerIdentity(name, shown);
      },
    }),
  });
  return (options, callback) => {
    dial(options, (...result) => {
      result[1]?.on("error", markReset);
      callback(...result);
    });
  };
}

/** Resolves a name and refuses it as a whole when one of its addresses may not be called. */
function guardedLookup({ subsystem, policy, lookup }: ServiceAccess, port: number): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      try {
        for (const { address } of addresses) policy.checkAddress(subsystem, hostname, port, address);
      } catch (refusal) {
        return callback(refusal as Error, []);
      }
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? "", first?.family);
    });
  };
}

/**
 * undici takes a reset in the middle of an answer that ends with its connection for the end of that answer. Under
 * another name it is what it is: a cut. Registered before undici's own listener, hence heard first.
 */
function markReset(this: Socket, error: NodeJS.ErrnoException): void {
  if (error.code === "ECONNRESET") error.code = "SERVICE_RESET";
}
