import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { type ClientId, unsafeId } from "../../src/core/ids.ts";
import { BodyInMemory } from "../../src/exchange/body-in-memory.ts";
import { PooledServiceClient, type ServiceConnection } from "../../src/exchange/pooled-service-client.ts";
import { receiveBody } from "../../src/exchange/receive-body.ts";
import type { ServiceCall } from "../../src/exchange/service-client.ts";
import type { Lookup } from "../../src/exchange/service-pool.ts";
import { caFor, pemOf } from "./tls-material.ts";

const subsystem = unsafeId<ClientId>("DEV/GOV/1/register");
const other = unsafeId<ClientId>("DEV/GOV/2/register");

async function startService(t: Test, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A service that says exactly these bytes, whatever it is asked. */
async function startRaw(t: Test, say: (socket: Socket) => void): Promise<number> {
  const server = createSocketServer((socket) => socket.on("error", () => {}).once("data", () => say(socket)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const resolveTo =
  (...addresses: string[]): Lookup =>
  (_name, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

function clientFor(
  t: Test,
  connections: readonly ServiceConnection[],
  lookup: Lookup = resolveTo("127.0.0.1"),
  clock = systemClock,
): PooledServiceClient {
  const client = new PooledServiceClient({
    connections,
    ownAddresses: ["192.0.2.7"],
    lookup,
    clock,
  });
  t.teardown(() => client.close());
  return client;
}

function loopbackClient(t: Test, port: number, clock = systemClock): PooledServiceClient {
  return clientFor(t, [{ subsystem, allowedHosts: [`127.0.0.1:${port}`] }], undefined, clock);
}

/** A clock on which no time passes before the call is made, however busy the machine is. */
const began = Date.now();
const standing = { now: () => began };

function callTo(url: string, changes: Partial<ServiceCall> = {}): ServiceCall {
  return {
    subsystem,
    target: new URL(url),
    method: "GET",
    pathAndQuery: "",
    headers: [],
    body: null,
    deadline: Date.now() + 60_000,
    ...changes,
  };
}

async function read(body: Buffer | Readable): Promise<Buffer> {
  return Buffer.isBuffer(body) ? body : Buffer.concat(await body.toArray());
}

function bodyOf(text: string): BodyInMemory {
  return new BodyInMemory(Buffer.from(text), "sha512");
}

async function bodyOfRequest(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await request.toArray());
}

t.test("path and query reach the service byte for byte, behind the base path", async (t) => {
  const port = await startService(t, (request, response) => void response.end(request.url));
  const client = loopbackClient(t, port);
  for (const [base, rest, expected] of [
    ["", "", "/"],
    ["/api", "/persons/%C3%A4%20b?q=%5B1%5D&x=a+b", "/api/persons/%C3%A4%20b?q=%5B1%5D&x=a+b"],
    ["/api/", "/persons", "/api/persons"],
    ["/api/", "?q", "/api/?q"],
    ["/api", "", "/api"],
  ] as const) {
    const answer = await client.call(callTo(`http://127.0.0.1:${port}${base}`, { pathAndQuery: rest }));
    t.equal((await read(answer.body)).toString(), expected);
  }
});

t.test("headers keep order, case and duplicates in both directions", async (t) => {
  const port = await startService(t, (request, response) => {
    response.sendDate = false;
    response.writeHead(200, "Fine", ["X-Two", "1", "x-two", "2", "Set-Cookie", "a=1", "Set-Cookie", "b=2"]);
    response.end(JSON.stringify(request.rawHeaders));
  });
  const headers = [
    ["X-Road-Client", "DEV/GOV/9/app"],
    ["X-Dup", "1"],
    ["x-dup", "2"],
    ["Authorization", "Bearer service"],
    ["X-Latin", "\u00e4\u00f6"],
  ] as const;
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`, { headers }));
  t.equal(answer.status, 200);
  t.equal(answer.reason, "Fine");
  t.strictSame(answer.headers.slice(0, 4), [
    ["X-Two", "1"],
    ["x-two", "2"],
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
  ]);
  const received: string[] = JSON.parse((await read(answer.body)).toString());
  t.strictSame(received.slice(received.indexOf("X-Road-Client")), headers.flat());
  t.notOk(received.some((name) => /^(?:user-agent|accept|accept-encoding|cookie)$/i.test(name)));
});

t.test("a body of GET, DELETE or any method is forwarded, and HEAD works, on kept connections", async (t) => {
  const connections = new Set<Socket>();
  const port = await startService(t, async (request, response) => {
    connections.add(request.socket);
    const body = await bodyOfRequest(request);
    response.setHeader("x-length", request.headers["content-length"] ?? "none");
    response.end(`${request.method} ${body}`);
  });
  const client = loopbackClient(t, port);
  for (const method of ["GET", "DELETE", "POST", "PUT", "PATCH", "OPTIONS"]) {
    const answer = await client.call(callTo(`http://127.0.0.1:${port}`, { method, body: bodyOf("body") }));
    t.equal((await read(answer.body)).toString(), `${method} body`);
  }
  const head = await client.call(callTo(`http://127.0.0.1:${port}`, { method: "HEAD" }));
  t.equal(head.status, 200);
  t.equal((await read(head.body)).length, 0);
  await client.call(callTo(`http://127.0.0.1:${port}`));
  t.ok(
    connections.size <= 2,
    "connections are kept: a pool opens a second one while the first comes to rest",
  );
});

t.test("large bodies stream both ways and the request's has its length", async (t) => {
  const port = await startService(t, async (request, response) => {
    response.setHeader("x-length", request.headers["content-length"] ?? "none");
    for await (const chunk of request) response.write(chunk);
    response.end();
  });
  const options = {
    passage: "provider-in",
    maxBytes: 1e7,
    deadline: Date.now() + 60_000,
    spoolDirectory: t.testdir({}),
    clock: systemClock,
  } as const;
  const body = await receiveBody(Readable.from([Buffer.alloc(3_000_000, "x")]), options);
  for (const method of ["POST", "GET"]) {
    const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`, { method, body }));
    t.ok(answer.body instanceof Readable);
    t.ok(answer.headers.some(([name, value]) => name === "x-length" && value === "3000000"));
    const echoed = await receiveBody(answer.body, { ...options, passage: "provider-out" });
    t.equal(echoed?.length, 3_000_000);
    echoed?.discard();
  }
  body?.discard();
});

t.test("a redirect is an answer like any other", async (t) => {
  let asked = 0;
  const port = await startService(t, (_request, response) => {
    asked++;
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`));
  t.equal(answer.status, 302);
  t.equal(asked, 1);
});

t.test("a compressed answer stays as it is", async (t) => {
  const packed = gzipSync("personal data");
  const port = await startService(t, (_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(packed);
  });
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`));
  t.ok((await read(answer.body)).equals(packed));
});

t.test("no cookie is kept from one call to the next", async (t) => {
  const port = await startService(t, (request, response) => {
    response.writeHead(200, { "set-cookie": "session=1" }).end(request.headers.cookie ?? "none");
  });
  const client = loopbackClient(t, port);
  await client.call(callTo(`http://127.0.0.1:${port}`));
  const second = await client.call(callTo(`http://127.0.0.1:${port}`));
  t.equal((await read(second.body)).toString(), "none");
});

t.test("a service that is down is unreachable", async (t) => {
  await t.rejects(loopbackClient(t, 1).call(callTo("http://127.0.0.1:1")), { code: "service_unreachable" });
});

t.test("a service that does not answer in time", async (t) => {
  const port = await startService(t, () => {});
  const call = callTo(`http://127.0.0.1:${port}`, { deadline: standing.now() + 50 });
  await t.rejects(loopbackClient(t, port, standing).call(call), { code: "service_timeout" });
});

t.test("a call without any time left is not made", async (t) => {
  const port = await startService(t, () => t.fail("the service was called"));
  const call = callTo(`http://127.0.0.1:${port}`, { deadline: Date.now() - 1 });
  await t.rejects(loopbackClient(t, port).call(call), { code: "deadline_exceeded" });
});

t.test("an answer that does not end in time breaks its stream", async (t) => {
  const port = await startService(t, (_request, response) => void response.write(Buffer.alloc(200_000)));
  const call = callTo(`http://127.0.0.1:${port}`, { deadline: Date.now() + 2_500 });
  const answer = await loopbackClient(t, port).call(call);
  await t.rejects(read(answer.body), { code: "service_timeout" });
});

const cuts: [name: string, answer: string | Buffer, end: "destroy" | "resetAndDestroy"][] = [
  ["before the status line", "", "destroy"],
  ["in the headers", "HTTP/1.1 200 OK\r\ncontent-", "destroy"],
  ["in a body with length", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", "destroy"],
  ["in a chunked body", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", "destroy"],
  [
    "in a chunked body that closes",
    "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
    "destroy",
  ],
  ["by a reset in a body that ends with its connection", "HTTP/1.1 200 OK\r\n\r\nabc", "resetAndDestroy"],
  ["by a reset in a body with length", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", "resetAndDestroy"],
];
for (const [name, text, end] of cuts) {
  t.test(`an answer cut ${name}`, async (t) => {
    const port = await startRaw(t, (socket) => socket.write(text, () => setTimeout(() => socket[end](), 20)));
    const call = callTo(`http://127.0.0.1:${port}`);
    await t.rejects(loopbackClient(t, port).call(call), { code: "service_cut_off" });
  });
}

t.test("an answer cut after it has begun to stream", async (t) => {
  const port = await startRaw(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    socket.write(Buffer.alloc(200_000), () => setTimeout(() => socket.destroy(), 20));
  });
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`));
  await t.rejects(read(answer.body), { code: "service_cut_off" });
});

t.test("an answer cut before anybody reads it waits for its reader", async (t) => {
  const port = await startRaw(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    socket.write(Buffer.alloc(200_000), () => setTimeout(() => socket.destroy(), 5));
  });
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`));
  await new Promise((resolve) => (answer.body as Readable).once("close", resolve));
  const received = receiveBody(answer.body, {
    passage: "provider-out",
    maxBytes: 1e7,
    deadline: Date.now() + 60_000,
    spoolDirectory: t.testdir({}),
    clock: systemClock,
  });
  await t.rejects(received, { code: "service_cut_off" });
});

t.test("a service that answers faster than anybody reads is held back", async (t) => {
  const port = await startService(t, (_request, response) => void response.end(Buffer.alloc(32_000_000)));
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`));
  const body = answer.body as Readable;
  while (body.readableLength < 262_144) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.ok(body.readableLength < 1_000_000, "little is kept in memory");
  t.equal((await read(body)).length, 32_000_000, "and nothing is lost");
});

t.test("an answer that ends with its connection is whole", async (t) => {
  const port = await startRaw(t, (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nabc"));
  const answer = await loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`));
  t.equal((await read(answer.body)).toString(), "abc");
});

