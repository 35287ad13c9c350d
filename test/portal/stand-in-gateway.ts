import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a gateway was asked. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type Answering = (asked: Asked, response: ServerResponse) => object | undefined;

/** A security server that says what a test has it say. */
export interface StandInGateway {
  readonly url: string;
  readonly asked: Asked[];
  /** By subsystem and path, `DEV/GOV/10000001/population/sealway.usage/v1/usages`. */
  readonly answers: Map<string, Answering>;
  close(): void;
}

/** @param subsystems what `listClients` lists: ids and names of members */
export async function startStandInGateway(
  subsystems: readonly (readonly [id: string, name: string])[],
): Promise<StandInGateway> {
  const asked: Asked[] = [];
  const answers = new Map<string, Answering>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, "http://gateway.invalid");
    let text = "";
    for await (const block of request) text += block;
    if (url.pathname === "/listClients") return send(response, 200, listed(subsystems));
    const path = url.pathname.slice("/r1/".length);
    const one = { path, query: url.searchParams, headers: request.headers, body: text && JSON.parse(text) };
    asked.push(one);
    const answer = answers.get(path);
    if (answer === undefined) return refuse(response, 403, "access_denied");
    const told = answer(one, response);
    if (told !== undefined) send(response, 200, told);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...{ asked, answers },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** An error in X-Road's shape. */
export function refuse(response: ServerResponse, status: number, code: string): undefined {
  response.setHeader("x-road-error", `server.serverproxy.${code}`);
  send(response, status, { type: `server.serverproxy.${code}`, message: "no", detail: "", code });
  return undefined;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.setHeader("sealway-demonstration", "true");
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function listed(subsystems: readonly (readonly [id: string, name: string])[]): object {
  const member = subsystems.map(([id, name]) => {
    const [instance, memberClass, code, subsystem] = id.split("/");
    return {
      name,
      id: {
        object_type: "SUBSYSTEM",
        xroad_instance: instance,
        member_class: memberClass,
        member_code: code,
        subsystem_code: subsystem,
      },
    };
  });
  return { member };
}
