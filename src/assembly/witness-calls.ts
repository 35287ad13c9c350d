import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, type TLSSocket } from "node:tls";
import { sha256Base64Url } from "../core/bytes.ts";
import type { TlsIdentity } from "../exchange/tls-identity.ts";
import { witnessPrefix } from "../messagelog/checkpoint/witness-service.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";

/** A call of a witness. */
export interface WitnessQuestion {
  readonly method: "GET" | "POST";
  /** Behind the prefix, with its query. */
  readonly name: string;
  readonly body?: Uint8Array | string;
}

export interface WitnessAnswer {
  readonly status: number;
  readonly body: string;
}

const timeout = 5_000;
/** Longest answer that is read, bytes: what it says is the witness's choice. */
const mostBytes = 4 * 1024 * 1024;

/** Calls a peer over mutual TLS 1.3; the certificate that it shows must be the one of the configuration. @throws Error */
export async function callPeer(
  server: SecurityServer,
  identity: TlsIdentity,
  question: WitnessQuestion,
): Promise<WitnessAnswer> {
  let failure: unknown;
  for (const address of server.addresses) {
    try {
      return await callAddress({ ...address, certificates: server.tlsCertificates }, identity, question);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * Finds out whether an address of a peer is reached, shows the certificate of the configuration, and takes ours.
 * @throws Error that says what is not so
 */
export async function reachPeer(
  { tlsCertificates: certificates }: Pick<SecurityServer, "tlsCertificates">,
  address: SecurityServer["addresses"][number],
  identity: TlsIdentity,
): Promise<void> {
  const { status } = await callAddress({ ...address, certificates }, identity, { method: "GET", name: "" });
  if (status === 403) throw new Error("it does not know our TLS certificate");
}

/** Calls the governing authority: the first of the mirrors that is one. @throws Error when none answers */
export async function callAuthority(
  mirrors: readonly string[],
  question: WitnessQuestion,
): Promise<WitnessAnswer> {
  let answer: WitnessAnswer | undefined;
  let failure: unknown;
  for (const mirror of mirrors) {
    try {
      const response = await fetch(new URL(`.${witnessPrefix}${question.name}`, mirror), {
        method: question.method,
        ...(question.body !== undefined && { body: question.body }),
        headers: { "content-type": "application/octet-stream" },
        redirect: "error",
        signal: AbortSignal.timeout(timeout),
      });
      answer = { status: response.status, body: await limited(response.body ?? []) };
      // A static mirror of the configuration knows no witness.
      if (answer.status !== 404) return answer;
    } catch (error) {
      failure = error;
    }
  }
  if (answer === undefined) throw failure;
  return answer;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly certificates: readonly string[];
}

async function callAddress(
  { host, port, certificates }: Place,
  { key, certificate: cert }: TlsIdentity,
  { method, name, body = "" }: WitnessQuestion,
): Promise<WitnessAnswer> {
  const signal = AbortSignal.timeout(timeout);
  const socket = connect({ host, port, key, cert, rejectUnauthorized: false, minVersion: "TLSv1.3" });
  const end = () => socket.destroy(new Error("the witness did not answer in time"));
  signal.addEventListener("abort", end);
  try {
    await once(socket, "secureConnect");
    checkShown(socket, certificates);
    const bytes = Buffer.from(body as string);
    const headers = { "content-length": bytes.length, connection: "close" };
    const call = request({
      method,
      path: `${witnessPrefix}${name}`,
      headers,
      createConnection: () => socket,
    });
    call.end(bytes);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await limited(response) };
  } finally {
    signal.removeEventListener("abort", end);
    socket.destroy();
  }
}

function checkShown(socket: TLSSocket, certificates: readonly string[]): void {
  const shown = socket.getPeerX509Certificate();
  if (shown !== undefined && certificates.includes(sha256Base64Url(shown.raw))) return;
  throw new Error("the certificate at the address is not the witness's");
}

async function limited(body: AsyncIterable<Uint8Array> | readonly Uint8Array[]): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > mostBytes) throw new Error("the answer is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
