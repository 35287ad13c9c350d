import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import type { Certificate } from "./certificate.ts";
import { DerError } from "./der.ts";
import { fetchOcsp } from "./ocsp-client.ts";
import { verifyOcspResponse } from "./ocsp-verdict.ts";
import { postDer, TrustServiceError } from "./post-der.ts";
import { buildTimestampRequest, type Imprint, type TimestampQuestion } from "./timestamp-request.ts";
import { parseTimestampResponse } from "./timestamp-response.ts";
import { extendTimestampToken } from "./timestamp-token.ts";
import { type Timestamp, verifyTimestampToken } from "./timestamp-verdict.ts";

/** A time-stamping authority that may be asked. */
export interface TimestampAuthority {
  readonly url: string;
  /** Policies that are accepted from it, dotted; any when undefined. */
  readonly policies?: readonly string[];
}

/** Who is asked, in order, and by what the answers are judged. */
export interface TimestampSources {
  readonly authorities: readonly TimestampAuthority[];
  readonly anchors: readonly Certificate[];
  readonly clock: Clock;
  /** For each single answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Pauses between rounds through all authorities, in milliseconds; none means one round. */
  readonly pausesMs: readonly number[];
}

/** A token that passed every check, with its chain and revocation data inside. */
export interface ObtainedTimestamp {
  readonly token: Buffer;
  readonly timestamp: Timestamp;
  /** The address of the authority that gave it. */
  readonly authority: string;
}

const revocationMaxAgeMs = 24 * 3_600_000;

/**
 * Asks one TSA over HTTP (RFC 3161 §3.4).
 * @returns the token as received; nothing is judged: see `verifyTimestampToken`
 * @throws TrustServiceError when there is no answer in time, or it grants no token
 */
export async function fetchTimestamp(
  url: string,
  question: TimestampQuestion & { timeoutMs: number },
): Promise<Buffer> {
  const der = await postDer(url, buildTimestampRequest(question), {
    requestType: "application/timestamp-query",
    responseType: "application/timestamp-reply",
    timeoutMs: question.timeoutMs,
  });
  try {
    const response = parseTimestampResponse(der);
    if (response.outcome === "granted") return response.token;
    throw new TrustServiceError(url, `rejected the request: ${response.reason}`);
  } catch (error) {
    if (error instanceof DerError)
      throw new TrustServiceError(url, "gave a malformed answer", { cause: error });
    throw error;
  }
}

/**
 * Obtains a verified token from the first authority that gives one, in rounds with pauses. The token comes back
 * with the TSA's chain (without the anchor) and an OCSP response for each certificate that names a responder.
 * @throws AggregateError of TrustServiceErrors, in order, when no authority gave a good one
 */
export async function obtainTimestamp(
  imprint: Imprint,
  sources: TimestampSources,
): Promise<ObtainedTimestamp> {
  const failures: TrustServiceError[] = [];
  for (const pause of [0, ...sources.pausesMs]) {
    if (pause > 0) await wait(pause);
    for (const authority of sources.authorities) {
      try {
        return await obtainFrom(authority, imprint, sources);
      } catch (error) {
        if (!(error instanceof TrustServiceError)) throw error;
        failures.push(error);
      }
    }
  }
  throw new AggregateError(failures, "no time-stamping authority gave a good token");
}

async function obtainFrom(
  { url, policies }: TimestampAuthority,
  imprint: Imprint,
  sources: TimestampSources,
): Promise<ObtainedTimestamp> {
  const { anchors, clock, timeoutMs } = sources;
  const nonce = randomBytes(16);
  const bare = await fetchTimestamp(url, { imprint, nonce, timeoutMs });
  const expectation = { imprint, nonce, anchors, ...(policies && { policies }) };
  const { chain } = verified(url, bare, { ...expectation, at: clock.now() });
  const ocspResponses = await Promise.all(
    chain.slice(0, -1).map((certificate, i) => goodOcsp(certificate, chain[i + 1]!, sources)),
  );
  const token = extended(url, bare, {
    certificates: chain.slice(0, -1).map(({ der }) => der),
    ocspResponses: ocspResponses.flat(),
  });
  // Judged again as it will be kept: with what was added.
  return { token, timestamp: verified(url, token, { ...expectation, at: clock.now() }), authority: url };
}

function verified(
  url: string,
  token: Buffer,
  expectation: Parameters<typeof verifyTimestampToken>[1],
): Timestamp {
  const verdict = verifyTimestampToken(token, expectation);
  if (verdict.outcome === "valid") return verdict.timestamp;
  throw new TrustServiceError(url, `gave a token that is no good: ${verdict.findings.join("; ")}`);
}

function extended(url: string, token: Buffer, additions: Parameters<typeof extendTimestampToken>[1]): Buffer {
  try {
    return extendTimestampToken(token, additions);
  } catch (error) {
    if (error instanceof DerError)
      throw new TrustServiceError(url, "gave a token that cannot be added to", { cause: error });
    throw error;
  }
}

/** A good response from one of the responders that the certificate names; none when it names none. */
async function goodOcsp(
  certificate: Certificate,
  issuer: Certificate,
  sources: TimestampSources,
): Promise<Buffer[]> {
  let failure: TrustServiceError | undefined;
  for (const responder of certificate.ocspUrls) {
    try {
      const der = await fetchOcsp(responder, { certificate, issuer, timeoutMs: sources.timeoutMs });
      const expectation = { certificate, issuer, at: sources.clock.now(), maxAgeMs: revocationMaxAgeMs };
      const verdict = verifyOcspResponse(der, expectation);
      if (verdict.status === "good") return [der];
      failure = new TrustServiceError(responder, `does not call the TSA's chain good: ${verdict.status}`);
    } catch (error) {
      if (!(error instanceof TrustServiceError)) throw error;
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return [];
}
