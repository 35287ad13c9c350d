import { request } from "undici";
import type { ToldFinding } from "../catalogue/told-finding.ts";
import { SealwayError } from "../core/errors.ts";
import { parseSignedAct } from "../message/service-act-record.ts";

/** What the authority said. */
export type ActAnswer =
  | {
      readonly kind: "taken";
      /** SHA-256 (base64url) of the act. */
      readonly act: string;
      /** Version of the configuration that has it; null while the authority cannot publish it. */
      readonly configuration: number | null;
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

type Answered = Readonly<Record<string, unknown>> | undefined;

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
  const digest = parseSignedAct(act.signed).sha256;
  const failures: string[] = [];
  for (const place of places) {
    const url = `${place.replace(/\/$/, "")}/services/acts${act.mode === "dry run" ? "?dryRun=1" : ""}`;
    try {
      const answer = await post(url, body, digest);
      if (answer !== undefined) return answer;
      failures.push(`${place} takes no acts`);
    } catch (error) {
      failures.push(`${place}: ${(error as Error).message}`);
    }
  }
  throw new SealwayError("authority_unreachable", failures.join("; "));
}

/** @returns undefined when it does not speak as an authority does */
async function post(url: string, body: string, act: string): Promise<ActAnswer | undefined> {
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
  return readAnswer(statusCode, parse(Buffer.concat(chunks)), act);
}

const texts = { code: isText, detail: isText, remedy: isText } as const;
const finding = { ...texts, severity: isText, place: isText, title: isText } as const;

/** A mirror may say anything: only what an authority could say of this act is taken for an answer. */
function readAnswer(status: number, answer: Answered, act: string): ActAnswer | undefined {
  const findings = answer?.findings;
  if (!Array.isArray(findings) || !findings.every((one) => hasMembers(one, finding))) return undefined;
  if (status < 300) {
    const { configuration } = answer!;
    const isVersion = configuration === null || Number.isSafeInteger(configuration);
    if (answer!.act !== act || !isVersion) return undefined;
    return { kind: "taken", act, configuration: configuration as number | null, findings };
  }
  return hasMembers(answer, texts) ? ({ kind: "refused", ...answer } as ActAnswer) : undefined;
}

function hasMembers(value: unknown, members: Readonly<Record<string, (value: unknown) => boolean>>): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(members).every(([name, check]) => check((value as Answered)?.[name]));
}

/** It is printed on a terminal: no controls, nothing that turns text around. */
function isText(value: unknown): boolean {
  return typeof value === "string" && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value);
}

function parse(bytes: Buffer): Answered {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
