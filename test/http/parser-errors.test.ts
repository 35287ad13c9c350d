import t, { type Test } from "tap";
import type { ErrorCode } from "../../src/core/error-codes.ts";
import { checkAnswer } from "../exchange/country/expectation.ts";
import { tlsOf } from "../exchange/country/peer.ts";
import { clients, services } from "../exchange/country/plan.ts";
import {
  open as connect,
  type Door,
  exchangeBytes,
  type RawAnswer,
  readAnswer,
} from "../exchange/country/raw-http.ts";
import { pathOf, requestBytes, SmallCountry } from "../exchange/country.ts";

/*
 * What node's parser refuses before any of our code sees a request: also that caller is told what is wrong, in X-Road's
 * shape, and the connection ends. Nothing is recorded, nothing is forwarded, and the gateway goes on.
 */

const country = await SmallCountry.start(t);
const { http, https } = country.asking.gateway.ports;
const doors: Readonly<Record<string, Door>> = { http: { port: http! }, https: { port: https!, tls: {} } };
const path = pathOf(services.open, "/thing");
const client = `X-Road-Client: ${clients.benefits}`;
const lines = (...all: string[]) => `${all.join("\r\n")}\r\n\r\n`;
const get = `GET ${path} HTTP/1.1`;
const post = `POST ${path} HTTP/1.1`;
const host = "Host: gateway.example";

// biome-ignore format: a table is read by its columns
const rows: readonly (readonly [name: string, bytes: string, code: ErrorCode])[] = [
  ["garbage",                                 "hello\r\n\r\n", "invalid_http_method"],
  ["a TLS greeting in plain text",            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "invalid_http_method"],
  ["an unknown method",                       lines(`BREW ${path} HTTP/1.1`, host, client), "invalid_http_method"],
  ["a method in lower case",                  lines(`get ${path} HTTP/1.1`, host, client), "invalid_http_method"],
  ["CONNECT",                                 lines("CONNECT gateway.example:443 HTTP/1.1", host), "invalid_http_method"],
  ["no version",                              lines(`GET ${path}`, host, client), "bad_request"],
  ["HTTP/2 in words",                         lines(`GET ${path} HTTP/2.0`, host, client), "bad_request"],
  ["HTTP/2's preface",                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "bad_request"],
  ["a space in the target",                   lines(`GET ${path} x HTTP/1.1`, host, client), "bad_request"],
  ["a control character in the target",       lines(`GET ${path}\x01 HTTP/1.1`, host, client), "bad_request"],
  ["a header without a colon",                lines(get, host, client, "Nothing"), "bad_request"],
  ["a space before the colon",                lines(get, host, client, "X-Custom : 1"), "bad_request"],
  ["a folded header",                         lines(get, host, client, "X-Custom: 1", " more"), "bad_request"],
  ["a control character in a header",         lines(get, host, client, "X-Custom: a\x00b"), "bad_request"],
  ["a bare carriage return in a header",      lines(get, host, client, "X-Custom: a\rb"), "bad_request"],
  ["line feeds only",                         `${get}\n${host}\n${client}\n\n`, "bad_request"],
  ["headers of more than 48 KiB",             lines(get, host, client, `X-Long: ${"x".repeat(60_000)}`), "headers_too_large"],
  ["a target of more than 48 KiB",            lines(`GET ${path}?${"q".repeat(60_000)} HTTP/1.1`, host, client), "headers_too_large"],
  ["Content-Length that is no number",        lines(post, host, client, "Content-Length: ten"), "bad_request"],
  ["Content-Length below zero",               lines(post, host, client, "Content-Length: -1"), "bad_request"],
  ["two Content-Lengths",                     `${lines(post, host, client, "Content-Length: 3", "Content-Length: 4")}abcd`, "bad_request"],
  ["Content-Length and chunks",               `${lines(post, host, client, "Content-Length: 3", "Transfer-Encoding: chunked")}0\r\n\r\n`, "bad_request"],
  ["another transfer coding",                 `${lines(post, host, client, "Transfer-Encoding: gzip")}abc`, "bad_request"],
  ["a chunk size that is no number",          `${lines(post, host, client, "Transfer-Encoding: chunked")}zz\r\nabc\r\n0\r\n\r\n`, "bad_request"],
  ["no Host",                                 lines(get, client), "bad_request"],
];

