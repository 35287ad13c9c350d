import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import type { Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { isSafeAddress } from "../web/safe-address.ts";
import { readSecretFile } from "../web/secret-file.ts";

/** Where a management server is, and as whom it is asked. */
export interface ManagementPlace {
  /** Its `publicUrl`. */
  readonly url: string;
  /** File of an API key, in its first line; missing for what needs none. */
  readonly keyFile?: string;
  /** PEM file of the one certificate that it may show, where none of the known authorities vouches for it. */
  readonly certificateFile?: string;
}

export interface ManagementCall {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: Json;
  /** The revision that was seen. */
  readonly revision?: number;
}

/** What a management server says of a request that it does not do (RFC 9457). */
export interface ManagementProblem {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
}

export type ManagementAnswer =
  | { readonly kind: "done"; readonly body: Json; readonly revision: number | undefined }
  | { readonly kind: "refused"; readonly problem: ManagementProblem };

const timeout = 60_000;
const mostAnswerBytes = 16 * 1024 * 1024;

/**
 * Asks the management API (`schemas/admin/openapi.json`).
 * @throws SealwayError `management_unreachable`; ConfigurationError for a key file that others may read
 */
export async function askManagement(place: ManagementPlace, call: ManagementCall): Promise<ManagementAnswer> {
  const { url, keyFile, certificateFile } = place;
  const key =
    keyFile && (await readSecretFile(keyFile, "--api-key-file")).toString("utf8").split("\n")[0]!.trim();
  const certificate = certificateFile && (await readFile(certificateFile, "utf8"));
  const dispatcher = new Agent({ allowH2: false, connect: pinned(certificate) });
  try {
    // An API key is not told to whoever listens.
    if (!isSafeAddress(url)) throw new Error("it is no HTTPS address");
    return await ask(dispatcher, { url, key }, call);
  } catch (cause) {
    throw new SealwayError("management_unreachable", `${url}: ${(cause as Error).message}`, { cause });
  } finally {
    await dispatcher.destroy();
  }
}

async function ask(
  dispatcher: Agent,
  { url, key }: { readonly url: string; readonly key: string | undefined },
  { method, path, body, revision }: ManagementCall,
): Promise<ManagementAnswer> {
  const {
    statusCode,
    headers,
    body: told,
  } = await request(`${url.replace(/\/$/, "")}/api/v1${path}`, {
    ...{ method, dispatcher, signal: AbortSignal.timeout(timeout) },
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(revision !== undefined && { "if-match": `"${revision}"` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of told) {
    length += chunk.length;
    if (length > mostAnswerBytes) throw new Error("its answer is too long");
    chunks.push(chunk);
  }
  const answer = length === 0 ? null : (JSON.parse(Buffer.concat(chunks).toString("utf8")) as Json);
  const seen = /^"(\d{1,9})"$/.exec(String(headers.etag ?? ""))?.[1];
  if (statusCode < 300) {
    return { kind: "done", body: answer, revision: seen === undefined ? undefined : Number(seen) };
  }
  const { code, detail, remedy } = Object(answer) as Readonly<Record<string, unknown>>;
  if (typeof code !== "string") throw new Error("it does not answer as a management server");
  return { kind: "refused", problem: { code, detail: String(detail), remedy: String(remedy) } };
}

/** The name in a certificate that was handed over says nothing more. */
function pinned(pem: string | undefined) {
  if (pem === undefined) return {};
  const { fingerprint256 } = new X509Certificate(pem);
  return {
    ca: pem,
    allowPartialTrustChain: true,
    checkServerIdentity: (_host: string, shown: { readonly fingerprint256: string }) =>
      shown.fingerprint256 === fingerprint256 ? undefined : new Error("it shows another certificate"),
  };
}
