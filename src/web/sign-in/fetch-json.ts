/** How long an identity provider may take, milliseconds, and how much it may say, bytes. */
const patienceMs = 10_000;
const mostBytes = 256 * 1024;

/** An identity provider that does not answer as it should; the message names no person. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
}

/**
 * Fetches a JSON object. Redirections are not followed: what is asked holds secrets.
 * @param url configured, or of the provider's metadata
 * @throws ProviderError for every other answer
 */
export async function fetchJson(
  url: string,
  request: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const signal = AbortSignal.timeout(patienceMs);
  const headers = { accept: "application/json", ...request.headers };
  const answer = await fetch(url, { ...request, headers, signal, redirect: "error" }).catch((cause) => {
    throw new ProviderError("the identity provider cannot be reached", { cause });
  });
  const text = await bounded(answer);
  if (!answer.ok) throw new ProviderError(`the identity provider answered with status ${answer.status}`);
  return parseObject(text);
}

async function bounded(answer: Response): Promise<string> {
  const blocks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const block of answer.body ?? []) {
      length += block.length;
      if (length > mostBytes) throw new ProviderError("the identity provider's answer is too long");
      blocks.push(block);
    }
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError("the identity provider's answer broke off", { cause });
  }
  return Buffer.concat(blocks).toString("utf8");
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProviderError("the identity provider's answer is not JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ProviderError("the identity provider's answer is no JSON object");
}
