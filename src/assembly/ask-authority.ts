import { request } from "undici";
import { SealwayError } from "../core/errors.ts";

/** What an authority said, or somebody in its place: its reader judges. */
export type Answered = Readonly<Record<string, unknown>> | undefined;

/** A question to the governing authority. */
export interface AuthorityCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

const timeout = 60_000;
const mostAnswerBytes = 4 * 1024 * 1024;

/**
 * Asks the governing authority.
 * @param places base URLs, tried in turn: a mirror only serves files and says that there is no such path
 * @param read takes what an authority could say; undefined for anything else
 * @throws SealwayError `authority_unreachable`
 */
export async function askAuthority<Answer>(
  places: readonly string[],
  call: AuthorityCall,
  read: (status: number, answer: Answered) => Answer | undefined,
): Promise<Answer> {
  const failures: string[] = [];
  for (const place of places) {
    try {
      const answer = read(...(await ask(`${place.replace(/\/$/, "")}${call.path}`, call)));
      if (answer !== undefined) return answer;
      failures.push(`${place} does not answer as an authority`);
    } catch (error) {
      failures.push(`${place}: ${(error as Error).message}`);
    }
  }
  throw new SealwayError("authority_unreachable", failures.join("; "));
}

async function ask(url: string, { method, body }: AuthorityCall): Promise<[number, Answered]> {
  const signal = AbortSignal.timeout(timeout);
  const headers = { "content-type": "application/json" };
  const { statusCode, body: told } = await request(url, {
    method,
    signal,
    ...(body !== undefined && { body, headers }),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of told) {
    length += chunk.length;
    if (length > mostAnswerBytes) throw new Error("its answer is too long");
    chunks.push(chunk);
  }
  return [statusCode, parse(Buffer.concat(chunks))];
}

/** It is printed on a terminal: no controls, nothing that turns text around. */
export function isPlainText(value: unknown): value is string {
  return typeof value === "string" && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value);
}

function parse(bytes: Buffer): Answered {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
