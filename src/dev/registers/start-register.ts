import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "../../core/clock.ts";
import { type Country, defaultSeed, generateCountry } from "./country.ts";
import { type RegisterName, registerTable } from "./register-table.ts";
import { type Reply, type Route, refuse, type Source } from "./route.ts";
import { createRouter, type Match } from "./router.ts";
import { sendReply } from "./send-reply.ts";

export interface RegisterOptions {
  readonly name: RegisterName;
  /** 0 takes a free one. */
  readonly port: number;
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** The country of the default seed unless given; then it is generated at the first look into it. */
  readonly country?: Country;
  readonly clock?: Clock;
}

/** What a register was asked last, as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

export interface RunningRegister {
  /** `http://host:port` */
  readonly url: string;
  /** Calls received by method and path template, and under `unmatched`; routes never called stand at 0. */
  readonly calls: ReadonlyMap<string, number>;
  lastRequest(): ReceivedRequest | undefined;
  /** Stops at once: open connections are broken. */
  close(): Promise<void>;
}

/** Starts an information system on HTTP/1.1. */
export async function startRegister(options: RegisterOptions): Promise<RunningRegister> {
  const { name, port, host = "127.0.0.1", clock = systemClock } = options;
  const routes: readonly Route[] = registerTable[name].routes;
  const route = createRouter(routes);
  const source = lazySource(options.country, clock);
  const calls = new Map<string, number>(routes.map(([method, template]) => [`${method} ${template}`, 0]));
  let last: IncomingMessage | undefined;

  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (request, response) => {
    last = request;
    const target = request.url!;
    const mark = target.indexOf("?");
    const match = route(request.method!, mark < 0 ? target : target.slice(0, mark));
    const counted = match.kind === "found" ? match.name : "unmatched";
    calls.set(counted, (calls.get(counted) ?? 0) + 1);
    const query = new URLSearchParams(mark < 0 ? "" : target.slice(mark));
    answer(match, source, query, request, response).catch((error) => breakOff(response, error));
  });
  server.listen(port, host);
  await once(server, "listening");
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    calls,
    lastRequest: () => last && received(last),
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  match: Match,
  source: Source,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (match.kind === "wrong-method") response.setHeader("allow", match.allowed);
  const reply =
    match.kind === "found"
      ? await match.handler({ source, request, query, parameters: match.parameters })
      : misses[match.kind];
  await sendReply(response, reply);
}

const misses: Readonly<Record<"no-such-path" | "wrong-method", Reply>> = {
  "no-such-path": refuse(404, "no_such_path", "this register serves no such path"),
  "wrong-method": refuse(405, "wrong_method", "this path takes another method"),
};

/** A caller that leaves is no failure of the register; anything else is told, or shown by a broken connection. */
function breakOff(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed || response.req.destroyed) {
    response.destroy();
    return;
  }
  process.emitWarning(error instanceof Error ? error : String(error));
  sendReply(response, refuse(500, "internal_error", "the register failed"));
}

function lazySource(country: Country | undefined, clock: Clock): Source {
  let known = country;
  return {
    clock,
    get country() {
      known ??= generateCountry(defaultSeed);
      return known;
    },
  };
}

function received(request: IncomingMessage): ReceivedRequest {
  const { method, url, headers, rawHeaders } = request;
  return { method: method!, target: url!, headers, rawHeaders };
}
