import { request } from "undici";

/** A trust service that gave no usable answer; which one and why. Whether to try another is the caller's decision. */
export class TrustServiceError extends Error {
  override readonly name = "TrustServiceError";
  readonly url: string;

  constructor(url: string, reason: string, options?: { cause?: unknown }) {
    super(`${url}: ${reason}`, options);
    this.url = url;
  }
}

/** The media types of one protocol, and how long to wait for the whole answer. */
export interface DerExchange {
  readonly requestType: string;
  readonly responseType: string;
  readonly timeoutMs: number;
}

/** OCSP responses and time-stamp tokens have 1–8 KiB; whatever is larger than this is none. */
const answerLimit = 64 * 1024;

/**
 * Posts DER and reads DER back: OCSP (RFC 6960 appendix A) and RFC 3161 §3.4. Redirects are not followed. The
 * answer is the attacker's choice until its signature is verified: it is only capped here.
 * @throws TrustServiceError when nothing answers in time, or status, media type or size is wrong
 */
export async function postDer(url: string, body: Buffer, exchange: DerExchange): Promise<Buffer> {
  try {
    const response = await request(url, {
      method: "POST",
      headers: { "content-type": exchange.requestType, accept: exchange.responseType },
      body,
      signal: AbortSignal.timeout(exchange.timeoutMs),
    });
    const problem = problemOf(response.statusCode, response.headers, exchange);
    if (problem !== undefined) {
      // Breaking off is an error to the stream, and of no interest to anybody.
      response.body.on("error", () => {}).destroy();
      throw new TrustServiceError(url, problem);
    }
    return await readCapped(url, response.body);
  } catch (cause) {
    if (cause instanceof TrustServiceError) throw cause;
    const timedOut = cause instanceof Error && cause.name === "TimeoutError";
    throw new TrustServiceError(url, timedOut ? `no answer within ${exchange.timeoutMs} ms` : "unreachable", {
      cause,
    });
  }
}

type Headers = Record<string, string | string[] | undefined>;

function problemOf(status: number, headers: Headers, exchange: DerExchange): string | undefined {
  if (status !== 200) return `answered with status ${status}`;
  const type = String(headers["content-type"]).split(";")[0]!.trim().toLowerCase();
  if (type !== exchange.responseType) return `answered with another media type than ${exchange.responseType}`;
  if (Number(headers["content-length"] ?? 0) > answerLimit)
    return `answered with more than ${answerLimit} bytes`;
  return undefined;
}

async function readCapped(url: string, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > answerLimit)
      throw new TrustServiceError(url, `answered with more than ${answerLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
