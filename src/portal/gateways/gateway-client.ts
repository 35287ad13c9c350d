import { type Agent, request } from "undici";
import type { ClientId } from "../../core/ids.ts";
import { Turns } from "./turns.ts";

/** A question to a subsystem's gateway, in the name of the person who is signed in. */
export interface Question {
  /** The subsystem that is asked. */
  readonly provider: ClientId;
  /** Code of a built-in service, and path with query below it; they name no person. */
  readonly service: string;
  readonly path: string;
  /** Of the service, for which it is asked; built-in services have none. */
  readonly purpose?: string;
  /** The person's identifier, as the identity provider proved it. */
  readonly userId: string;
  /** JSON that is sent by POST; GET when undefined. */
  readonly body?: object;
}

/**
 * What came back, or why nothing did. `value` is another member's word, read from `bytes`; `code` one of Sealway's table of
 * errors.
 */
export type GatewayAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly value: unknown; readonly bytes: Buffer }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "silent"; readonly reason: "unreachable" | "too long" | "not JSON" };

/** The consumer interface of the security server that serves the portal. */
export interface GatewayAccess {
  readonly url: string;
  readonly client: ClientId;
  readonly agent: Agent;
}

/** How long an answer may take, milliseconds, and how long it may be, bytes. */
const patienceMs = 20_000;
const mostBytes = 2 * 1024 * 1024;

/** Calls other members' gateways through the portal's own security server, like any information system. */
export class GatewayClient {
  readonly #access: GatewayAccess;
  readonly #turns = new Turns(patienceMs);
  #isDemonstration = false;

  constructor(access: GatewayAccess) {
    this.#access = access;
  }

  /** Whether the security server said that its instance is a demonstration. */
  get isDemonstration(): boolean {
    return this.#isDemonstration;
  }

  /** Never throws. */
  async ask({ provider, service, path, purpose, userId, body }: Question): Promise<GatewayAnswer> {
    const headers = {
      "x-road-userid": userId,
      ...(purpose !== undefined && { "sealway-purpose": purpose, "sealway-decision-use": "automated" }),
    };
    const call = () => this.#call(`/r1/${provider}/${service}${path}`, headers, body);
    return this.#turns.take(provider, call).catch(() => ({ kind: "silent", reason: "unreachable" }));
  }

  /** What the own security server says itself. Never throws. */
  async askOwn(path: string): Promise<GatewayAnswer> {
    return this.#call(path, {}, undefined);
  }

  async #call(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: object | undefined,
  ): Promise<GatewayAnswer> {
    const { url, client, agent } = this.#access;
    const sent = body === undefined ? {} : { "content-type": "application/json" };
    try {
      const answer = await request(`${url}${path}`, {
        dispatcher: agent,
        method: body === undefined ? "GET" : "POST",
        headers: { accept: "application/json", "x-road-client": client, ...headers, ...sent },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: patienceMs,
        bodyTimeout: patienceMs,
        signal: AbortSignal.timeout(patienceMs),
      });
      // Behind `/r1/` other members speak.
      if (!path.startsWith("/r1/"))
        this.#isDemonstration = answer.headers["sealway-demonstration"] === "true";
      const bytes = await bounded(answer.body);
      if (bytes === undefined) return { kind: "silent", reason: "too long" };
      return judged(answer.statusCode, answer.headers, bytes);
    } catch {
      return { kind: "silent", reason: "unreachable" };
    }
  }
}

async function bounded(body: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const block of body) {
    length += block.length;
    if (length > mostBytes) return undefined;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

function judged(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bytes: Buffer,
): GatewayAnswer {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return { kind: "silent", reason: "not JSON" };
  }
  if (headers["x-road-error"] === undefined) return { kind: "answer", status, value, bytes };
  const code = (value as { readonly code?: unknown } | null)?.code;
  return { kind: "refused", code: typeof code === "string" && isCode.test(code) ? code : "unknown" };
}

const isCode = /^[a-z][a-z0-9_.-]{0,99}$/;
