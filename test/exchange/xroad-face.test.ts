import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import t, { type Test } from "tap";
import type { Head } from "../../src/message/head.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { clients, instance, services } from "./country/plan.ts";
import { open as connect, exchangeBytes, type RawAnswer, readAnswer } from "./country/raw-http.ts";
import type { RegisterCall } from "./country/register.ts";
import { type Ask, pathOf, requestBytes, SmallCountry, type Watched } from "./country.ts";

/*
 * X-Road's message protocol for REST as existing clients and services use it: what reaches the service, what comes back,
 * and the bytes of both.
 */

const country = await SmallCountry.start(t);
const door = { port: country.asking.gateway.ports.http! };
const open = pathOf(services.open, "/thing");
const { benefits } = clients;

/** A call that is answered: what came of it, and what the register got. */
async function asked(t: Test, ask: Ask): Promise<Watched<RawAnswer> & { readonly call: RegisterCall }> {
  const seen = await country.watch(() => country.ask(ask));
  t.equal(seen.calls, 1, seen.result.body.toString().slice(0, 300));
  t.same(
    seen.asking.map(({ what }) => what),
    ["sent request", "received response"],
  );
  t.same(
    seen.answering.map(({ what }) => what),
    ["received request", "sent response"],
  );
  t.equal(
    seen.result.header("x-road-request-hash"),
    hashOf(seen.asking[0]!.head, ask.body),
    "the hash fits the recorded head",
  );
  return { ...seen, call: country.register.calls.at(-1)! };
}

/** X-Road-Request-Hash of what is recorded, written down anew from X-Road's rules. */
function hashOf({ start, headers }: Head, body: Buffer | string = ""): string {
  if (start.kind !== "request") throw new TypeError("no request");
  const sha512 = (data: Buffer | string) =>
    createHash("sha512")
      .update(data as string, "latin1")
      .digest();
  const lines = headers.map(([name, value]) => `${name}:${value}\r\n`).join("");
  const head = sha512(`${start.method}\r\n${start.target}\r\n${lines}`);
  if (body.length === 0) return head.toString("base64");
  return sha512(Buffer.concat([head, createHash("sha512").update(body).digest()])).toString("base64");
}

const linesOf = ({ rawHeaders }: RegisterCall): [string, string][] =>
  rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]!] as [string, string]] : []));
const valuesOf = (call: RegisterCall, wanted: string): string[] =>
  linesOf(call)
    .filter(([name]) => name.toLowerCase() === wanted.toLowerCase())
    .map(([, value]) => value);

t.test("every method, with and without a body", async (t) => {
  for (const method of ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]) {
    for (const body of [undefined, `a body of ${method}`]) {
      await t.test(`${method} ${body ?? "without a body"}`, async (t) => {
        const { call, result, asking } = await asked(t, {
          method,
          path: open,
          ...(body !== undefined && { body }),
        });
        t.same([call.method, call.target, call.body.toString()], [method, "/base/thing", body ?? ""]);
        t.equal(result.status, 200);
        t.equal(result.body.toString(), method === "HEAD" ? "" : '{"found":true}');
        t.same(asking[0]?.document.endpoint, { method, template: "/**" });
      });
    }
  }
});

t.test("paths and queries are forwarded byte for byte", async (t) => {
  const forwarded: readonly [rest: string, target: string][] = [
    ["", "/base"],
    ["/", "/base/"],
    ["?", "/base?"],
    ["?a=b", "/base?a=b"],
    ["/a%20b/%22c%22/%5Bd%5D", "/base/a%20b/%22c%22/%5Bd%5D"],
    ["/k%C3%A4si/%e2%82%ac", "/base/k%C3%A4si/%e2%82%ac"],
    ["/a%2Fb;v=1/c:d@e!$&'()*+,=~", "/base/a%2Fb;v=1/c:d@e!$&'()*+,=~"],
    ["/a/?x=%2F&&y=[1]&z=a/../b//c?d", "/base/a/?x=%2F&&y=[1]&z=a/../b//c?d"],
    ["/...", "/base/..."],
  ];
  for (const [rest, target] of forwarded) {
    await t.test(rest, async (t) => {
      const { call, asking } = await asked(t, { path: pathOf(services.open, rest) });
      t.equal(call.target, target);
      const { start } = asking[0]!.head;
      t.equal(start.kind === "request" && start.target, pathOf(services.open, rest));
    });
  }
});

