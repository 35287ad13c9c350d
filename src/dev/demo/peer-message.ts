import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Clock, monotonic } from "../../core/clock.ts";
import { type ExchangeId, type MemberId, memberOf } from "../../core/ids.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import { parseHead } from "../../message/head.ts";
import { sealMessage } from "../../message/seal-message.ts";
import { exchangePath, maxWireHeaderBytes, toWireHeaders, type WireMessage } from "../../message/wire.ts";
import { type Certificate, parseCertificatesPem } from "../../pki/certificate.ts";
import { loadKeyFile } from "../../pki/key-file.ts";
import { keyOperation } from "../../pki/private-key.ts";
import { SignerPool } from "../../pki/signer.ts";
import { type Country, type CountryServer, sealName } from "../country/country.ts";

/** Key and certificate with which a connection is made. */
export interface PeerIdentity {
  readonly key: string;
  readonly cert: string;
}

/** What a security server answers to a peer, as it stands on the wire. */
export interface PeerAnswer {
  readonly status: number;
  /** Compact signature, or null when nothing is signed. */
  readonly signature: string | null;
  readonly text: string;
  readonly milliseconds: number;
}

/** The TLS identity of a server: whoever has its key file and passphrase can be that server on the wire. */
export async function identityOf(country: Country, { directory }: CountryServer): Promise<PeerIdentity> {
  const key = await loadKeyFile(join(directory, "tls.key.pem"), await passphraseOf(country));
  const cert = await readFile(join(directory, "tls.cert.pem"), "utf8");
  return { key: key.export({ type: "pkcs8", format: "pem" }) as string, cert };
}

/**
 * Sends a message without a body to a server's peer interface, over a connection of its own.
 * @param identity null to show no certificate
 */
export async function sendAsPeer(
  { ports }: CountryServer,
  message: WireMessage,
  identity: PeerIdentity | null,
): Promise<PeerAnswer> {
  const began = monotonic();
  const { promise, resolve, reject } = Promise.withResolvers<Omit<PeerAnswer, "milliseconds">>();
  const outgoing = request({
    ...identity,
    host: "127.0.0.1",
    port: ports.peer,
    method: "POST",
    path: exchangePath,
    headers: toWireHeaders(message),
    maxHeaderSize: maxWireHeaderBytes,
    agent: false,
    // Whose certificate the server shows is of no interest here: what is judged is what it takes.
    rejectUnauthorized: false,
  });
  outgoing.once("error", reject);
  outgoing.once("response", async (answer) => {
    const signature = answer.headers["sealway-signature"];
    const text = (await buffer(answer)).toString("utf8");
    resolve({
      status: answer.statusCode!,
      signature: typeof signature === "string" ? signature : null,
      text,
    });
  });
  outgoing.end();
  return { ...(await promise), milliseconds: monotonic() - began };
}

/** What a forger changes of a message. */
export interface Forgery {
  readonly id?: ExchangeId;
  readonly ocsp?: Buffer;
}

/** Signs a message again with the member's own seal: what only a thief of the key, or the member itself, can do. */
export async function signAgain(
  country: Country,
  server: CountryServer,
  message: WireMessage,
  clock: Clock,
  { id, ocsp = message.ocsp }: Forgery = {},
): Promise<WireMessage> {
  const now = clock.now();
  const before = parseExchange(message.exchange);
  const document: ExchangeDocument = {
    ...before,
    ts: now,
    deadline: now + before.deadline - before.ts,
    ...(id !== undefined && { id, conversation: id }),
  };
  const head = parseHead(message.head);
  const headers = head.headers.map(([name, value]): [string, string] => [
    name,
    name.toLowerCase() === "x-road-request-id" ? document.id : value,
  ]);
  const signer = await sealSigner(country, server, memberOf(document.client));
  const staple = { der: ocsp, sha256: "", thisUpdate: now };
  return sealMessage(signer, now, document, { ...head, headers }, staple);
}

/** Signs with a member's seal, as its server does. */
export async function sealSigner(
  country: Country,
  server: CountryServer,
  member: MemberId,
): Promise<SignerPool> {
  const certificate = await sealCertificate(server, member);
  const path = join(server.directory, `${sealName(member)}.key.pem`);
  return new SignerPool(certificate, keyOperation(await loadKeyFile(path, await passphraseOf(country))));
}

/** The certificate of a member's seal. */
export async function sealCertificate(server: CountryServer, member: MemberId): Promise<Certificate> {
  const pem = await readFile(join(server.directory, `${sealName(member)}.cert.pem`), "utf8");
  return parseCertificatesPem(pem)[0]!;
}

async function passphraseOf({ passphraseFile }: Country): Promise<string> {
  return (await readFile(passphraseFile, "utf8")).trimEnd();
}
