import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { checkIdToken } from "../../src/web/sign-in/check-id-token.ts";
import { ProviderClient } from "../../src/web/sign-in/provider-client.ts";

/*
 * Tokens that no honest provider makes, made by hand: what jose would not sign must be refused all the same.
 */

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = (key: KeyObject, kid: string, more: object = {}) => ({
  ...key.export({ format: "jwk" }),
  kid,
  ...more,
});
let keys: object[] = [];

let answers: Record<string, () => [status: number, body: string]> = {};
const server = createServer((request, response) => {
  const [status, body] = answers[request.url!]?.() ?? [404, "{}"];
  response
    .writeHead(status, { "content-type": "application/json", location: "http://127.0.0.1:9/" })
    .end(body);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
t.teardown(() => server.close());
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const discovery = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
};

let provider: ProviderClient;
t.beforeEach(() => {
  keys = [jwk(ec.publicKey, "ec"), jwk(rsa.publicKey, "rsa"), { kty: "oct", kid: "oct", k: "c2VjcmV0" }];
  answers = {
    "/.well-known/openid-configuration": () => [200, JSON.stringify(discovery)],
    "/jwks": () => [200, JSON.stringify({ keys })],
  };
  provider = new ProviderClient({ issuer, clientId: "portal", clientSecret: "s" }, systemClock);
});

const seconds = () => Math.floor(systemClock.now() / 1000);
const claims = (change: object = {}) => ({
  ...{ iss: issuer, aud: "portal", sub: "46808039945", nonce: "n", acr: "high", auth_time: seconds() },
  ...{ iat: seconds(), exp: seconds() + 300 },
  ...change,
});
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
type Sign = (input: string) => Buffer;
const es256 =
  (key: KeyObject): Sign =>
  (input) =>
    sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
const token = (header: object, payload: object, signing: Sign) => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signing(input).toString("base64url")}`;
};
const good = (payload: object = claims()) =>
  token({ alg: "ES256", kid: "ec" }, payload, es256(ec.privateKey));
const judge = (text: string, signedInSince: number | null = null) =>
  checkIdToken(text, provider, { nonce: "n", acr: ["high"], signedInSince, now: systemClock.now() });

t.test("a good token, by either kind of key", async (t) => {
  t.match(await judge(good()), { identifier: "46808039945", acr: "high" });
  const rs256: Sign = (input) => sign("sha256", Buffer.from(input), rsa.privateKey);
  t.match(await judge(token({ alg: "RS256", kid: "rsa" }, claims(), rs256)), { identifier: "46808039945" });
  t.match(await judge(good(claims({ aud: ["portal"], azp: "portal" }))), { name: "" });
});

const pem = ec.publicKey.export({ type: "spki", format: "pem" });
const hmac =
  (secret: string | Buffer): Sign =>
  (input) =>
    createHmac("sha256", secret).update(input).digest();

for (const [title, forged] of [
  ["alg none", () => token({ alg: "none", kid: "ec" }, claims(), () => Buffer.alloc(0))],
  ["alg None", () => token({ alg: "None", kid: "ec" }, claims(), () => Buffer.alloc(0))],
  ["no signature", () => good().replace(/[^.]+$/, "")],
  ["no signature part", () => good().replace(/\.[^.]+$/, "")],
  ["HS256 with the public key", () => token({ alg: "HS256", kid: "ec" }, claims(), hmac(String(pem)))],
  ["HS256 with the RSA key's name", () => token({ alg: "HS256", kid: "rsa" }, claims(), hmac(String(pem)))],
  ["HS256 with a published secret", () => token({ alg: "HS256", kid: "oct" }, claims(), hmac("secret"))],
  [
    "ES256 under the RSA key's name",
    () => token({ alg: "ES256", kid: "rsa" }, claims(), es256(ec.privateKey)),
  ],
  ["RS256 under the EC key's name", () => token({ alg: "RS256", kid: "ec" }, claims(), es256(ec.privateKey))],
  [
    "another key of the same name",
    () => token({ alg: "ES256", kid: "ec" }, claims(), es256(other.privateKey)),
  ],
  [
    "a key that it brings itself",
    () => token({ alg: "ES256", jwk: jwk(other.publicKey, "ec") }, claims(), es256(other.privateKey)),
  ],
  ["no kid, of several keys", () => token({ alg: "ES256" }, claims(), es256(ec.privateKey))],
  ["an unknown kid", () => token({ alg: "ES256", kid: "../ec" }, claims(), es256(ec.privateKey))],
  [
    "a critical header that nobody knows",
    () => token({ alg: "ES256", kid: "ec", crit: ["x"], x: 1 }, claims(), es256(ec.privateKey)),
  ],
  ["changed claims", () => good().replace(/\.[^.]+\./, `.${encode(claims({ sub: "50001010005" }))}.`)],
  ["another nonce", () => good(claims({ nonce: "m" }))],
  ["a nonce that is a list", () => good(claims({ nonce: ["n"] }))],
  ["another issuer", () => good(claims({ iss: "https://elsewhere.example" }))],
  ["the issuer with a slash", () => good(claims({ iss: `${issuer}/` }))],
  ["another audience", () => good(claims({ aud: "bank" }))],
  ["a second audience", () => good(claims({ aud: ["portal", "bank"] }))],
  ["another authorized party", () => good(claims({ azp: "bank" }))],
  ["a time that is over", () => good(claims({ exp: seconds() - 60 }))],
  ["a time that is to come", () => good(claims({ nbf: seconds() + 60 }))],
  ["an age of an hour", () => good(claims({ iat: seconds() - 3600 }))],
  ["another level", () => good(claims({ acr: "low" }))],
  ["a level that is a list", () => good(claims({ acr: ["high"] }))],
  ["no level", () => good(claims({ acr: undefined }))],
  ["no person", () => good(claims({ sub: undefined }))],
  ["a person with a line break", () => good(claims({ sub: "46808039945\r\nX-Road-Client: x" }))],
  ["no time of sign-in", () => good(claims({ auth_time: undefined }))],
  ["encryption instead", () => "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"],
  ["no token at all", () => "…"],
  ["20 KiB", () => good(claims({ x: "x".repeat(20_000) }))],
] as const) {
  t.test(`a token with ${title} is refused`, async (t) => {
    await t.rejects(judge(forged()), { name: "ProviderError" });
  });
}

t.test("a sign-in before the act was asked for does not count, one at that very second does", async (t) => {
  const began = systemClock.now();
  await judge(good(), began);
  await t.rejects(judge(good(claims({ auth_time: seconds() - 30 })), began), /earlier sign-in/);
  await t.rejects(judge(good(claims({ auth_time: String(seconds()) })), began), /earlier sign-in/);
});

t.test(
  "a key that is published later is found, and none is asked for more often than every 10 s",
  async (t) => {
    keys = [jwk(other.publicKey, "other")];
    await t.rejects(judge(good()), /no such key/);
    keys = [jwk(ec.publicKey, "ec")];
    await t.rejects(judge(good()), /no such key/, "asked for just now");
    let now = systemClock.now();
    provider = new ProviderClient({ issuer, clientId: "portal", clientSecret: "s" }, { now: () => now });
    keys = [jwk(other.publicKey, "other")];
    await t.rejects(judge(good()), /no such key/);
    keys = [jwk(ec.publicKey, "ec")];
    now += 11_000;
    t.match(await judge(good()), { identifier: "46808039945" });
  },
);

t.test("a provider that answers badly signs nobody in, and is asked again", async (t) => {
  const path = "/.well-known/openid-configuration";
  const bad: readonly (readonly [string, () => [number, string]])[] = [
    ["of another issuer", () => [200, JSON.stringify({ ...discovery, issuer: "https://elsewhere.example" })]],
    [
      "leads to plain HTTP",
      () => [200, JSON.stringify({ ...discovery, token_endpoint: "http://idp.example/token" })],
    ],
    ["leads to a file", () => [200, JSON.stringify({ ...discovery, jwks_uri: "file:///etc/passwd" })]],
    ["is not JSON", () => [200, "<html>"]],
    ["is a list", () => [200, "[]"]],
    ["is an error", () => [500, JSON.stringify(discovery)]],
    ["is elsewhere", () => [302, JSON.stringify(discovery)]],
    ["has no end", () => [200, `{"x":"${"x".repeat(300_000)}"}`]],
  ];
  for (const [title, answer] of bad) {
    answers[path] = answer;
    await t.rejects(provider.metadata(), { name: "ProviderError" }, title);
  }
  answers[path] = () => [200, JSON.stringify(discovery)];
  t.match(await provider.metadata(), { issuer });
});
