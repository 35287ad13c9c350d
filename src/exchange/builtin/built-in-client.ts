import { Readable } from "node:stream";
import { headerText } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, type ExchangeId, parseClientId, unsafeId } from "../../core/ids.ts";
import { singleHeader } from "../../message/agreement-with-head.ts";
import { bytesOf } from "../json-body.ts";
import type { ServiceAnswer, ServiceCall, ServiceClient } from "../service-client.ts";
import type { BuiltInCode, BuiltInSettings } from "./built-in-services.ts";

/** A call of a built-in service: authentic, and by the table of who may call. */
export interface BuiltInCall {
  /** Who asks; its signature is verified. */
  readonly client: ClientId;
  /** The subsystem at which the service was called; it is served here. */
  readonly subsystem: ClientId;
  /** By which exchange it came. */
  readonly exchange: ExchangeId;
  readonly method: string;
  /** Raw path, as one of the endpoints has it. */
  readonly path: string;
  /** Raw query with its "?", or empty. */
  readonly query: string;
  /** `X-Road-UserId`: whom the client says it asks for. */
  readonly userId: string | undefined;
  /** Empty when there is none; for `json` services it was read as strict JSON before. */
  readonly body: Buffer;
}

/** @throws SealwayError: a denial becomes a signed refusal, everything else a fault */
export type BuiltInAnswer = (call: BuiltInCall) => Promise<ServiceAnswer>;

/** Answers the calls of built-in services, and passes all others on to their information systems. */
export class BuiltInClient implements ServiceClient {
  readonly #settings: BuiltInSettings;
  readonly #answers: ReadonlyMap<BuiltInCode, BuiltInAnswer>;
  readonly #others: ServiceClient;
  readonly #clock: Clock;

  constructor(
    settings: BuiltInSettings,
    answers: ReadonlyMap<BuiltInCode, BuiltInAnswer>,
    others: ServiceClient,
    clock: Clock,
  ) {
    this.#settings = settings;
    this.#answers = answers;
    this.#others = others;
    this.#clock = clock;
  }

  async call(call: ServiceCall): Promise<ServiceAnswer> {
    const code = this.#settings.codeOf(call.target);
    if (code === undefined) return this.#others.call(call);
    const answer = this.#answers.get(code);
    if (answer === undefined) throw new SealwayError("unknown_service", `${code} is not answered here`);
    const { subsystem, method, pathAndQuery, headers, deadline } = call;
    const client = parseClientId(singleHeader(headers, "x-road-client") ?? "");
    const exchange = unsafeId<ExchangeId>(singleHeader(headers, "x-road-request-id") ?? "");
    const body = call.body === null ? Buffer.alloc(0) : await bytesOf(call.body);
    const mark = pathAndQuery.indexOf("?");
    const path = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
    const query = pathAndQuery.slice(path.length);
    const user = singleHeader(headers, "x-road-userid");
    const userId = user === undefined ? undefined : headerText(user);
    const asked = { client, subsystem, exchange, method, path, query, userId, body };
    return within(deadline - this.#clock.now(), answer(asked));
  }

  close(): Promise<void> {
    return this.#others.close();
  }
}

/** @throws SealwayError `service_timeout`: what comes later nobody waits for */
async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = new SealwayError("service_timeout", "the built-in service has not answered in time");
  const timer = setTimeout(() => reject(late), Math.max(0, milliseconds));
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** An answer with a JSON body. */
export function jsonAnswer(status: number, value: object): ServiceAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, reason: "", headers: [["Content-Type", "application/json"]], body };
}

/** An answer with bytes of any length. */
export function bytesAnswer(contentType: string, bytes: Buffer): ServiceAnswer {
  const body = bytes.length <= 65_536 ? bytes : Readable.from([bytes]);
  return { status: 200, reason: "OK", headers: [["Content-Type", contentType]], body };
}
