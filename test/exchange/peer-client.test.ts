import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server } from "node:https";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { type MemberId, type ServerId, unsafeId } from "../../src/core/ids.ts";
import type { Body } from "../../src/exchange/body.ts";
import { BodyInMemory } from "../../src/exchange/body-in-memory.ts";
import type { PeerRequest } from "../../src/exchange/peer-client.ts";
import { PooledPeerClient } from "../../src/exchange/pooled-peer-client.ts";
import { receiveBody } from "../../src/exchange/receive-body.ts";
import { toWireHeaders, type WireMessage } from "../../src/message/wire.ts";
import type { SecurityServer } from "../../src/trust/global-configuration.ts";
import { until } from "../until.ts";
import { caFor, pemOf } from "./tls-material.ts";

const serverId = unsafeId<ServerId>("DEV/GOV/1/server");
const ca = caFor("DEV");
const ours = ca.issueTls(unsafeId("DEV/GOV/2/server"), "Consumer");
const theirs = ca.issueTls(serverId, "Provider");
const stranger = ca.issueTls(unsafeId("DEV/GOV/3/server"), "Stranger");

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

interface Peer {
  readonly port: number;
  readonly server: Server;
  /** Requests that have begun to arrive. */
  readonly seen: IncomingMessage[];
}

async function startPeer(t: Test, handler: Handler, identity = theirs): Promise<Peer> {
  const { key, certificate } = pemOf(identity);
  const seen: IncomingMessage[] = [];
  const take: Handler = (request, response) => {
    seen.push(request);
    request.on("error", () => {});
    handler(request, response, seen.length);
  };
  const server = createSecureServer({
    ...{ key, cert: certificate, minVersion: "TLSv1.3", maxHeaderSize: 65_536 },
    ...{ requestCert: true, rejectUnauthorized: false },
  });
  server.on("request", take).on("checkContinue", take);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, server, seen };
}

function named(...ports: number[]): SecurityServer {
  return {
    id: serverId,
    owner: unsafeId<MemberId>("DEV/GOV/1"),
    addresses: ports.map((port) => ({ host: "127.0.0.1", port })),
    tlsCertificates: [theirs.certificate.fingerprint],
    clients: [],
    wireVersions: [1],
    contact: "desk@provider.example",
  };
}

function clientFor(t: Test, clock = systemClock): PooledPeerClient {
  const client = new PooledPeerClient({ identity: pemOf(ours), clock, random: () => 0 });
  t.teardown(() => client.close());
  return client;
}

const message: WireMessage = {
  exchange: Buffer.from('{"v":1}'),
  head: randomBytes(2_000),
  signature: "header..signature",
  ocsp: randomBytes(1_000),
};

/** A clock on which no time passes before something is sent, however busy the machine is. */
const began = Date.now();
const standing = { now: () => began };

function requestTo(to: SecurityServer, changes: Partial<PeerRequest> = {}): PeerRequest {
  const now = Date.now();
  return { to, message, body: null, deadline: now + 5_000, sentAt: now, ...changes };
}

const inline = new BodyInMemory(Buffer.from('{"name":"Mari"}'), "sha512");

async function spooled(t: Test, bytes: Buffer): Promise<Body> {
  const body = await receiveBody(Readable.from([bytes]), {
    passage: "consumer-in",
    maxBytes: 1e8,
    deadline: Date.now() + 5_000,
    spoolDirectory: t.testdir({}),
    clock: systemClock,
  });
  t.teardown(() => body?.discard());
  return body as Body;
}

async function bytesOf(body: Buffer | Readable): Promise<Buffer> {
  return Buffer.isBuffer(body) ? body : Buffer.concat(await body.toArray());
}

const answerOk: Handler = (request, response) =>
  void request.resume().on("end", () => response.end("answer"));

