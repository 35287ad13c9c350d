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

/** Connections to the mirrors. What they serve is attacker-controlled; so is how they serve it. */
export class MirrorConnections {
  readonly #agent = new Agent({ allowH2: false, connections: 4, connect: { timeout: 5_000 } });
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

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closing.abort(new MirrorError("unreachable", "stopping"));
    await this.#agent.destroy();
  }

  async #fetch(url: string, maxLength: number, deadline: AbortSignal): Promise<Buffer> {
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(fileTimeout), deadline, this.#closing.signal]);
      const headers = { "accept-encoding": "identity" };
      const { statusCode, body } = await request(url, { dispatcher: this.#agent, signal, headers });
      if (statusCode === 200) return await readCapped(body, url, maxLength);
      await body.dump();
      const kind = statusCode === 404 || statusCode === 403 ? "missing" : "unreachable";
      throw new MirrorError(kind, `${url} answers with status ${statusCode}`);
    } catch (error) {
      if (error instanceof MirrorError) throw error;
      throw new MirrorError("unreachable", `${url}: ${(error as Error).message}`, { cause: error });
    }
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