const invalid: [name: string, answer: string][] = [
  [
    "100 Continue that nobody expects",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  ],
  ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
  ["102 Processing", "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
  ["early hints", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
  ["something else than HTTP", "220 mail.example ESMTP\r\n"],
  ["headers over 32 KiB", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(40_000)}\r\n\r\n`],
];
for (const [name, text] of invalid) {
  t.test(`an answer with ${name} is invalid`, async (t) => {
    const port = await startRaw(t, (socket) => socket.write(text));
    const call = callTo(`http://127.0.0.1:${port}`);
    await t.rejects(loopbackClient(t, port).call(call), { code: "invalid_response" });
  });
}

t.test("an answer with two different lengths is refused", async (t) => {
  const text = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab";
  const port = await startRaw(t, (socket) => socket.write(text));
  await t.rejects(loopbackClient(t, port).call(callTo(`http://127.0.0.1:${port}`)), { name: "SealwayError" });
});

t.test("a host that the owner did not list for the subsystem is refused", async (t) => {
  const port = await startService(t, () => t.fail("the service was called"));
  const url = `http://127.0.0.1:${port}`;
  const listedForOther = clientFor(t, [
    { subsystem, allowedHosts: [`127.0.0.1:${port + 1}`, `localhost:${port}`] },
    { subsystem: other, allowedHosts: [`127.0.0.1:${port}`] },
  ]);
  await t.rejects(listedForOther.call(callTo(url)), { code: "target_not_allowed" }, "another port");
  const none = clientFor(t, []);
  await t.rejects(none.call(callTo(url)), { code: "target_not_allowed" }, "no host at all");
  for (const strange of [`http://user:secret@127.0.0.1:${port}`, `${url}/?q=1`, "ftp://127.0.0.1/"]) {
    const client = loopbackClient(t, port);
    await t.rejects(client.call(callTo(strange)), { code: "target_not_allowed" }, strange);
  }
});

