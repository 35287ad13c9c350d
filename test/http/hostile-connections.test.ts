import { once } from "node:events";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import t from "tap";
import { connectionLimits } from "../../src/http/connection-guard.ts";
import { tlsOf } from "../exchange/country/peer.ts";
import { services } from "../exchange/country/plan.ts";
import { open as connect, type Door } from "../exchange/country/raw-http.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";

/*
 * Connections whose callers mean harm, at the doors of a running gateway: none ends the process, and none outlives what
 * it is there for. An 'error' that nobody listens to would end this process.
 */

const country = await SmallCountry.start(t);
const { http, https, health, peer } = country.asking.gateway.ports;
const doors: Readonly<Record<string, Door>> = {
  http: { port: http! },
  https: { port: https!, tls: {} },
  peer: { port: peer, tls: tlsOf(country.answering.parts.tls) },
  health: { port: health },
};
const path = pathOf(services.open, "/thing");

const openings = {
  CONNECT: "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
  "an upgrade": "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
  garbage: "garbage\r\n\r\n",
  "half a request": "GET / HTTP/1.1\r\nHost:",
};

/** A connection and the socket below it, which alone can be broken off by RST. */
async function openOn({ port, tls }: Door): Promise<{ readonly socket: Socket; readonly below: Socket }> {
  const below = await connect({ port });
  if (tls === undefined) return { socket: below, below };
  const socket = connectTls({ socket: below, rejectUnauthorized: false, ...tls });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return { socket, below };
}

for (const [name, bytes] of Object.entries(openings)) {
  t.test(`${name}, then a reset`, async (t) => {
    for (const [kind, door] of Object.entries(doors)) {
      const all = await Promise.all(Array.from({ length: 10 }, () => openOn(door)));
      for (const [i, { socket, below }] of all.entries()) {
        socket.write(bytes);
        if (i % 2 === 0) below.resetAndDestroy();
        else socket.once("data", () => below.resetAndDestroy());
      }
      t.equal((await country.ask({ path })).status, 200, kind);
    }
  });
}

t.test("CONNECT held open does not hold up the end of the gateway", async (t) => {
  const sockets = await Promise.all([doors.http!, doors.https!, doors.peer!].map(connect));
  for (const socket of sockets) {
    socket.allowHalfOpen = true;
    socket.write(openings.CONNECT);
    socket.resume();
  }
  await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, "end")));
  const began = performance.now();
  await country.asking.stop();
  t.ok(performance.now() - began < connectionLimits.lingerFor, "nobody waits for the callers");
  await country.asking.start();
});
