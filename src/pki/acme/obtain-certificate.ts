import { setTimeout as wait } from "node:timers/promises";
import { toBase64Url } from "../../core/bytes.ts";
import type { Json } from "../../core/canonical-json.ts";
import { type AcmeClient, type AcmeObject, failed, problemText, urlOf } from "./acme-client.ts";

/** What is ordered. */
export interface CertificateOrder {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** PKCS#10 in DER, with the same names. */
  readonly request: Buffer;
  /** One of the CA's profiles (draft-ietf-acme-profiles). */
  readonly profile?: string | undefined;
}

/** Answers `GET /.well-known/acme-challenge/{token}` at every name that is ordered (RFC 8555 §8.3). */
export interface ChallengeAnswers {
  answer(token: string, keyAuthorization: string): void;
}

/** How often an unfinished resource is asked for, milliseconds, and how many times. */
const pause = { least: 250, most: 10_000 };
const mostLooks = 60;
const mostAuthorizations = 100;

/**
 * Has a CA issue a certificate: order, proof that the names are ours, request, certificate (RFC 8555 §7.4).
 * @returns PEM, the certificate first
 * @throws SealwayError `enrolment_failed` with the CA's own word
 */
export async function obtainCertificate(
  client: AcmeClient,
  order: CertificateOrder,
  answers: ChallengeAnswers,
): Promise<Buffer> {
  const identifiers = [
    ...order.dnsNames.map((value) => ({ type: "dns", value })),
    ...order.ipAddresses.map((value) => ({ type: "ip", value })),
  ];
  const wanted: Json = { identifiers, ...(order.profile !== undefined && { profile: order.profile }) };
  const { location } = await client.post(client.place("newOrder"), wanted);
  const place = urlOf(location, "the order's location");
  const { object } = await client.read(place);
  for (const authorization of listOf(object.authorizations)) await prove(client, authorization, answers);
  await finished(client, place, ["ready", "processing", "valid"]);
  const csr = toBase64Url(order.request);
  await client.post(urlOf(object.finalize, "finalize"), { csr });
  const valid = await finished(client, place, ["valid"]);
  const { body } = await client.post(
    urlOf(valid.certificate, "the certificate"),
    undefined,
    "application/pem-certificate-chain",
  );
  return body;
}

/** Proves one name, unless the CA has a proof that still counts. */
async function prove(client: AcmeClient, place: string, answers: ChallengeAnswers): Promise<void> {
  const { object } = await client.read(place);
  if (object.status === "valid") return;
  const challenges = Array.isArray(object.challenges) ? (object.challenges as AcmeObject[]) : [];
  const challenge = challenges.find(({ type }) => type === "http-01");
  const token = challenge?.token;
  if (typeof token !== "string" || !/^[\w-]{1,256}$/.test(token))
    throw failed("the CA offers no http-01 challenge");
  answers.answer(token, client.key.authorize(token));
  await client.post(urlOf(challenge?.url, "the challenge"), {});
  await finished(client, place, ["valid"]);
}

/** Asks until a resource has come so far. @throws SealwayError `enrolment_failed` when it has failed, or does not come */
async function finished(client: AcmeClient, place: string, states: readonly string[]): Promise<AcmeObject> {
  for (let looks = 0; looks < mostLooks; looks++) {
    const { object, retryAfter = 1000 } = await client.read(place);
    const { status } = object;
    if (states.includes(status as string)) return object;
    if (status === "invalid" || status === "expired" || status === "revoked" || status === "deactivated")
      throw failed(`the CA has given up: ${reasonOf(object)}`);
    await wait(Math.min(Math.max(retryAfter, pause.least), pause.most));
  }
  throw failed("the CA has not finished in time");
}

function reasonOf(object: AcmeObject): string {
  const challenges = Array.isArray(object.challenges) ? (object.challenges as AcmeObject[]) : [];
  const error = object.error ?? challenges.find((one) => one?.error !== undefined)?.error;
  return error === undefined ? String(object.status) : problemText(JSON.stringify(error));
}

function listOf(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > mostAuthorizations)
    throw failed("the CA's order has no authorizations");
  return value.map((one) => urlOf(one, "an authorization"));
}