/** Those that node's parser takes and we do not. */
const wellFormed = new Set(["no version", "HTTP/2 in words", "no Host"]);

for (const [name, bytes, code] of rows) {
  t.test(name, async (t: Test) => {
    for (const [kind, door] of Object.entries(doors)) {
      const seen = await country.watch(() => exchangeBytes(door, bytes));
      checkAnswer(t, seen.result, { code });
      if (!wellFormed.has(name)) t.equal(seen.result.header("Connection"), "close", kind);
      t.same([seen.asking.length, seen.answering.length, seen.calls], [0, 0, 0]);
    }
  });
}

t.test("what goes wrong in the middle of a body", async (t) => {
  const cut = `${lines(post, host, client, "Content-Length: 100")}only this`;
  const broken = `${lines(post, host, client, "Transfer-Encoding: chunked")}3\r\nabc\r\nXX\r\n`;
  const bad: readonly [name: string, bytes: string, code: ErrorCode][] = [
    ["the caller ends its side", cut, "incomplete_body"],
    ["a chunk breaks the grammar", broken, "bad_request"],
  ];
  for (const [name, bytes, code] of bad) {
    await t.test(name, async (t) => {
      const seen = await country.watch(async () => {
        const socket = await connect(doors.http!);
        if (code === "incomplete_body") socket.end(bytes);
        else socket.write(bytes);
        return readAnswer(socket);
      });
      checkAnswer(t, seen.result, { code });
      t.equal(seen.result.header("Connection"), "close");
      t.same([seen.asking.length, seen.answering.length, seen.calls], [0, 0, 0]);
    });
  }
});

t.test(
  "a bad request behind good ones on a connection: theirs are answered first, in their order",
  async (t) => {
    const socket = await connect(doors.http!);
    const seen = await country.watch(async () => {
      const good = [requestBytes({ path }), requestBytes({ path: "/nothing" }), requestBytes({ path })];
      socket.write(Buffer.concat([...good, Buffer.from("garbage\r\n\r\n")]));
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("latin1");
    });
    const told = seen.result.match(/HTTP\/1\.1 \d{3}|X-Road-Error: \S+/g);
    t.same(told, [
      "HTTP/1.1 200",
      "HTTP/1.1 500",
      "X-Road-Error: server.clientproxy.bad_request",
      "HTTP/1.1 200",
      "HTTP/1.1 500",
      "X-Road-Error: server.clientproxy.invalid_http_method",
    ]);
    t.same([seen.asking.length, seen.answering.length, seen.calls], [4, 4, 2]);
  },
);

t.test("HTTP/1.0 is answered, also without Host", async (t) => {
  const answer = await exchangeBytes(doors.http!, lines(`GET ${path} HTTP/1.0`, client));
  t.equal(answer.status, 200);
});

t.test("the peer interface says it in words of peers", async (t) => {
  const door = { port: country.answering.gateway.ports.peer, tls: tlsOf(country.asking.parts.tls) };
  const bad = [
    "hello\r\n\r\n",
    lines("BREW /exchange/v1 HTTP/1.1", host),
    lines("POST /exchange/v1 HTTP/1.1", host, `A: ${"a".repeat(70_000)}`),
  ];
  for (const bytes of bad) {
    const { result, answering } = await country.watch(() => exchangeBytes(door, bytes));
    t.equal(result.status, 400);
    t.match(result.json(), { code: "malformed_message", hop: "provider", remedy: /./ });
    t.same(answering, []);
  }
  await t.rejects(connect({ ...door, tls: { ...door.tls, maxVersion: "TLSv1.2" } }), "TLS 1.3 only");
  const plain: RawAnswer | Error = await exchangeBytes({ port: door.port }, lines(get, host)).catch(
    (e: Error) => e,
  );
  t.ok(plain instanceof Error, "no plain text");
});

t.test("the gateway goes on", async (t) => {
  const seen = await country.watch(() => country.ask({ path }));
  t.equal(seen.result.status, 200);
  t.same([seen.asking.length, seen.answering.length, seen.calls], [2, 2, 1]);
});