t.test("a message arrives as four headers and its body, over mutual TLS 1.3", async (t) => {
  const { port, seen } = await startPeer(t, async (request, response) => {
    response.writeHead(200, { "Sealway-Head": "abc", "Sealway-head": "twice" });
    response.end(Buffer.concat(await request.toArray()));
  });
  const answer = await clientFor(t).send(requestTo(named(port), { body: inline }));
  t.equal(answer.status, 200);
  t.ok(Buffer.isBuffer(answer.body) && answer.body.equals(inline.bytes));
  t.equal(answer.rawHeaders[answer.rawHeaders.indexOf("Sealway-Head") + 1], "abc");
  const [request] = seen as [IncomingMessage];
  t.equal(`${request.method} ${request.url}`, "POST /exchange/v1");
  t.match(request.headers, toWireHeaders(message));
  t.equal(request.headers["content-length"], String(inline.length));
  const socket = request.socket as TLSSocket;
  t.equal(socket.getProtocol(), "TLSv1.3");
  t.equal(socket.alpnProtocol, "http/1.1");
  t.ok(socket.getPeerX509Certificate()?.raw.equals(ours.certificate.der));
});

t.test("connections are kept and shared", async (t) => {
  const { port, seen } = await startPeer(t, answerOk);
  const client = clientFor(t);
  for (let i = 0; i < 6; i++) await client.send(requestTo(named(port), { body: inline }));
  t.equal(seen.length, 6);
  t.ok(new Set(seen.map(({ socket }) => socket)).size <= 2);
});

t.test("60 KiB of headers pass", async (t) => {
  const { port } = await startPeer(t, (_request, response) => {
    response.setHeader("Sealway-Head", "x".repeat(40_000)).end();
  });
  const large = { ...message, head: randomBytes(32_768), exchange: randomBytes(8_000) };
  const answer = await clientFor(t).send(requestTo(named(port), { message: large }));
  t.equal(answer.status, 200);
});

t.test("a peer with a certificate that is not the server's gets nothing", async (t) => {
  const { port, seen } = await startPeer(t, answerOk, stranger);
  await t.rejects(clientFor(t).send(requestTo(named(port))), { code: "peer_unknown" });
  const body = await spooled(t, Buffer.alloc(100_000));
  await t.rejects(clientFor(t).send(requestTo(named(port), { body })), { code: "peer_unknown" });
  t.equal(seen.length, 0);
});

t.test("a peer that is down is unreachable; another address of it is tried", async (t) => {
  const dead = await startPeer(t, answerOk);
  dead.server.close();
  const { port } = await startPeer(t, answerOk);
  await t.rejects(clientFor(t).send(requestTo(named(dead.port))), { code: "peer_unreachable" });
  t.equal((await clientFor(t).send(requestTo(named(dead.port, port)))).status, 200);
  const body = await spooled(t, Buffer.alloc(100_000));
  await t.rejects(clientFor(t).send(requestTo(named(dead.port), { body })), { code: "peer_unreachable" });
});

t.test("a server without addresses is unreachable", async (t) => {
  await t.rejects(clientFor(t).send(requestTo(named())), { code: "peer_unreachable" });
});

t.test("a connection cut before the headers: the identical message is sent once more", async (t) => {
  const bodies: string[] = [];
  const { port, seen } = await startPeer(t, async (request, response, count) => {
    bodies.push(Buffer.concat(await request.toArray()).toString());
    if (count === 1) request.socket.destroy();
    else response.end("answer");
  });
  const answer = await clientFor(t).send(requestTo(named(port), { body: inline }));
  t.equal((await bytesOf(answer.body)).toString(), "answer");
  t.equal(seen.length, 2);
  t.strictSame(bodies[0], bodies[1]);
  t.strictSame(seen[0]?.headers["sealway-signature"], seen[1]?.headers["sealway-signature"]);
});

t.test("an answer cut in the middle of a short body: the identical message is sent once more", async (t) => {
  const { port, seen } = await startPeer(t, (request, response, count) => {
    if (count > 1) return void response.end("whole");
    response.writeHead(200, { "content-length": 100 }).write("par", () => request.socket.destroy());
  });
  const answer = await clientFor(t).send(requestTo(named(port)));
  t.equal((await bytesOf(answer.body)).toString(), "whole");
  t.equal(seen.length, 2);
});

t.test("a peer that always cuts is given up on after a few times", async (t) => {
  const { port, seen } = await startPeer(t, (request) => void request.socket.destroy());
  await t.rejects(clientFor(t).send(requestTo(named(port))), { code: "peer_cut_off" });
  t.equal(seen.length, 4);
});

t.test("what may have arrived is never told as unreachable", async (t) => {
  const peer = await startPeer(t, (request) => {
    request.socket.destroy();
    peer.server.close();
  });
  await t.rejects(clientFor(t).send(requestTo(named(peer.port))), { code: "peer_cut_off" });
});

