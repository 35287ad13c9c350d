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
import type { TimestampStanding } from "./timestamp-standing.ts";
import { extendTimestampToken, parseTimestampToken } from "./timestamp-token.ts";
import {
  type Timestamp,
  type TimestampFinding,
  type TimestampVerdict,
  verifyTimestampToken,
} from "./timestamp-verdict.ts";

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
  /** How they fared before; without it all are asked each time. */
  readonly standing?: TimestampStanding;
  /** Told of each token's time, if nothing but the time may be wrong with it. */
  readonly heard?: AuthorityHeard;
  /** Told of each token that is not what was asked for, before the next authority is asked. */
  readonly unexpected?: (token: UnexpectedToken) => Promise<void>;
}

/** Told what an authority's clock showed, and ours when the question left and the answer came. Milliseconds. */
export type AuthorityHeard = (
  url: string,
  time: { readonly genTime: number; readonly sent: number; readonly received: number },
) => void;

/** A token that somebody signed and that is not the one that was asked for (attacker-controlled). */
export interface UnexpectedToken {
  readonly authority: string;
  /** As received. */
  readonly token: Buffer;
  readonly imprint: Imprint;
  readonly findings: readonly TimestampFinding[];
  /** When it came, milliseconds. */
  readonly time: number;
}

/** A certificate whose state is to be kept with a token, and the CA that issued it. */
export interface RevocationSubject {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
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
 * @param others certificates whose state is put into the token as well, as far as it is to be had
 * @throws AggregateError of TrustServiceErrors, in order, when no authority gave a good one
 */
export async function obtainTimestamp(
  imprint: Imprint,
  sources: TimestampSources,
  others: readonly RevocationSubject[] = [],
): Promise<ObtainedTimestamp> {
  const { authorities, standing } = sources;
  const failures: TrustServiceError[] = [];
  for (const pause of [0, ...sources.pausesMs]) {
    if (pause > 0) await wait(pause);
    for (const authority of standing?.toAsk(authorities) ?? authorities) {
      try {
        const obtained = await obtainFrom(authority, imprint, sources, others);
        standing?.succeeded(authority.url, obtained.timestamp.tsaCertificate.notAfter);
        return obtained;
      } catch (error) {
        if (!(error instanceof TrustServiceError)) throw error;
        standing?.failed(authority.url, error.message);
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
  others: readonly RevocationSubject[],
): Promise<ObtainedTimestamp> {
  const { anchors, clock, timeoutMs } = sources;
  // 64 bits, as RFC 3161 §2.4.1 proposes: every record of the batch holds it.
  const nonce = randomBytes(8);
  const notBefore = clock.now();
  const bare = await fetchTimestamp(url, { imprint, nonce, timeoutMs });
  const received = clock.now();
  const expectation = { imprint, nonce, anchors, notBefore, ...(policies && { policies }) };
  const judge = (token: Buffer) => verifyTimestampToken(token, { ...expectation, at: clock.now() });
  const passed = async (verdict: TimestampVerdict) => {
    if (verdict.outcome === "valid") return verdict.timestamp;
    return refuse({ authority: url, token: bare, imprint, findings: verdict.findings }, sources);
  };
  const first = judge(bare);
  tellTime(sources, url, { token: bare, verdict: first, sent: notBefore, received });
  const { chain } = await passed(first);
  const below = chain.slice(0, -1);
  const states = await Promise.all(
    below.map((certificate, i) => askState({ certificate, issuer: chain[i + 1]! }, sources)),
  );
  const failure = states.find((state) => state instanceof TrustServiceError);
  if (failure !== undefined) throw failure;
  const beside = await Promise.all(others.map((subject) => askState(subject, sources)));
  const token = extended(url, bare, {
    certificates: below.map(({ der }) => der),
    // A token must contain the certificate of its signer, anchor or not.
    ...(below.length > 0 && { anchor: chain.at(-1)!.der }),
    ocspResponses: [...states, ...beside].flatMap((state) => (isKnown(state) ? state.der : [])),
  });
  // Judged again as it will be kept: with what was added.
  const timestamp = await passed(judge(token));
  if (states.some((state) => isKnown(state) && state.status === "revoked")) {
    throw new TrustServiceError(url, "stands on a certificate that is revoked");
  }
  return { token, timestamp, authority: url };
}

const timeFindings: ReadonlySet<TimestampFinding> = new Set([
  "the time is in the future",
  "the time is before the request",
]);

interface ReceivedToken {
  readonly token: Buffer;
  readonly verdict: TimestampVerdict;
  readonly sent: number;
  readonly received: number;
}

/** A token is refused for a time that is far from ours: then its time is what somebody must be told. */
function tellTime(
  { heard }: TimestampSources,
  url: string,
  { token, verdict, sent, received }: ReceivedToken,
): void {
  if (heard === undefined) return;
  if (verdict.outcome === "invalid" && !verdict.findings.every((finding) => timeFindings.has(finding)))
    return;
  const genTime =
    verdict.outcome === "valid" ? verdict.timestamp.genTime : parseTimestampToken(token).info?.genTime;
  if (genTime !== undefined) heard(url, { genTime, sent, received });
}

/** @throws TrustServiceError always */
async function refuse(token: Omit<UnexpectedToken, "time">, sources: TimestampSources): Promise<never> {
  const { authority, findings } = token;
  sources.standing?.gaveUnexpected(authority);
  await sources.unexpected?.({ ...token, time: sources.clock.now() });
  throw new TrustServiceError(authority, `gave a token that is no good: ${findings.join("; ")}`);
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

interface KnownState {
  readonly status: "good" | "revoked";
  readonly der: Buffer;
}

function isKnown(state: KnownState | TrustServiceError | undefined): state is KnownState {
  return state !== undefined && "der" in state;
}

/**
 * What one of the responders that a certificate names says of it; the failure of the last one when none tells its
 * state, and undefined when the certificate names none.
 */
async function askState(
  { certificate, issuer }: RevocationSubject,
  { clock, timeoutMs }: TimestampSources,
): Promise<KnownState | TrustServiceError | undefined> {
  let failure: TrustServiceError | undefined;
  for (const responder of certificate.ocspUrls) {
    try {
      const der = await fetchOcsp(responder, { certificate, issuer, timeoutMs });
      const expectation = { certificate, issuer, at: clock.now(), maxAgeMs: revocationMaxAgeMs };
      const { status } = verifyOcspResponse(der, expectation);
      if (status === "good" || status === "revoked") return { status, der };
      failure = new TrustServiceError(responder, `does not tell the state of the TSA's chain: ${status}`);
    } catch (error) {
      if (!(error instanceof TrustServiceError)) throw error;
      failure = error;
    }
  }
  return failure;
}