t.test("headers on their way to the service", async (t) => {
  const custom = [
    "X-Custom",
    "1",
    "x-CUSTOM",
    "2",
    "Accept",
    "text/csv",
    "X-Custom",
    "",
    "X-Latin",
    "k\xe4si",
    "Cookie",
    "a=b",
  ];
  const passing = [
    ...custom,
    "Authorization",
    "Bearer theirs",
    "Accept-Encoding",
    "br",
    "Range",
    "bytes=0-1",
    "If-None-Match",
    '"e"',
  ];
  const stopped = [
    ...[
      "Keep-Alive",
      "timeout=5",
      "TE",
      "trailers",
      "Trailer",
      "X-T",
      "Upgrade",
      "h2c",
      "User-Agent",
      "agent/1",
    ],
    ...["Proxy-Authenticate", "Basic", "Proxy-Connection", "keep-alive", "X-Hop", "1", "Server", "s"],
    ...[
      "X-Road-Request-Id",
      "mine",
      "X-Road-Request-Hash",
      "mine",
      "X-Road-Service",
      "A/B/C/D/e",
      "X-Road-Error",
      "x",
    ],
    ...[
      "X-HTTP-Method-Override",
      "DELETE",
      "X-Original-URL",
      "/admin",
      "X-Forwarded-For",
      "10.0.0.1",
      "Forwarded",
      "for=1",
    ],
    ...[
      "X-Forwarded-Host",
      "evil",
      "Sealway-Exchange-Id",
      "1",
      "Sealway-Anything",
      "1",
      "tracestate",
      "a=b",
      "baggage",
      "c=d",
    ],
    ...["Remote-User", "root", "X-SSL-Client-Cert", "x"],
  ];
  const { call } = await asked(t, {
    path: open,
    headers: ["Connection", "keep-alive, X-Hop", ...passing, ...stopped],
  });
  const kept = linesOf(call).filter(([name]) => passing.includes(name));
  t.same(kept.flat(), passing, "in their order and case, duplicates kept");
  for (let i = 0; i < stopped.length; i += 2) {
    if (/^X-Road-Request-Id$/i.test(stopped[i]!)) continue;
    t.same(valuesOf(call, stopped[i]!), [], `${stopped[i]} does not pass`);
  }
  t.same(valuesOf(call, "host"), [`127.0.0.1:${country.register.port}`]);
  t.same(valuesOf(call, "x-road-client"), [benefits]);
  t.same(valuesOf(call, "content-length"), []);
});

t.test("what the gateway says to the service and to the caller", async (t) => {
  const { call, result, asking } = await asked(t, { path: open, headers: ["X-Road-Request-Id", "mine"] });
  const { id } = asking[0]!.document;
  const queryId = result.header("x-road-id")!;
  t.match(queryId, new RegExp(`^${instance}-[0-9a-f-]{36}$`));
  t.same(valuesOf(call, "x-road-id"), [queryId]);
  t.same(valuesOf(call, "x-road-request-id"), [id]);
  t.same(
    asking[0]!.head.headers.slice(-2),
    [
      ["x-road-request-id", id],
      ["x-road-id", queryId],
    ],
    "appended in X-Road's order",
  );
  const own = result.headers.filter(([name]) => name.startsWith("x-road-"));
  t.same(
    own.map(([name]) => name),
    ["x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash"],
  );
  t.same(
    own.slice(0, 4).map(([, value]) => value),
    [queryId, benefits, services.open.id, id],
  );
  t.equal(result.header("Sealway-Exchange-Id"), id);
  t.equal(result.header("Sealway-Service-Version"), "1.2.3");
  t.equal(result.header("Sealway-Demonstration"), "true");
});

