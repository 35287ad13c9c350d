import { SealwayError } from "../../core/errors.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { canonicalBytes } from "../../message/head.ts";
import { requestHash } from "../../message/request-hash.ts";
import type { verifyMessage } from "../../message/verify-message.ts";
import { parseWireHeaders } from "../../message/wire.ts";
import { awaitConfiguration, shortPatience } from "../await-configuration.ts";
import type { TrustSnapshot } from "../gateway-services.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { verifyFrom } from "../verify-from.ts";

/** The longest that a consumer may ask the provider to work, milliseconds. */
const longestDeadline = 3_700_000;

/** Step 9: whose connection it is. Nothing of the message is read before. */
export function identifyPeer(x: ProviderExchange): void {
  const { certificate } = x.call;
  const server = certificate === null ? undefined : x.trust.directory.serverByTlsCertificate(certificate);
  if (server === undefined) {
    x.services.pollTrust();
    throw new SealwayError("peer_unknown", "the TLS certificate of the connection is not registered");
  }
  x.peer = server;
}

/** What a client that has moved a moment ago is refused with until the configuration says so here, too. */
const byConfiguration: ReadonlySet<string> = new Set([
  "certificate_unknown",
  "certificate_wrong_member",
  "peer_unknown",
]);

/**
 * Step 9: signature, signer, freshness and the message's agreement with itself, with the connection and with us. The
 * consumer's server may know before us that it serves the client now: then the newer configuration is waited for.
 */
export function verifyRequest(x: ProviderExchange): void | Promise<void> {
  try {
    takeRequest(x);
  } catch (error) {
    if (!(error instanceof SealwayError && byConfiguration.has(error.code))) throw error;
    return verifyAnew(x, error);
  }
}

async function verifyAnew(x: ProviderExchange, error: SealwayError): Promise<void> {
  const { services, trust: before } = x;
  // Not verified yet, and from a registered server all the same.
  const { version: named } = parseExchange(parseWireHeaders(x.call.rawHeaders).exchange).configuration;
  const isNewer = ({ configuration: { version } }: TrustSnapshot) =>
    version > before.configuration.version && version >= named;
  x.trust = await awaitConfiguration(services, { before, named, patience: shortPatience }, isNewer);
  if (x.trust === before) throw error;
  identifyPeer(x);
  takeRequest(x);
}

function takeRequest(x: ProviderExchange): void {
  const { services, trust } = x;
  const request = verifyOrPoll(x);
  const { document, head } = request;
  if (document.type !== "request") throw new SealwayError("malformed_message", "the message is no request");
  if (document.instance !== trust.configuration.parameters.instance) {
    throw new SealwayError("wrong_recipient", `the message is for instance ${document.instance}`);
  }
  if (document.to !== services.self)
    throw new SealwayError("wrong_recipient", `the message is for ${document.to}`);
  if (document.from !== x.peer.id || trust.directory.serverOf(document.client)?.id !== x.peer.id) {
    throw new SealwayError("peer_unknown", `the connection's server does not serve ${document.client}`);
  }
  if (document.deadline <= services.clock.now() || document.deadline > document.ts + longestDeadline) {
    throw new SealwayError("deadline_exceeded", "the deadline has passed or is too far away");
  }
  services.notePeerConfiguration(document.from, document.configuration);
  x.requestHash = requestHash(canonicalBytes(head.start, head.headers), head.body?.digest ?? null);
  x.request = request;
}

function verifyOrPoll(x: ProviderExchange): ReturnType<typeof verifyMessage> {
  const { services, trust } = x;
  try {
    return verifyFrom(services, x.peer.id, parseWireHeaders(x.call.rawHeaders), trust.directory);
  } catch (error) {
    // A certificate registered a moment ago is in the configuration that we do not have yet.
    if (error instanceof SealwayError && error.code === "certificate_unknown") services.pollTrust();
    throw error;
  }
}
