import t from "tap";
import { checkAgreement, isPublicQueryId, singleHeader } from "../../src/message/agreement-with-head.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head, HeaderLine } from "../../src/message/head.ts";
import { client, providerServer, request, requestHead, responseHead, responseTo, service } from "./scene.ts";

const response = responseTo("header..value");

type Lines = readonly HeaderLine[];
const without = (name: string) => (lines: Lines) => lines.filter(([other]) => other !== name);
const withValue = (name: string, value: string) => (lines: Lines) =>
  lines.map((line): HeaderLine => (line[0] === name ? [name, value] : line));
const adding =
  (name: string, value: string) =>
  (lines: Lines): Lines => [...lines, [name, value]];

interface Case {
  readonly what: string;
  readonly document?: Partial<ExchangeDocument>;
  readonly headers?: (lines: Lines) => Lines;
  readonly head?: Partial<Head>;
  readonly code?: string;
}

const target = (text: string): Partial<Head> => ({
  start: { kind: "request", method: "POST", target: text },
});

const badRequests: readonly Case[] = [
  { what: "another client in the head", headers: withValue("X-Road-Client", "DEV/GOV/10000001/other") },
  { what: "another client in the document", document: { client: "DEV/GOV/10000001/other" as typeof client } },
  { what: "no client", headers: without("X-Road-Client") },
  { what: "two clients", headers: adding("x-road-client", client) },
  { what: "a client that cannot be read", headers: withValue("X-Road-Client", "DEV") },
  {
    what: "another request id",
    headers: withValue("x-road-request-id", request.conversation.replace(/.$/, "x")),
  },
  { what: "no request id", headers: without("x-road-request-id") },
  { what: "two request ids", headers: adding("X-Road-Request-Id", request.id) },
  { what: "another query id", headers: withValue("X-Road-Id", "DEV-q-2") },
  { what: "no query id", headers: without("X-Road-Id") },
  { what: "two query ids", headers: adding("X-ROAD-ID", "DEV-q-1") },
  { what: "another represented party", headers: withValue("X-Road-Represented-Party", "COM/1") },
  { what: "no represented party", headers: without("X-Road-Represented-Party") },
  { what: "a represented party that the document does not name", document: { representedParty: null } },
  { what: "another user", headers: withValue("X-Road-UserId", "EE1") },
  { what: "no user", headers: without("X-Road-UserId") },
  { what: "a user that nothing commits to", head: { openings: { ...requestHead.openings, user: null } } },
  { what: "another case", headers: withValue("X-Road-Issue", "B-2026/2") },
  { what: "no case", headers: without("X-Road-Issue") },
  { what: "two cases", headers: adding("x-road-issue", "B-2026/1") },
  { what: "another security server", headers: adding("X-Road-Security-Server", "DEV/GOV/1/ss") },
  { what: "a security server that cannot be read", headers: adding("X-Road-Security-Server", "ss") },
  { what: "another service in the target", head: target("/r1/DEV/GOV/10000002/population/others/persons/1") },
  {
    what: "another service in the document",
    document: { service: { ...request.service, id: `${service}2` as typeof service } },
  },
  { what: "a target that can be read in two ways", head: target(`/r1/${service}/persons/../1`) },
  { what: "a target that is none", head: target("/r2/x") },
  { what: "a path of another endpoint", head: target(`/r1/${service}/persons`) },
  { what: "a path that decodes to another endpoint", head: target(`/r1/${service}/persons/1%2F2`) },
  {
    what: "another method in the document",
    document: { endpoint: { method: "GET", template: "/persons/{code}" } },
  },
  {
    what: "another template in the document",
    document: { endpoint: { method: "POST", template: "/persons" } },
  },
  { what: "a template that is none", document: { endpoint: { method: "POST", template: "/persons/{code" } } },
  { what: "the head of a response", head: { start: responseHead.start }, code: "malformed_message" },
];

const badResponses: readonly Case[] = [
  { what: "another client", headers: withValue("x-road-client", "DEV/GOV/10000001/other") },
  { what: "no client", headers: without("x-road-client") },
  { what: "two clients", headers: adding("X-Road-Client", client) },
  { what: "another service", headers: withValue("x-road-service", `${service}2`) },
  { what: "no service", headers: without("x-road-service") },
  { what: "another query id", headers: withValue("x-road-id", "DEV-q-2") },
  { what: "another request id", headers: withValue("x-road-request-id", "x") },
  { what: "the head of a request", head: { start: requestHead.start }, code: "malformed_message" },
];

function check(
  document: ExchangeDocument,
  head: Head,
  { headers = (lines) => lines, ...changes }: Omit<Case, "what">,
) {
  checkAgreement(
    { ...document, ...changes.document },
    { ...head, headers: headers(head.headers), ...changes.head },
  );
}

t.test("document and head of the scene agree", async (t) => {
  t.doesNotThrow(() => check(request, requestHead, {}));
  t.doesNotThrow(() => check(response, responseHead, {}));
});
for (const { what, code = "inconsistent_headers", ...changes } of badRequests) {
  t.test(`refused in a request: ${what}`, async (t) =>
    t.throws(() => check(request, requestHead, changes), { code }),
  );
}
for (const { what, code = "inconsistent_headers", ...changes } of badResponses) {
  t.test(`refused in a response: ${what}`, async (t) =>
    t.throws(() => check(response, responseHead, changes), { code }),
  );
}

const good: readonly Case[] = [
  {
    what: "a client in another spelling",
    headers: withValue("X-Road-Client", client.replace("benefits", "%62enefits")),
  },
  { what: "a query id that the document keeps out", document: { queryId: null } },
  {
    what: "a query id that cannot stand in the document",
    document: { queryId: null },
    headers: withValue("X-Road-Id", "a query, with words"),
  },
  { what: "the security server addressed", headers: adding("X-Road-Security-Server", providerServer) },
  {
    what: "a user in UTF-8",
    headers: withValue("X-Road-UserId", Buffer.from("Jürgen").toString("latin1")),
    head: { openings: { ...requestHead.openings, user: { nonce: "", value: "Jürgen" } } },
  },
];
for (const { what, ...changes } of good) {
  t.test(`taken: ${what}`, async (t) => t.doesNotThrow(() => check(request, requestHead, changes)));
}

t.test("a query id may stand in the document when it is short and plain", async (t) => {
  for (const text of ["a", "DEV-1:2~3._", "q".repeat(100)]) t.ok(isPublicQueryId(text));
  for (const text of ["", "a b", "a/b", "ä", "q".repeat(101), "a\n"]) t.notOk(isPublicQueryId(text));
});

t.test("a single header is found in any case", async (t) => {
  t.equal(
    singleHeader(
      [
        ["X-A", "1"],
        ["x-b", "2"],
      ],
      "x-a",
    ),
    "1",
  );
  t.equal(singleHeader([["X-A", "1"]], "x-c"), undefined);
  t.throws(
    () =>
      singleHeader(
        [
          ["X-A", "1"],
          ["x-a", "1"],
        ],
        "x-a",
      ),
    { code: "inconsistent_headers" },
  );
});
