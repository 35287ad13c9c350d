import { request } from "undici";
import type { ToldFinding } from "../catalogue/told-finding.ts";
import { SealwayError } from "../core/errors.ts";

/** What the authority said. */
export type ActAnswer =
  | {
      readonly kind: "taken";
      /** SHA-256 (base64url) of the act. */
      readonly act: string;
      /** Version of the configuration that has it. */
      readonly configuration: number;
      readonly findings: readonly ToldFinding[];
    }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly detail: string;
      readonly remedy: string;
      readonly findings: readonly ToldFinding[];
    };

export interface ActToSubmit {
  readonly signed: Buffer;
  readonly description: Buffer | undefined;
  readonly mode: "for good" | "dry run";
}

const timeout = 60_000;
const mostAnswerBytes = 4 * 1024 * 1024;

/**
 * Submits an act to the governing authority.
 * @param places base URLs, tried in turn: a mirror only serves files and says that there is no such path
 * @throws SealwayError `authority_unreachable`
 */
export async function submitAct(places: readonly string[], act: ActToSubmit): Promise<ActAnswer> {
  const body = JSON.stringify({
    act: act.signed.toString("latin1"),
    ...(act.description && { description: act.description.toString("base64") }),
  });
  const failures: string[] = [];
  for (const place of places) {
    const url = `${place.replace(/\/$/, "")}/services/acts${act.mode === "dry run" ? "?dryRun=1" : ""}`;
    try {
      const answer = await post(url, body);
      if (answer !== undefined) return answer;
      failures.push(`${place} takes no acts`);
    } catch (error) {
      failures.push(`${place}: ${(error as Error).message}`);
    }
  }
  throw new SealwayError("authority_unreachable", failures.join("; "));
}

/** @returns undefined when it does not speak as an authority does */
async function post(url: string, body: string): Promise<ActAnswer | undefined> {
  const signal = AbortSignal.timeout(timeout);
  const headers = { "content-type": "application/json" };
  const { statusCode, body: told } = await request(url, { method: "POST", body, headers, signal });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of told) {
    length += chunk.length;
    if (length > mostAnswerBytes) throw new Error("its answer is too long");
    chunks.push(chunk);
  }
  const answer = parse(Buffer.concat(chunks));
  if (statusCode < 300 && typeof answer?.act === "string") return { kind: "taken", ...answer } as ActAnswer;
  if (typeof answer?.code === "string") return { kind: "refused", ...answer } as ActAnswer;
  return undefined;
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
