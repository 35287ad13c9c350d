import t from "tap";
import {
  consumerResponseHeaders,
  forwardedRequestHeaders,
  forwardedResponseHeaders,
  headerRule,
  serviceRequestHeaders,
} from "../../src/core/header-table.ts";

type Lines = [string, string][];

function linesOf(...names: string[]): Lines {
  return names.map((name) => [name, "v"]);
}

const namesOf = (lines: readonly (readonly [string, string])[]) => lines.map(([name]) => name);

t.test("what a consumer's system says passes in its order and case, duplicates kept", async (t) => {
  const lines: Lines = [
    ["X-Road-Client", "DEV/GOV/1/a"],
    ["Authorization", "Bearer for-the-service"],
    ["X-Custom", "1"],
    ["accept", "text/csv"],
    ["X-Custom", "2"],
    ["Cookie", "session=1"],
    ["X-Road-UserId", "EE1"],
    ["traceparent", "00-1-2-01"],
  ];
  t.strictSame(forwardedRequestHeaders(lines), lines);
  t.strictSame(serviceRequestHeaders(lines, "opaque"), lines);
});

t.test("headers of the connection end at each hop, in both directions", async (t) => {
  const lines = linesOf(
    ...["Connection", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Upgrade"],
    ...["Transfer-Encoding", "Host", "User-Agent", "Server", "Content-Length", "Expect", "HTTP2-Settings"],
  );
  t.strictSame(forwardedRequestHeaders(lines), []);
  t.strictSame(serviceRequestHeaders(lines, "opaque"), []);
  t.strictSame(forwardedResponseHeaders(lines, "opaque"), []);
  t.strictSame(consumerResponseHeaders(lines), []);
});

t.test("what Connection lists ends at this hop, but it cannot take away who asks", async (t) => {
  const lines: Lines = [
    ["connection", "close, X-Hop, x-road-client"],
    ["X-Hop", "1"],
    ["X-Road-Client", "DEV/GOV/1/a"],
    ["X-Kept", "1"],
  ];
  t.strictSame(namesOf(forwardedRequestHeaders(lines)), ["X-Road-Client", "X-Kept"]);
  t.strictSame(namesOf(forwardedResponseHeaders(lines, "opaque")), ["X-Kept"]);
});

t.test("a header that would make the service act on another method, path or caller is dropped", async (t) => {
  const lines = linesOf(
    ...["Forwarded", "X-Forwarded-For", "X-Forwarded-User", "X-Forwarded-Prefix", "X-Real-IP"],
    ...["X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"],
    ...["SSL-Client-Cert", "X-SSL-Client-S-DN", "Client-Cert", "Remote-User", "X-Client-Cert"],
  );
  t.strictSame(forwardedRequestHeaders(lines), []);
  t.strictSame(serviceRequestHeaders(lines, "opaque"), [], "nor from a hostile peer's head");
});

t.test("baggage and tracestate never pass between agencies", async (t) => {
  const lines = linesOf("baggage", "tracestate");
  t.strictSame(forwardedRequestHeaders(lines), []);
  t.strictSame(serviceRequestHeaders(lines, "opaque"), []);
  t.strictSame(forwardedResponseHeaders(lines, "opaque"), []);
  t.strictSame(consumerResponseHeaders(lines), []);
});

t.test("aliases and our own request headers do not leave the gateway", async (t) => {
  const lines = linesOf(
    ...["Uxp-Client", "Uxp-Service", "Uxp-Purpose-Ids", "X-GovStack-Client", "Information-Mediator-Client"],
    ...["Sealway-Purpose", "Sealway-Permission", "sealway-decision-use", "SEALWAY-ANYTHING"],
  );
  t.strictSame(forwardedRequestHeaders(lines), []);
});

t.test("only the gateway sets request id and request hash; the service sees the id", async (t) => {
  const lines = linesOf("X-Road-Request-Id", "X-Road-Request-Hash", "X-Road-Service", "X-Road-Error");
  t.strictSame(forwardedRequestHeaders(lines), []);
  t.strictSame(namesOf(serviceRequestHeaders(lines, "opaque")), ["X-Road-Request-Id"]);
});

t.test("a service cannot fake what the gateways say about the exchange", async (t) => {
  const lines = linesOf(
    ...["X-Road-Id", "X-Road-Client", "X-Road-Service", "X-Road-Request-Id", "X-Road-Request-Hash"],
    ...["X-Road-Error", "Sealway-Exchange-Id", "Sealway-Evidence", "Proxy-Authenticate"],
    ...["RateLimit", "RateLimit-Policy", "RateLimit-Limit", "ratelimit-remaining", "RateLimit-Reset"],
  );
  t.strictSame(forwardedResponseHeaders(lines, "opaque"), []);
  t.strictSame(forwardedResponseHeaders(lines, "json"), []);
});

t.test(
  "the consumer gets X-Road's response headers out of the signed head, and no faked error",
  async (t) => {
    const lines = linesOf(
      ...["Content-Type", "x-road-id", "x-road-client", "x-road-service", "x-road-request-id"],
      ...["x-road-request-hash", "X-Road-Error", "Sealway-Evidence"],
    );
    t.strictSame(namesOf(consumerResponseHeaders(lines)), [
      ...["Content-Type", "x-road-id", "x-road-client", "x-road-service", "x-road-request-id"],
      "x-road-request-hash",
    ]);
  },
);

t.test(
  "what the provider's gateway says of quotas reaches the consumer, and nobody else's word does",
  async (t) => {
    const lines = linesOf(
      "RateLimit",
      "RateLimit-Policy",
      "RateLimit-Limit",
      "RateLimit-Remaining",
      "RateLimit-Reset",
    );
    t.strictSame(consumerResponseHeaders(lines), lines);
    t.strictSame(forwardedRequestHeaders(lines), []);
    t.strictSame(serviceRequestHeaders(lines, "opaque"), []);
  },
);

t.test("an opaque answer passes whole, encoding, redirect, validators and cookies included", async (t) => {
  const lines = linesOf("Content-Encoding", "Location", "ETag", "Set-Cookie", "Set-Cookie", "Date", "X-Any");
  t.strictSame(forwardedResponseHeaders(lines, "opaque"), lines);
  t.strictSame(forwardedResponseHeaders(lines, "signed"), lines);
  t.strictSame(consumerResponseHeaders(lines), lines);
});

t.test("a json answer passes by allow-list", async (t) => {
  const allowed = [
    ...["Content-Type", "Content-Language", "Last-Modified", "Retry-After", "Deprecation", "Sunset"],
    "Cache-Control",
  ];
  const lines = linesOf(...allowed, "Set-Cookie", "Location", "ETag", "Content-Encoding", "Link", "X-Any");
  t.strictSame(namesOf(forwardedResponseHeaders(lines, "json")), allowed);
});

t.test("a json service is asked for identity encoding and for the whole document", async (t) => {
  const lines = linesOf(
    ...[
      "Accept",
      "Accept-Encoding",
      "Range",
      "If-None-Match",
      "If-Modified-Since",
      "If-Range",
      "TE",
      "Cookie",
    ],
    "Authorization",
  );
  t.strictSame(serviceRequestHeaders(lines, "json"), [
    ["Accept", "v"],
    ["Authorization", "v"],
    ["Accept-Encoding", "identity"],
  ]);
});

t.test("values that can name a person are not for the log", async (t) => {
  for (const name of ["X-Road-Id", "X-Road-UserId", "X-Road-Issue", "Authorization", "Cookie", "X-Any"]) {
    t.equal(headerRule(name).logged, false, name);
  }
  t.equal(headerRule("X-Road-Client").logged, true);
});

t.test("names chosen by callers do not fill the memory", async (t) => {
  for (let i = 0; i < 10_000; i++) headerRule(`x-flood-${i}`);
  t.equal(headerRule("X-Forwarded-Late").setBy, "nobody");
  t.equal(headerRule("x-flood-9999").setBy, "both");
});

t.test("which permission it was, the gateway alone says", async (t) => {
  const lines = linesOf("Permission-Statement", "X-Custom");
  t.strictSame(namesOf(forwardedRequestHeaders(lines)), ["X-Custom"]);
  t.strictSame(namesOf(serviceRequestHeaders(lines, "opaque")), ["X-Custom"]);
  t.strictSame(namesOf(forwardedResponseHeaders(lines, "opaque")), ["X-Custom"]);
  t.strictSame(consumerResponseHeaders(lines), lines);
});
