import { once, setMaxListeners } from "node:events";
import { Agent } from "node:https";
import type { SecureContext, TLSSocket } from "node:tls";
import { buildConnector, Pool } from "undici";
import { sha256, toBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { exchangePath, maxWireHeaderBytes, toWireHeaders } from "../message/wire.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";
import { expectingCall } from "./expecting-call.ts";
import { type CallAnswer, type CallWords, OutgoingCall } from "./outgoing-call.ts";
import { PeerAddressHealth } from "./peer-address-health.ts";
import type { PeerRequest } from "./peer-client.ts";

const words: CallWords = {
  who: "the provider's security server",
  unreachable: "peer_unreachable",
  late: "peer_timeout",
  cutOff: "peer_cut_off",
  invalid: "malformed_message",
};

/** Shorter than the 75 s after which a peer closes an idle connection. */
const idleTimeout = 60_000;
const connectTimeout = 5_000;
/** Connections to one address; more calls wait. */
const mostConnections = 256;

/** One address of a security server with its connections. */
export class PeerAddress {
  readonly health = new PeerAddressHealth();
  readonly host: string;
  readonly port: number;
  readonly #pool: Pool;
  readonly #agent: PeerAgent;
  /** Calls of the agent: one that waits for a connection is in no list of sockets. */
  readonly #running = new Set<Promise<CallAnswer>>();
  readonly #givenUp = new AbortController();

  constructor(host: string, port: number, connector: buildConnector.connector) {
    this.host = host;
    this.port = port;
    this.#agent = new PeerAgent(connector);
    setMaxListeners(0, this.#givenUp.signal);
    this.#pool = new Pool(`https://${host.includes(":") ? `[${host}]` : host}:${port}`, {
      connect: connector,
      connections: mostConnections,
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: maxWireHeaderBytes,
      keepAliveTimeout: idleTimeout,
      keepAliveMaxTimeout: idleTimeout,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Sends the message once. @param milliseconds until the deadline. @throws SealwayError `peer_*`, `malformed_message` */
  attempt({ message, body }: PeerRequest, milliseconds: number): Promise<CallAnswer> {
    const headers = toWireHeaders(message);
    if (body !== null && body.bytes === undefined) {
      const { host, port } = this;
      const to = { agent: this.#agent, host, port, path: exchangePath, maxHeaderSize: maxWireHeaderBytes };
      const givenUp = this.#givenUp.signal;
      const running = expectingCall(words, { ...to, headers, body, givenUp }, milliseconds);
      const end = () => this.#running.delete(running);
      this.#running.add(running);
      running.then(end, end);
      return running;
    }
    const call = new OutgoingCall(words, milliseconds);
    this.#pool.dispatch({ path: exchangePath, method: "POST", headers, body: body?.bytes ?? null }, call);
    return call.answered;
  }

  /** Lets running calls end; no other may be given to it. */
  async retire(): Promise<void> {
    await Promise.all([this.#agent.retire(), this.#pool.close(), Promise.allSettled(this.#running)]);
    // Those that had no connection yet may have got one, on which a long answer is still on its way.
    await this.#agent.retire();
  }

  /** Breaks running calls off. */
  async destroy(): Promise<void> {
    this.#givenUp.abort();
    this.#agent.destroy();
    await this.#pool.destroy(new Error("the connections are given up"));
  }
}

/** One security server as one version of the configuration names it. */
export class PeerPool {
  readonly addresses: readonly PeerAddress[];
  readonly #places: string;
  readonly #certificates: Set<string>;

  constructor(server: SecurityServer, secureContext: SecureContext) {
    this.#places = placesOf(server);
    this.#certificates = new Set(server.tlsCertificates);
    this.addresses = server.addresses.map(({ host, port }) => {
      return new PeerAddress(host, port, peerConnector(secureContext, this.#certificates));
    });
  }

  /** Whether the connections are still those that the configuration names; a certificate that comes beside is taken. */
  fits(server: SecurityServer): boolean {
    if (placesOf(server) !== this.#places || !this.isTrusted(server)) return false;
    for (const certificate of server.tlsCertificates) this.#certificates.add(certificate);
    return true;
  }

  /** Whether every certificate that a connection may have shown is still the server's. */
  isTrusted({ tlsCertificates }: SecurityServer): boolean {
    const named = new Set(tlsCertificates);
    return [...this.#certificates].every((one) => named.has(one));
  }

  /** Lets running calls end. */
  async retire(): Promise<void> {
    await Promise.all(this.addresses.map((address) => address.retire()));
  }

  async destroy(): Promise<void> {
    await Promise.all(this.addresses.map((address) => address.destroy()));
  }
}

function placesOf({ addresses }: SecurityServer): string {
  return JSON.stringify(addresses.map(({ host, port }) => [host, port]));
}

/**
 * Opens mutual TLS 1.3 connections. TLS proves that the other side has the key of a certificate; whether that is the
 * server's is read from the configuration, never from names or chains in the certificate.
 */
function peerConnector(
  secureContext: SecureContext,
  certificates: ReadonlySet<string>,
): buildConnector.connector {
  const dial = buildConnector({
    secureContext,
    rejectUnauthorized: false,
    allowH2: false,
    timeout: connectTimeout,
    // A resumed session shows no certificate to judge; connections are kept, so whole handshakes are rare.
    maxCachedSessions: 0,
  });
  return (options, callback) => {
    dial(options, (error, socket) => {
      if (error !== null) return callback(error, null);
      const shown = (socket as TLSSocket).getPeerX509Certificate();
      if (shown !== undefined && certificates.has(toBase64Url(sha256(shown.raw))))
        return callback(null, socket);
      socket?.destroy();
      callback(
        new SealwayError("peer_unknown", "the certificate at the address is not the security server's"),
        null,
      );
    });
  };
}

/** node's agent over the same connections, for bodies that wait for `100 Continue`. */
class PeerAgent extends Agent {
  readonly #connector: buildConnector.connector;

  constructor(connector: buildConnector.connector) {
    super({ keepAlive: true, timeout: idleTimeout, maxSockets: mostConnections });
    this.#connector = connector;
  }

  /** Connections end when their calls have: then this resolves. */
  async retire(): Promise<void> {
    this.maxFreeSockets = 0;
    const all = (sockets: typeof this.sockets) => Object.values(sockets).flatMap((some) => some ?? []);
    for (const socket of all(this.freeSockets)) socket.destroy();
    await Promise.all(all(this.sockets).map((socket) => once(socket, "close").catch(ignore)));
  }

  override createConnection(options: { host?: string; port?: number }, callback: never): undefined {
    const { host = "", port = 0 } = options;
    this.#connector({ hostname: host, host, protocol: "https:", port: String(port) }, callback);
  }
}

function ignore(): void {}
