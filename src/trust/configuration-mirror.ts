import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Agent, request } from "undici";

/**
 * Fetches one file of the published repository.
 * @param path such as `metadata/timestamp.json`
 * @throws MirrorError
 */
export type FetchFile = (path: string, maxLength: number) => Promise<Buffer>;

/** A file that a mirror did not give. */
export class MirrorError extends Error {
  override readonly name = "MirrorError";
  readonly kind: "missing" | "unreachable" | "oversized";

  constructor(kind: MirrorError["kind"], detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.kind = kind;
  }
}

/** Milliseconds for one file, headers and body; a mirror that drips bytes is cut off too. */
const fileTimeout = 10_000;
/** Milliseconds for all files of one poll, so that a slow mirror does not keep us from the next one. */
const pollTimeout = 120_000;

/** Bytes by which gzip may be longer than what it packs (RFC 1951 §3.2.4: 5 for each 64 KiB, and its frame). */
const gzipOverhead = 16_384;
const inflate = promisify(gunzip);

/** Milliseconds that an authority may let a client wait for the next version, and some. */
const waitTimeout = 40_000;
const mostWaitBytes = 200;

/** Connections to the mirrors. What they serve is attacker-controlled; so is how they serve it. */
export class MirrorConnections {
  readonly #agent = new Agent({ allowH2: false, connections: 4, connect: { timeout: 5_000 } });
  readonly #waiting = new Agent({ allowH2: false, connections: 1, connect: { timeout: 5_000 } });
  readonly #closing = new AbortController();

  /**
   * The files of one mirror, for one poll.
   * @param base the mirror's URL, with or without a slash at its end
   */
  fetcher(base: string): FetchFile {
    const root = base.endsWith("/") ? base : `${base}/`;
    const deadline = AbortSignal.timeout(pollTimeout);
    return (path, maxLength) => {
      const url = root + path.split("/").map(encodeURIComponent).join("/");
      return this.#fetch(url, maxLength, deadline);
    };
  }

  /**
   * Waits until the mirror has another version than the one that is known.
   * @returns `unable` for a mirror that only serves files
   * @throws MirrorError
   */
  async wait(base: string, known: number): Promise<"another" | "no other" | "unable"> {
    const url = `${base.endsWith("/") ? base : `${base}/`}configuration/wait?version=${known}`;
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(waitTimeout), this.#closing.signal]);
      const { statusCode, body } = await request(url, { dispatcher: this.#waiting, signal });
      await readCapped(body, url, mostWaitBytes);
      if (statusCode === 200) return "another";
      return statusCode === 204 ? "no other" : "unable";
    } catch (error) {
      if (error instanceof MirrorError) throw error;
      throw new MirrorError("unreachable", `${url}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closing.abort(new MirrorError("unreachable", "stopping"));
    await Promise.all([this.#agent.destroy(), this.#waiting.destroy()]);
  }

  async #fetch(url: string, maxLength: number, deadline: AbortSignal): Promise<Buffer> {
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(fileTimeout), deadline, this.#closing.signal]);
      const options = { dispatcher: this.#agent, signal, headers: { "accept-encoding": "gzip" } };
      const { statusCode, headers, body } = await request(url, options);
      if (statusCode === 200) {
        if (headers["content-encoding"] !== "gzip") return await readCapped(body, url, maxLength);
        return await unpack(await readCapped(body, url, maxLength + gzipOverhead), url, maxLength);
      }
      await body.dump();
      const kind = statusCode === 404 || statusCode === 403 ? "missing" : "unreachable";
      throw new MirrorError(kind, `${url} answers with status ${statusCode}`);
    } catch (error) {
      if (error instanceof MirrorError) throw error;
      throw new MirrorError("unreachable", `${url}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** @param bytes attacker-controlled: a few of them may unpack to gigabytes, which is refused at the cap */
async function unpack(bytes: Buffer, url: string, maxLength: number): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: maxLength });
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (isLarge) throw new MirrorError("oversized", `${url} is longer than ${maxLength} bytes`);
    throw new MirrorError("unreachable", `${url} is no gzip: ${(cause as Error).message}`, { cause });
  }
}

async function readCapped(body: AsyncIterable<Buffer>, url: string, maxLength: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxLength) throw new MirrorError("oversized", `${url} is longer than ${maxLength} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