t.test(
  "what may have arrived is never told as not sent when its server is deregistered meanwhile",
  async (t) => {
    const client = clientFor(t);
    const peer = await startPeer(t, () => client.update([]));
    const server = named(peer.port);
    client.update([server]);
    await t.rejects(client.send(requestTo(server)), { code: "peer_cut_off" });
    t.equal(peer.seen.length, 1);
  },
);

t.test("a long answer streams, and breaks when it is cut", async (t) => {
  const { port } = await startPeer(t, (request, response, count) => {
    response.writeHead(200, { "content-length": 1_000_000 }).write(Buffer.alloc(500_000));
    if (count === 1) response.end(Buffer.alloc(500_000));
    else setTimeout(() => request.socket.destroy(), 20);
  });
  const client = clientFor(t);
  const whole = await client.send(requestTo(named(port)));
  t.equal((await bytesOf(whole.body)).length, 1_000_000);
  const cut = await client.send(requestTo(named(port)));
  await t.rejects(bytesOf(cut.body), { code: "peer_cut_off" });
});

t.test("a peer that does not answer in time", async (t) => {
  const { port, seen } = await startPeer(t, () => {});
  // Long enough for a busy machine to have sent it by then.
  const timedOut = (body: Body | null) => {
    const sent = clientFor(t).send(requestTo(named(port), { deadline: Date.now() + 2_500, body }));
    return t.rejects(sent, { code: "peer_timeout" });
  };
  await Promise.all([timedOut(null), timedOut(await spooled(t, Buffer.alloc(100_000)))]);
  t.equal(seen.length, 2, "each was sent once");
});

