import t, { type Test } from "tap";
import { checkProblem, type ExpectedProblem } from "./country/expectation.ts";
import { tlsOf } from "./country/peer.ts";
import { answeringServer, badge, clients, services } from "./country/plan.ts";
import { type Door, exchangeBytes, open, readAnswer } from "./country/raw-http.ts";
import { type Ask, pathOf, requestBytes, SmallCountry } from "./country.ts";

/*
 * How information systems prove that they are their subsystem, as each is registered: plain HTTP from listed addresses,
 * HTTPS, HTTPS with a client certificate, a bearer token. Whoever cannot is a stranger: told so, and in no log.
 */

const country = await SmallCountry.start(t);
const { http, https } = country.asking.gateway.ports;
const stranger = country.ca.issueTls(answeringServer, "Somebody else");
const expired = country.ca.issueTls(answeringServer, "Past", { notBefore: 0, notAfter: 1000 });

const doors = {
  http: { port: http! },
  https: { port: https!, tls: {} },
  certified: { port: https!, tls: tlsOf(country.certified) },
  stranger: { port: https!, tls: tlsOf(stranger) },
  expired: { port: https!, tls: tlsOf(expired) },
} as const satisfies Record<string, Door>;

const path = pathOf(services.open, "/thing");
const withToken = (token: string) => ["Proxy-Authorization", token];
const required = { code: "client_authentication_required" } as const;
const failed = { code: "client_authentication_failed" } as const;

type Row = readonly [
  name: string,
  door: keyof typeof doors,
  client: string,
  expected: ExpectedProblem | "answered",
  headers?: string[],
];

// biome-ignore format: a table is read by its columns
const rows: readonly Row[] = [
  ["http over HTTP from a listed address",           "http",      clients.benefits,  "answered"],
  ["http over HTTPS",                                "https",     clients.benefits,  "answered"],
  ["http over HTTP from another address",            "http",      clients.remote,    failed],
  ["http over HTTPS from another address",           "https",     clients.remote,    failed],
  ["https over HTTPS",                               "https",     clients.secured,   "answered"],
  ["https over HTTPS with a certificate",            "stranger",  clients.secured,   "answered"],
  ["https over HTTP",                                "http",      clients.secured,   required],
  ["certificate with its own",                       "certified", clients.certified, "answered"],
  ["certificate with another's",                     "stranger",  clients.certified, failed],
  ["certificate with one that has ended",            "expired",   clients.certified, failed],
  ["certificate without one",                        "https",     clients.certified, required],
  ["certificate over HTTP",                          "http",      clients.certified, required],
  ["token with its own",                             "http",      clients.badged,    "answered", withToken(`Bearer ${badge}`)],
  ["token over HTTPS, in another case",              "https",     clients.badged,    "answered", withToken(`bearer   ${badge}`)],
  ["token with another",                             "http",      clients.badged,    failed,     withToken(`Bearer ${badge}x`)],
  ["token with none",                                "http",      clients.badged,    required],
  ["token with the certificate of another",          "certified", clients.badged,    required],
  ["token in another scheme",                        "http",      clients.badged,    required,   withToken(`Basic ${badge}`)],
  ["token empty",                                    "http",      clients.badged,    required,   withToken("Bearer ")],
  ["token in Authorization, which is the service's", "http",      clients.badged,    required,   ["Authorization", `Bearer ${badge}`]],
];

for (const [name, door, client, expected, headers = []] of rows) {
  t.test(name, async (t) => {
    const act = () => country.ask({ path, client, headers }, doors[door]);
    if (expected !== "answered") {
      await checkProblem(t, country, act, expected);
      return;
    }
    const { result, asking, answering, calls } = await country.watch(act);
    t.equal(result.status, 200);
    t.same([asking.length, answering.length, calls], [2, 2, 1]);
    const sent = country.register.calls.at(-1)!.rawHeaders.join("\n");
    t.notMatch(sent, /proxy-authorization/i, "the credential stays here");
  });
}

t.test("the error says what is wrong and no secret", async (t) => {
  const answer = await country.ask({ path, client: clients.badged, headers: withToken("Bearer wrong-one") });
  t.notMatch(answer.body.toString(), /wrong-one/);
  t.notMatch([...country.asking.logLines].join("\n"), new RegExp(`wrong-one|${badge}`));
  const without = await country.ask({ path, client: clients.certified }, doors.https);
  t.match(without.json().message, /specifies HTTPS but did not supply TLS certificate/);
});

t.test("one client's connection is no credential for another client", async (t: Test) => {
  const socket = await open(doors.certified);
  const ask = (client: string): Ask => ({ path, client });
  socket.write(Buffer.concat([requestBytes(ask(clients.certified)), requestBytes(ask(clients.badged))]));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
    if (Buffer.concat(chunks).toString("latin1").includes("ssl_authentication_failed")) break;
  }
  const statuses = Buffer.concat(chunks)
    .toString("latin1")
    .match(/HTTP\/1\.1 \d+/g);
  t.same(statuses, ["HTTP/1.1 200", "HTTP/1.1 500"]);
});

t.test("TLS 1.2 is taken from information systems, older versions and plain text are not", async (t) => {
  const old = await country.ask({ path }, { ...doors.https, tls: { maxVersion: "TLSv1.2" } });
  t.equal(old.status, 200);
  const tls = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
  await t.rejects(open({ ...doors.https, tls }));
  await t.rejects(
    exchangeBytes({ port: https! }, requestBytes({ path })).then(
      ({ status }) => status === 200 || Promise.reject(status),
    ),
  );
  const socket = await open(doors.http);
  socket.write(requestBytes({ path }));
  t.equal((await readAnswer(socket)).status, 200, "the gateway lives");
});