t.test("what a caller may state", async (t) => {
  const stated: readonly [
    name: string,
    value: string,
    sent: (d: Watched<RawAnswer>["asking"][0]) => unknown,
    signed: unknown,
  ][] = [
    ["X-Road-Id", "case-7", ({ document }) => document.queryId, "case-7"],
    ["X-Road-Id", "7".repeat(1000), ({ document }) => document.queryId, null],
    ["X-Road-Id", 'a "quoted" k\xc3\xa4si/1', ({ document }) => document.queryId, null],
    ["X-Road-UserId", "EE47101010033", ({ head }) => head.openings.user?.value, "EE47101010033"],
    ["X-Road-UserId", "K\xc3\xa4si", ({ head }) => head.openings.user?.value, "Käsi"],
    ["X-Road-UserId", "K\xe4si", ({ head }) => head.openings.user?.value, "Käsi"],
    ["X-Road-UserId", "", ({ head }) => head.openings.user?.value, ""],
    ["X-Road-Issue", "B-2026/\xe2\x82\xac", ({ head }) => head.openings.caseReference?.value, "B-2026/€"],
    ["X-Road-Represented-Party", "10000004", ({ document }) => document.representedParty, "10000004"],
    [
      "X-Road-Represented-Party",
      "GOV/k%C3%A4si",
      ({ document }) => document.representedParty,
      "GOV/k%C3%A4si",
    ],
    ["X-Road-Security-Server", "DEV/GOV/10000001/ss1", ({ document }) => document.to, "DEV/GOV/10000001/ss1"],
    ["Sealway-Decision-Use", "caseworker", ({ document }) => document.decisionUse, "caseworker"],
  ];
  for (const [name, value, signed, expected] of stated) {
    await t.test(`${name}: ${value.slice(0, 20)}`, async (t) => {
      const { call, result, asking, answering } = await asked(t, { path: open, headers: [name, value] });
      t.equal(signed(asking[0]!), expected);
      t.equal(signed(answering[0]!), expected);
      if (!name.startsWith("Sealway-")) t.same(valuesOf(call, name), [value], "forwarded as it came");
      if (name === "X-Road-Id") t.equal(result.header("x-road-id"), value);
    });
  }
});

t.test("the client in other words", async (t) => {
  const spelt: readonly [name: string, ask: Ask, client: string, forwarded: string][] = [
    [
      "percent-encoded",
      { path: open, client: "DEV/GOV/10000003/%62enefits" },
      benefits,
      "DEV/GOV/10000003/%62enefits",
    ],
    [
      "escapes in lower case",
      { path: open, client: "DEV/GOV/10000003/k%c3%a4si" },
      clients.umlaut,
      "DEV/GOV/10000003/k%c3%a4si",
    ],
    ["twice the same", { path: open, headers: ["x-road-client", benefits] }, benefits, benefits],
    ["Uxp-Client", { path: open, client: null, headers: ["Uxp-Client", benefits] }, benefits, benefits],
    [
      "X-GovStack-Client",
      { path: open, client: null, headers: ["X-GovStack-Client", benefits] },
      benefits,
      benefits,
    ],
    [
      "Information-Mediator-Client",
      { path: open, client: null, headers: ["Information-Mediator-Client", benefits] },
      benefits,
      benefits,
    ],
    ["an alias beside it", { path: open, headers: ["Uxp-Client", benefits] }, benefits, benefits],
  ];
  for (const [name, ask, client, forwarded] of spelt) {
    await t.test(name, async (t) => {
      const { call, result, asking } = await asked(t, ask);
      t.equal(asking[0]?.document.client, client);
      t.same(valuesOf(call, "x-road-client"), [forwarded]);
      t.equal(result.header("x-road-client"), client);
      t.notMatch(call.rawHeaders.join(), /uxp-|govstack|mediator/i);
    });
  }
  await t.test("/restapi", async (t) => {
    const headers = ["Uxp-Client", benefits, "Uxp-Service", services.open.id];
    const { call } = await asked(t, { path: "/restapi/a%20b?c", client: null, headers });
    t.equal(call.target, "/base/a%20b?c");
    t.equal((await asked(t, { path: "/restapi", client: null, headers })).call.target, "/base");
  });
});

t.test("bodies", async (t) => {
  const large = randomBytes(300_000);
  const rows: readonly [
    name: string,
    body: Buffer | string,
    framing: "length" | "chunked",
    sealed: number | null,
  ][] = [
    ["with a length", "whatever", "length", 8],
    ["in chunks, without a length", "whatever and more", "chunked", 17],
    ["empty, announced", "", "length", null],
    ["empty, in chunks, counts as none", "", "chunked", null],
    ["every byte", Buffer.from(Array.from({ length: 256 }, (_, i) => i)), "length", 256],
    ["300,000 bytes", large, "length", 300_000],
    ["300,000 bytes in chunks", large, "chunked", 300_000],
  ];
  country.register.answer(({ body }) => ({ headers: ["Content-Type", "application/octet-stream"], body }));
  for (const [name, body, framing, sealed] of rows) {
    await t.test(name, async (t) => {
      const { call, result, asking } = await asked(t, { method: "POST", path: open, body, framing });
      t.ok(call.body.equals(Buffer.from(body as string)), "the service got it");
      t.ok(result.body.equals(Buffer.from(body as string)), "and its answer came back");
      t.equal(asking[0]?.head.body?.length ?? null, sealed);
      t.same(valuesOf(call, "transfer-encoding"), []);
      t.same(
        valuesOf(call, "content-length"),
        sealed === null ? (call.method === "POST" ? ["0"] : []) : [String(sealed)],
      );
    });
  }
  country.register.answer();
});