t.test("an address that takes the connection and says nothing of TLS", async (t) => {
  const sockets: Socket[] = [];
  const silent = createSocketServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.teardown(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = silent.address() as AddressInfo;
  const client = clientFor(t, standing);
  const sent = client.send(requestTo(named(port), { deadline: standing.now() + 60 }));
  await t.rejects(sent, { code: "peer_timeout" });
});

t.test("no attempt begins after the deadline, nor with a message that is 20 seconds old", async (t) => {
  const { port, seen } = await startPeer(t, answerOk);
  const late = { deadline: Date.now() - 1 };
  await t.rejects(clientFor(t).send(requestTo(named(port), late)), { code: "deadline_exceeded" });
  const old = { sentAt: Date.now() - 20_001 };
  await t.rejects(clientFor(t).send(requestTo(named(port), old)), { code: "deadline_exceeded" });
  t.equal(seen.length, 0);
});

t.test("a broken connection is not mended with a message that has grown old", async (t) => {
  let now = Date.now();
  const { port, seen } = await startPeer(t, (request) => {
    now += 20_001;
    request.socket.destroy();
  });
  const client = clientFor(t, { now: () => now });
  const request = requestTo(named(port), { sentAt: now, deadline: now + 60_000 });
  await t.rejects(client.send(request), { code: "peer_cut_off" });
  t.equal(seen.length, 1);
});

t.test("409 with Retry-After: the peer is asked again until it has the answer", async (t) => {
  const { port, seen } = await startPeer(t, (_request, response, count) => {
    if (count < 3) response.writeHead(409, { "retry-after": "0" }).end();
    else response.end("answer");
  });
  const answer = await clientFor(t).send(requestTo(named(port)));
  t.equal((await bytesOf(answer.body)).toString(), "answer");
  t.equal(seen.length, 3);
});

t.test("409 until the deadline is a time-out", async (t) => {
  let now = Date.now();
  const { port } = await startPeer(t, (_request, response) => {
    now += 60;
    response.writeHead(409, { "retry-after": "1" }).end();
  });
  const sent = clientFor(t, { now: () => now }).send(requestTo(named(port), { deadline: now + 100 }));
  await t.rejects(sent, { code: "peer_timeout" });
});

t.test("409 without Retry-After is an answer", async (t) => {
  const { port, seen } = await startPeer(
    t,
    (_request, response) => void response.writeHead(409).end("replay"),
  );
  t.equal((await clientFor(t).send(requestTo(named(port)))).status, 409);
  t.equal(seen.length, 1);
});

t.test("503 with Retry-After: another address is tried, else it is given back", async (t) => {
  const busy = await startPeer(t, (_request, response) => {
    response.writeHead(503, { "retry-after": "2" }).end("busy");
  });
  const { port } = await startPeer(t, answerOk);
  const client = clientFor(t);
  t.equal((await client.send(requestTo(named(busy.port, port)))).status, 200);
  const alone = await clientFor(t).send(requestTo(named(busy.port)));
  t.equal(alone.status, 503);
  t.equal(alone.rawHeaders[alone.rawHeaders.indexOf("retry-after") + 1], "2");
});

t.test("an answer that is no HTTP is not asked for again", async (t) => {
  let connections = 0;
  const { key, certificate } = pemOf(theirs);
  const { createServer } = await import("node:tls");
  const strange = createServer({ key, cert: certificate }, (socket) => {
    connections++;
    socket.on("error", () => {}).once("data", () => socket.write("220 mail.example ESMTP\r\n"));
  }).listen(0, "127.0.0.1");
  await once(strange, "listening");
  t.teardown(() => void strange.close());
  const { port } = strange.address() as AddressInfo;
  await t.rejects(clientFor(t).send(requestTo(named(port))), { code: "malformed_message" });
  t.equal(connections, 1);
});

t.test("two failures take an address out, time brings it back", async (t) => {
  let tries = 0;
  const failing = createSocketServer((socket) => {
    tries++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(failing, "listening");
  t.teardown(() => void failing.close());
  const { port } = await startPeer(t, answerOk);
  let now = Date.now();
  const client = clientFor(t, { now: () => now });
  const send = () =>
    client.send(
      requestTo(named((failing.address() as AddressInfo).port, port), { sentAt: now, deadline: now + 5_000 }),
    );
  for (const [expected, later] of [
    [1, 0],
    [2, 0],
    [2, 4_999],
    [3, 1],
    [3, 9_999],
    [4, 1],
  ] as const) {
    now += later;
    t.equal((await send()).status, 200);
    t.equal(tries, expected);
  }
});

t.test("a large body waits for 100 Continue, then streams; the connection is kept", async (t) => {
  const bytes = randomBytes(1_000_000);
  const { port, seen } = await startPeer(t, async (request, response) => {
    t.equal(request.headers.expect, "100-continue");
    t.equal(request.headers["content-length"], "1000000");
    response.writeContinue();
    const got = Buffer.concat(await request.toArray());
    response.end(got.equals(bytes) ? "same" : "different");
  });
  const body = await spooled(t, bytes);
  const client = clientFor(t);
  for (let i = 0; i < 3; i++) {
    const answer = await client.send(requestTo(named(port), { body }));
    t.equal((await bytesOf(answer.body)).toString(), "same");
  }
  t.equal(new Set(seen.map(({ socket }) => socket)).size, 1);
});

t.test("a refusal instead of 100 Continue is the answer, and the body stays here", async (t) => {
  const { port, seen } = await startPeer(t, (_request, response) => {
    response.writeHead(200, { "sealway-head": "refusal" }).end("refused");
  });
  const body = await spooled(t, randomBytes(1_000_000));
  const answer = await clientFor(t).send(requestTo(named(port), { body }));
  t.equal((await bytesOf(answer.body)).toString(), "refused");
  const socket = seen[0]?.socket as TLSSocket;
  if (!socket.destroyed) await once(socket, "close");
  t.ok(socket.bytesRead < 20_000, "no body was sent, and the connection is given up");
});

t.test("a large body whose connection is cut is sent again from its beginning", async (t) => {
  const bytes = randomBytes(1_000_000);
  const { port, seen } = await startPeer(t, async (request, response, count) => {
    response.writeContinue();
    if (count === 1) return void request.once("data", () => request.socket.destroy());
    const got = Buffer.concat(await request.toArray());
    response.end(got.equals(bytes) ? "same" : "different");
  });
  const body = await spooled(t, bytes);
  const answer = await clientFor(t).send(requestTo(named(port), { body }));
  t.equal((await bytesOf(answer.body)).toString(), "same");
  t.equal(seen.length, 2);
});

t.test("a new configuration breaks connections to changed servers off and keeps the others", async (t) => {
  const { port, seen } = await startPeer(t, answerOk);
  const client = clientFor(t);
  const server = named(port);
  client.update([server]);
  await client.send(requestTo(server));
  await new Promise((resolve) => setImmediate(resolve));
  client.update([{ ...server, contact: "new@provider.example" }]);
  await client.send(requestTo(server));
  t.equal(new Set(seen.map(({ socket }) => socket)).size, 1, "a new contact changes no connection");
  client.update([{ ...server, tlsCertificates: [stranger.certificate.fingerprint] }]);
  await t.rejects(client.send(requestTo(server)), { code: "peer_unknown" }, "its certificate was replaced");
  client.update([]);
  await t.rejects(client.send(requestTo(server)), { code: "peer_unknown" }, "it was removed");
  t.equal(seen.length, 2);
  t.ok(seen[0]?.socket.destroyed, "the open connection was closed");
});

t.test("a closed client breaks off what runs and takes nothing new", async (t) => {
  const { port } = await startPeer(t, () => void client.close());
  const client = clientFor(t);
  await t.rejects(client.send(requestTo(named(port))), { code: "draining" });
  await t.rejects(client.send(requestTo(named(port))), { code: "draining" });
});

t.test(
  "a large body on its way over connections that are not used any more is broken off, too",
  async (t) => {
    const client = clientFor(t);
    const { port } = await startPeer(t, () => {
      client.show(pemOf(ours));
      setTimeout(() => void client.close(), 50);
    });
    const body = await spooled(t, randomBytes(100_000));
    await t.rejects(client.send(requestTo(named(port), { body })), { code: "draining" });
  },
);

t.test("a large body that has no connection yet is broken off, too", async (t) => {
  const mute = createSocketServer();
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  const sockets: Socket[] = [];
  mute.on("connection", (socket) => sockets.push(socket.on("error", () => {})));
  t.teardown(() => {
    mute.close();
    for (const socket of sockets) socket.destroy();
  });
  const client = clientFor(t);
  const body = await spooled(t, randomBytes(100_000));
  const { port } = mute.address() as AddressInfo;
  // Sooner than the connection would be given up anyway.
  const deadline = Date.now() + 4_500;
  const sent = t.rejects(client.send(requestTo(named(port), { body, deadline })), { code: "draining" });
  await until("it connects", () => sockets.length > 0);
  client.show(pemOf(ours));
  // What has nothing to wait for is over by then.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await client.close();
  await sent;
});

t.test(
  "what runs while its server moves ends where it began; what comes then goes to the new address",
  async (t) => {
    const moved = await startPeer(t, answerOk);
    const client = clientFor(t);
    const old = await startPeer(t, (request, response, count) => {
      client.update([named(moved.port)]);
      answerOk(request, response, count);
    });
    client.update([named(old.port)]);
    const answer = await client.send(requestTo(named(old.port), { body: inline }));
    t.equal((await bytesOf(answer.body)).toString(), "answer");
    t.same([old.seen.length, moved.seen.length], [1, 0]);
    await client.send(requestTo(named(moved.port)));
    t.same([old.seen.length, moved.seen.length], [1, 1]);
  },
);

t.test(
  "what runs while a certificate of its server is taken back is sent again to the new address",
  async (t) => {
    const moved = await startPeer(t, answerOk, stranger);
    const client = clientFor(t);
    const now = { ...named(moved.port), tlsCertificates: [stranger.certificate.fingerprint] };
    const old = await startPeer(t, () => client.update([now]));
    client.update([named(old.port)]);
    const answer = await client.send(requestTo(named(old.port), { body: inline }));
    t.equal((await bytesOf(answer.body)).toString(), "answer");
    t.equal(moved.seen.length, 1);
  },
);

t.test("nodes in maintenance are called only where there is no other", async (t) => {
  const [one, other] = [await startPeer(t, answerOk), await startPeer(t, answerOk)];
  const client = clientFor(t);
  const server = named(one.port, other.port);
  const down = (...ports: number[]) => {
    const addresses = ports.map((port) => ({ host: "127.0.0.1", port }));
    return { ...server, maintenance: [{ from: 0, until: null, notice: "New disks", addresses }] };
  };
  for (const peer of [one, other]) {
    client.update([down(peer.port)]);
    const before = peer.seen.length;
    for (let i = 0; i < 4; i++) await client.send(requestTo(server));
    t.equal(peer.seen.length, before);
  }
  client.update([down(one.port, other.port)]);
  await client.send(requestTo(server));
  t.equal(one.seen.length + other.seen.length, 9);
});
