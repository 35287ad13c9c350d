import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import type { Body } from "../../src/exchange/body.ts";
import { type ConnectionLimits, closeGuarded, guardConnections } from "../../src/http/connection-guard.ts";
import { refuseBadConnections } from "../../src/http/refuse-connection.ts";
import { writeBody } from "../../src/http/write-body.ts";
import { tlsOf } from "../exchange/country/peer.ts";
import { open as connect, type Door } from "../exchange/country/raw-http.ts";
import { until } from "../until.ts";

/*
 * What a connection may do that says or takes nothing: stay as long as node's time-outs and the guard let it, no longer.
 */

const limits: ConnectionLimits = { most: 8, stalledAfter: 100, lingerFor: 100 };
const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:1/" });
const kinds = ["http", "https"] as const;
/** Milliseconds: for those who are to stay, on a machine that may itself do nothing for a while. */
const unhurried = 60_000;

async function listen(
  t: Test,
  kind: (typeof kinds)[number],
  answer: (response: ServerResponse) => void,
  allowed = limits,
  headersTimeout = 500,
) {
  const timeouts = { headersTimeout, connectionsCheckingInterval: 20 };
  const identity = tlsOf(ca.issueTls("DEV/GOV/10000001/ss1" as never, "test"));
  const server: Server =
    kind === "http"
      ? createServer(timeouts)
      : createTlsServer({ ...timeouts, handshakeTimeout: 2 * headersTimeout, ...(identity as object) });
  server.on("request", (_, response) => answer(response));
  const failures: Error[] = [];
  guardConnections(server, allowed, (error) => failures.push(error));
  const refusal = { status: 400, headers: [], body: Buffer.from("no") };
  refuseBadConnections(server, () => refusal, limits.lingerFor);
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.teardown(() => closeGuarded(server, limits.lingerFor));
  const door: Door = { port: (server.address() as AddressInfo).port, ...(kind === "https" && { tls: {} }) };
  return { server, door, failures };
}

/** Opens a connection that keeps its side open whatever happens. @returns it, and the server's socket */
async function hold(server: Server, door: Door) {
  const accepted = once(server, door.tls ? "secureConnection" : "connection");
  const socket = await connect(door);
  const [theirs] = (await accepted) as [Socket];
  socket.allowHalfOpen = true;
  return { socket, closed: theirs.closed ? Promise.resolve([]) : once(theirs, "close") };
}

const connectionsOf = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const silent: Readonly<Record<string, string>> = {
  "an idle connection": "",
  "a part of a request": "GET / HTTP/1.1\r\nHost:",
  garbage: "garbage\r\n\r\n",
  CONNECT: "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
};

for (const kind of kinds) {
  for (const [name, bytes] of Object.entries(silent)) {
    t.test(`${kind}: ${name} held half open is closed`, async (t) => {
      const { server, door } = await listen(t, kind, (response) => response.end());
      const { socket, closed } = await hold(server, door);
      socket.write(bytes);
      socket.resume();
      await closed;
      socket.destroy();
    });
  }

  t.test(`${kind}: a body that nobody reads gives its place back`, async (t) => {
    let ended: (body: string) => void = () => {};
    const given = new Promise<string>((resolve) => (ended = resolve));
    const { server, door } = await listen(t, kind, (response) => {
      response.writeHead(200, { "content-length": 50 * 262_144 });
      void writeBody(
        response,
        endless(() => ended("discarded")),
      );
    });
    const { socket, closed } = await hold(server, door);
    socket.write(get);
    socket.pause();
    await closed;
    t.equal(await given, "discarded");
    socket.destroy();
  });

  t.test(`${kind}: answers in memory that nobody reads are not kept`, async (t) => {
    const { server, door } = await listen(t, kind, (response) => response.end(Buffer.alloc(4_000_000)));
    const { socket, closed } = await hold(server, door);
    socket.pause();
    socket.write(get.repeat(5));
    await closed;
    socket.destroy();
  });

  t.test(`${kind}: who reads slowly, but reads, gets all`, async (t) => {
    const length = 6_000_000;
    // A busy machine may itself read nothing for a while.
    const patient = { ...limits, stalledAfter: 3_000 };
    const answer = (response: ServerResponse) => void response.end(Buffer.alloc(length));
    const { server, door } = await listen(t, kind, answer, patient, unhurried);
    const { socket } = await hold(server, door);
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    let received = 0;
    for await (const chunk of socket) received += (chunk as Buffer).length;
    t.ok(received > length);
  });

  t.test(`${kind}: an address has half of the connections`, async (t) => {
    const { server, door } = await listen(t, kind, (response) => response.end(), limits, unhurried);
    const held: Socket[] = [];
    for (let i = 0; i < 4; i++) held.push((await hold(server, door)).socket);
    const one = await connect(door);
    one.resume();
    await once(one, "close");
    held[0]!.destroy();
    await until("a place is free", async () => (await connectionsOf(server)) === 3);
    const again = await hold(server, door);
    again.socket.write(get);
    t.match(String((await once(again.socket, "data"))[0]), /^HTTP\/1.1 200/);
    for (const socket of [...held, again.socket]) socket.destroy();
  });
}

t.test("TLS that never begins is closed", async (t) => {
  const { server, door } = await listen(t, "https", (response) => response.end());
  const socket = await connect({ port: door.port });
  socket.resume();
  await once(socket, "close");
  t.equal(await connectionsOf(server), 0);
});

t.test("a server that cannot take a connection says so and goes on", async (t) => {
  const answer = (response: ServerResponse) => void response.end();
  const { server, door, failures } = await listen(t, "http", answer, limits, unhurried);
  server.emit("error", new Error("accept EMFILE"));
  t.equal(failures.length, 1);
  const socket = await connect(door);
  socket.write(get);
  t.match(String((await once(socket, "data"))[0]), /^HTTP\/1.1 200/);
  socket.destroy();
});

/** A body of 50 blocks that tells when it is discarded. */
function endless(discard: () => void): Body {
  async function* blocks() {
    for (let i = 0; i < 50; i++) yield Buffer.alloc(262_144);
  }
  const stream = () => Readable.from(blocks());
  return { length: 50 * 262_144, digest: Buffer.alloc(0), bytes: undefined, stream, blocks, discard };
}