t.test("Expect: 100-continue", async (t) => {
  const body = "after the invitation";
  const ask = {
    method: "POST",
    path: open,
    headers: ["Expect", "100-continue", "Content-Length", String(body.length)],
  };
  await t.test("the body is invited, then taken", async (t) => {
    const socket = await connect(door);
    socket.write(requestBytes(ask));
    const [first] = await Promise.all([new Promise<Buffer>((resolve) => socket.once("data", resolve))]);
    t.equal(first?.toString("latin1"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write(body);
    t.equal((await readAnswer(socket)).status, 200);
    t.equal(country.register.calls.at(-1)?.body.toString(), body);
  });
  await t.test("a call that is refused is not invited", async (t) => {
    const act = () =>
      exchangeBytes(door, requestBytes({ ...ask, path: pathOf({ id: "DEV/GOV/10000001/population/none" }) }));
    const { result } = await checkProblem(t, country, act, { code: "unknown_service" });
    t.equal(result.continues, 0);
    t.equal(result.header("Connection"), "close", "its body may still be on the way");
  });
  await t.test("another expectation is the next hop's", async (t) => {
    const { call } = await asked(t, { path: open, headers: ["Expect", "a-miracle"] });
    t.same(valuesOf(call, "expect"), []);
  });
});

const withoutBody = new Set([204, 304]);
t.test("answers pass as they are", async (t) => {
  const zipped = gzipSync("compressed once");
  const rows: readonly [
    name: string,
    reply: { status?: number; reason?: string; headers?: string[]; body?: Buffer | string },
  ][] = [
    [
      "redirect, which nobody follows",
      { status: 302, reason: "Found", headers: ["Location", "http://127.0.0.1:1/elsewhere"] },
    ],
    ["204", { status: 204, reason: "No Content" }],
    ["304", { status: 304, reason: "Not Modified", headers: ["ETag", '"e"'] }],
    ["an error of the service", { status: 404, reason: "Not Here", body: "nothing" }],
    [
      "an error of the service, 503",
      { status: 503, reason: "Busy", headers: ["Retry-After", "120"], body: "later" },
    ],
    ["a status of its own", { status: 299, reason: "Own", body: "own" }],
    ["an empty reason", { status: 200, reason: "", body: "x" }],
    ["compressed", { headers: ["Content-Encoding", "gzip", "Vary", "Accept-Encoding"], body: zipped }],
    [
      "part",
      { status: 206, reason: "Partial Content", headers: ["Content-Range", "bytes 0-1/9"], body: "ab" },
    ],
    ["cookies, twice", { headers: ["Set-Cookie", "a=1", "set-cookie", "b=2"], body: "x" }],
    [
      "own headers",
      {
        headers: ["X-One", "1", "x-ONE", "2", "X-Latin", "k\xe4si", "Date", "Thu, 01 Jan 2026 00:00:00 GMT"],
        body: "x",
      },
    ],
  ];
  for (const [name, reply] of rows) {
    await t.test(name, async (t) => {
      country.register.answer(reply);
      const { result, answering } = await asked(t, { path: open });
      t.equal(result.status, reply.status ?? 200);
      t.equal(result.reason, reply.reason ?? "OK");
      t.ok(result.body.equals(Buffer.from((reply.body ?? "") as string)));
      if (withoutBody.has(result.status)) t.equal(result.header("Content-Length"), undefined);
      const own = reply.headers ?? [];
      const got = result.headers.filter(([name]) => own.includes(name)).flat();
      t.same(got, own, "headers in their order and case, duplicates kept");
      const { start } = answering[1]!.head;
      t.same(start, { kind: "response", status: reply.status ?? 200, reason: reply.reason ?? "OK" });
    });
  }
  await t.test("a cookie of one consumer reaches no other, and none is kept", async (t) => {
    country.register.answer({ headers: ["Set-Cookie", "session=1"], body: "x" });
    await asked(t, { path: open });
    for (const client of [benefits, clients.inspection]) {
      t.same(valuesOf((await asked(t, { path: open, client })).call, "cookie"), []);
    }
  });
  await t.test("HEAD keeps what it announces, without a body", async (t) => {
    country.register.answer({ headers: ["X-Own", "1"], body: "not sent" });
    const { result } = await asked(t, { method: "HEAD", path: open });
    t.same([result.status, result.header("X-Own"), result.body.length], [200, "1", 0]);
    t.equal(result.header("Content-Length"), undefined, "nobody says what GET would have had");
  });
  country.register.answer();
});

t.test("a service cannot speak for the gateways", async (t) => {
  country.register.answer({
    headers: [
      ...[
        "X-Road-Error",
        "server.serverproxy.access_denied",
        "X-Road-Service",
        "A/B/C/D/e",
        "x-road-id",
        "fake",
      ],
      ...[
        "X-Road-Client",
        "A/B/C",
        "X-Road-Request-Id",
        "fake",
        "X-Road-Request-Hash",
        "fake",
        "x-road-request-other",
        "fake",
      ],
      ...[
        "Sealway-Exchange-Id",
        "fake",
        "Sealway-Evidence",
        "fake",
        "Sealway-As-Of",
        "fake",
        "Server",
        "IIS",
        "Upgrade",
        "h2c",
      ],
      ...["Connection", "X-Hop", "X-Hop", "1", "Keep-Alive", "timeout=9", "Proxy-Authenticate", "Basic"],
    ],
    body: "x",
  });
  const { result } = await asked(t, { path: open });
  t.notMatch(
    result.headers.flat().join("\n"),
    /\b(?:fake|access_denied|A\/B\/C|IIS|h2c|X-Hop|timeout=9|Basic|Trailer)\b/,
  );
  t.equal(result.header("X-Road-Error"), undefined);
  country.register.answer();
});

t.test("answers that may not be delivered", async (t) => {
  const { faultThere } = recorded;
  const invalid = { code: "invalid_response", ...faultThere, calls: 1 } as const;
  const cut = { code: "service_cut_off", ...faultThere, calls: 1 } as const;
  const small = pathOf(services.small);
  await t.test("larger than the description says", (t) => {
    country.register.answer({ body: "x".repeat(1001) });
    return checkProblem(t, country, () => country.ask({ path: small }), invalid);
  });
  await t.test("larger, without a length", (t) => {
    country.register.answer({ headers: ["Transfer-Encoding", "chunked"], body: "x".repeat(100_000) });
    return checkProblem(t, country, () => country.ask({ path: small }), invalid);
  });
  const raw = (text: string) =>
    country.register.answer((_, response) => {
      response.socket!.end(Buffer.from(text, "latin1"));
      return undefined;
    });
  const texts: readonly [name: string, text: string, expected: typeof invalid | typeof cut][] = [
    ["no HTTP", "what?\r\n\r\n", invalid],
    ["an interim status only", "HTTP/1.1 103 Early Hints\r\n\r\n", invalid],
    ["a change of protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", invalid],
    ["headers beyond all measure", `HTTP/1.1 200 OK\r\nA: ${"a".repeat(40_000)}\r\n\r\n`, invalid],
    ["cut in the middle of the headers", "HTTP/1.1 200 OK\r\nContent-Le", cut],
    ["cut in the middle of the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour", cut],
    ["cut in the middle of a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nfour", cut],
    ["closed without a word", "", cut],
  ];
  for (const [name, text, expected] of texts) {
    await t.test(name, (t) => {
      raw(text);
      return checkProblem(t, country, () => country.ask({ path: open }), expected);
    });
  }
  await t.test("a head that does not fit into a message", (t) => {
    country.register.answer({
      headers: ["X-Long", "x".repeat(31_000), "X-More", "y".repeat(1_500)],
      body: "x",
    });
    return checkProblem(t, country, () => country.ask({ path: open }), invalid);
  });
  await t.test("none in time", (t) => {
    country.register.answer((_, response) => void response);
    const expected = { code: "service_timeout", ...faultThere, calls: 1 } as const;
    return checkProblem(t, country, () => country.ask({ path: pathOf(services.brisk) }), expected);
  });
  country.register.answer();
});

t.test("both chains are whole", async (t) => {
  for (const server of [country.asking, country.answering]) t.same(await server.log.findings(), []);
});