t.test(
  "a listed name that turns to an address of its own choosing is refused before a connection",
  async (t) => {
    let connections = 0;
    const server = createSocketServer(() => connections++).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const connection = { subsystem, allowedHosts: [`register.example:${port}`] };
    for (const address of [
      ...["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0.0.0.0", "::"],
      ...["169.254.169.254", "fe80::1%lo", "224.0.0.1", "255.255.255.255", "ff02::1"],
      ...["::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "::7f00:1", "192.0.2.7"],
    ]) {
      const client = clientFor(t, [connection], resolveTo(address));
      const call = callTo(`http://register.example:${port}`);
      await t.rejects(client.call(call), { code: "target_not_allowed" }, address);
      const mixed = clientFor(t, [connection], resolveTo("198.51.100.1", address));
      await t.rejects(mixed.call(call), { code: "target_not_allowed" }, `${address} behind a good one`);
    }
    t.equal(connections, 0);
  },
);

t.test("a listed name that turns to another member's listed address is refused", async (t) => {
  const connections = [
    { subsystem, allowedHosts: ["register.example:8080"] },
    { subsystem: other, allowedHosts: ["198.51.100.1:8080"] },
  ];
  const client = clientFor(t, connections, resolveTo("198.51.100.1"));
  await t.rejects(client.call(callTo("http://register.example:8080")), { code: "target_not_allowed" });
});

t.test("loopback passes when the owner listed it, by address or as localhost", async (t) => {
  const port = await startService(t, (_request, response) => void response.end("reached"));
  for (const [host, allowed] of [
    ["127.0.0.1", [`127.0.0.1:${port}`]],
    ["localhost", [`localhost:${port}`]],
    ["register.example", [`register.example:${port}`, `127.0.0.1:${port}`]],
  ] as const) {
    const client = clientFor(t, [{ subsystem, allowedHosts: allowed }]);
    const answer = await client.call(callTo(`http://${host}:${port}`));
    t.equal((await read(answer.body)).toString(), "reached", host);
  }
});

t.test("odd spellings of an address are judged as the address that they are", async (t) => {
  const connection = { subsystem, allowedHosts: ["register.example:80"] };
  for (const url of ["http://2130706433/", "http://0x7f.1/", "http://[::ffff:127.0.0.1]/", "http://127.1/"]) {
    const client = clientFor(t, [connection]);
    await t.rejects(client.call(callTo(url)), { code: "target_not_allowed" }, url);
  }
});

t.test("an entry that is no host with a port is refused at start", async (t) => {
  for (const entry of ["register.example", "http://register.example:80", "a b:80", ":80"]) {
    t.throws(() => clientFor(t, [{ subsystem, allowedHosts: [entry] }]), { name: "TypeError" }, entry);
  }
});

t.test("https: the name is checked, a CA or the certificate itself may be trusted", async (t) => {
  const ca = caFor("DEV");
  const identity = ca.issueTls(unsafeId("DEV/GOV/1/server"), "Register");
  const { key, certificate } = pemOf(identity);
  const shown: string[] = [];
  const server = createSecureServer(
    { key, cert: certificate, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      shown.push(socket.getPeerX509Certificate()?.fingerprint256 ?? "none");
      response.end("secure");
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const allowedHosts = [`127.0.0.1:${port}`, `localhost:${port}`, `register.example:${port}`];
  const roots = [ca.root, ca.issuing].map((each) => pemOf(each).certificate).join("");
  const call = (host: string, connection: Partial<ServiceConnection>) =>
    clientFor(t, [{ subsystem, allowedHosts, ...connection }]).call(callTo(`https://${host}:${port}`));

  const byCa = await call("localhost", { trustedCertificates: roots });
  t.equal((await read(byCa.body)).toString(), "secure");
  await t.rejects(
    call("register.example", { trustedCertificates: roots }),
    { code: "service_unreachable" },
    "another name",
  );
  await t.rejects(call("localhost", {}), { code: "service_unreachable" }, "an unknown CA");
  const pinned = await call("register.example", { trustedCertificates: certificate });
  t.equal((await read(pinned.body)).toString(), "secure", "the certificate itself, whatever its name");
  const clientIdentity = pemOf(ca.issueTls(unsafeId("DEV/GOV/1/client"), "Client"));
  await call("localhost", { trustedCertificates: roots, clientIdentity });
  t.equal(shown.at(-1)?.length, 95, "the subsystem's own client certificate is shown");
  t.equal(shown[0], "none");
});
