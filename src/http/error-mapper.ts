import { type ErrorEntry, errorCodes } from "../core/error-codes.ts";
import type { Problem } from "../exchange/problem.ts";

/** How errors are told to information systems. */
export interface ErrorDialect {
  /** X-Road's words: snake case since 7.8, PascalCase before. */
  readonly codes: "7.8" | "7.7";
  /** X-Road's statuses (500 for nearly everything), or those that HTTP means. */
  readonly statuses: "xroad" | "plain";
}

export interface RenderedProblem {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Conditions that X-Road does not know keep their own status in every dialect. */
const ownStatuses = new Set([409, 413, 429, 431, 451, 503]);

/** Seconds after which a caller may try again. */
const retryAfter: { readonly [status: number]: number | undefined } = { 409: 1, 429: 1, 503: 1 };

/** Where a second is too little: evidence waits for the next batch. */
const retryAfterOf: { readonly [code: string]: number | undefined } = { evidence_pending: 30 };

/** Nobody is to be led to repeat what may have been done. */
const neverAgain = new Set(["interrupted", "query_id_repeated"]);

/** What the wire says for a hop, by dialect. */
const prefixes = {
  "7.8": { consumer: "server.clientproxy.", provider: "server.serverproxy." },
  "7.7": { consumer: "Server.ClientProxy.", provider: "Server.ServerProxy." },
} as const;

/**
 * The one place where an error becomes HTTP for an information system: X-Road's shape, with what to do beside it.
 * @param accept the caller's Accept header, which alone chooses XML
 * @param told what the peer's signed refusal says of quotas; its Retry-After is better than ours
 */
export function renderProblem(
  problem: Problem,
  queryId: string | null,
  dialect: ErrorDialect,
  accept: string | undefined,
  told: readonly (readonly [name: string, value: string])[] = [],
): RenderedProblem {
  const entry: ErrorEntry = errorCodes[problem.code];
  const type = prefixes[dialect.codes][problem.hop] + word(entry, dialect.codes);
  const plain = dialect.statuses === "plain" || ownStatuses.has(entry.status);
  const xml = /\b(?:text\/xml|application\/xml|text\/\*)/.exec(accept ?? "")?.[0];
  const message = problem.detail === "" ? entry.title : `${entry.title}: ${problem.detail}`;
  const body = xml === undefined ? toJson(problem, entry, type, message) : toXml(problem, type, message);
  const contentType =
    xml === undefined ? "application/json" : `${xml === "text/*" ? "text/xml" : xml};charset=utf-8`;
  const headers = ["Content-Type", contentType, "Content-Length", String(body.length), "X-Road-Error", type];
  if (problem.exchange !== null) headers.push("Sealway-Exchange-Id", problem.exchange);
  if (queryId !== null) headers.push("x-road-id", queryId);
  if (!neverAgain.has(problem.code)) {
    for (const [name, value] of told) headers.push(name, value);
    const isTold = told.some(([name]) => name.toLowerCase() === "retry-after");
    const seconds = retryAfterOf[problem.code] ?? retryAfter[entry.status];
    if (seconds !== undefined && !isTold) headers.push("Retry-After", String(seconds));
  }
  return { status: plain ? entry.status : 500, headers, body };
}

function word(entry: ErrorEntry, codes: ErrorDialect["codes"]): string {
  if (codes === "7.8") return entry.xroad;
  return entry.xroad77 ?? entry.xroad.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function toJson(problem: Problem, entry: ErrorEntry, type: string, message: string): Buffer {
  const { code, hop, exchange, rule, contact } = problem;
  const shape = {
    type,
    message,
    detail: exchange ?? "",
    code,
    hop,
    exchange,
    rule,
    remedy: entry.remedy,
    contact,
  };
  return Buffer.from(JSON.stringify(shape), "utf8");
}

function toXml(problem: Problem, type: string, message: string): Buffer {
  const element = (name: string, text: string) => `<${name}>${text.replace(/[<>&"']/g, escapeXml)}</${name}>`;
  const content =
    element("type", type) + element("message", message) + element("detail", problem.exchange ?? "");
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><error>${content}</error>`, "utf8");
}

function escapeXml(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
