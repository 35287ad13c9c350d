import t from "tap";
import { findEndpoint, parseServiceDescription } from "../../src/catalogue/service-description.ts";
import { bytesOf, description } from "./description.ts";

const parse = (document: unknown) => parseServiceDescription(bytesOf(document), "digest");
const subject = (changes: object) => ({
  in: "path",
  name: "code",
  role: "asked-about",
  scheme: "urn:x",
  ...changes,
});
const withSubject = (changes: object, more: object = {}) =>
  description({
    endpoints: [{ method: "GET", path: "/persons/{code}", subjects: [subject(changes)] }],
    ...more,
  });

t.test("a description is read, with the limits of its kind", async (t) => {
  const json = parse(withSubject({}));
  t.match(json, {
    id: description().id,
    sha256: "digest",
    maxRequestBytes: 2 ** 20,
    maxResponseBytes: 2 ** 20,
  });
  t.strictSame(json.endpoints[0]?.subjects, [subject({})]);
  const opaque = parse(description({ contentKind: "opaque", maxRequestBytes: 5 }));
  t.match(opaque, { maxRequestBytes: 5, maxResponseBytes: 2 ** 40 });
});

const text = JSON.stringify(description());
const bad: [string, unknown][] = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["a list", []],
  ["a name twice", text.replace('"v":1', '"v":1,"v":1')],
  ["a byte-order mark", `\ufeff${text}`],
  ["another version", description({ v: 2 })],
  ["no version", description({ v: undefined })],
  ["a member too many", description({ colour: "red" })],
  ["an id of four parts", description({ id: "DEV/GOV/1/s" })],
  ["an id in another spelling", description({ id: "DEV/GOV/1/s/%61" })],
  ["an id with a dot segment", description({ id: "DEV/GOV/1/../persons" })],
  ["no English title", description({ title: { et: "Isikud" } })],
  ["a version that is no semantic version", description({ version: "1" })],
  ["another kind of content", description({ contentKind: "xml" })],
  ["no time", description({ timeoutMs: 0 })],
  ["no endpoint", description({ endpoints: [] })],
  ["a method that there is not", description({ endpoints: [{ method: "FETCH", path: "/" }] })],
  ["a path that is no template", description({ endpoints: [{ method: "GET", path: "/{" }] })],
  ["a parameter twice in a path", description({ endpoints: [{ method: "GET", path: "/{a}/{a}" }] })],
  ["a subject in an opaque body", withSubject({ in: "body", name: "/code" }, { contentKind: "opaque" })],
  ["a subject in a parameter that the path has not", withSubject({ name: "id" })],
  ["a subject in a header that can have no such name", withSubject({ in: "header", name: "person code" })],
  ["a subject in the body without pointer", withSubject({ in: "body", name: "code" })],
  ["a subject in the body with a malformed pointer", withSubject({ in: "body", name: "/a~2" })],
  ["a subject of a role that requests do not have", withSubject({ role: "in-answer" })],
  ["a scheme with a space", withSubject({ scheme: "a b" })],
];
for (const [reason, document] of bad) {
  t.test(`refused: ${reason}`, async (t) =>
    t.throws(() => parse(document), { name: "SealwayError", code: "bad_request" }),
  );
}

const service = parse(
  description({
    endpoints: [
      { method: "GET", path: "/persons/search" },
      { method: "GET", path: "/persons/{code}" },
      { method: "*", path: "/files/**" },
    ],
  }),
);

t.test("the first endpoint that the call fits is its endpoint", async (t) => {
  const found = (method: string, path: string) => findEndpoint(service, method, path).endpoint.template.text;
  t.equal(found("GET", "/persons/search"), "/persons/search");
  t.equal(found("GET", "/persons/1"), "/persons/{code}");
  t.equal(found("DELETE", "/files/a/b"), "/files/**");
  t.strictSame([...findEndpoint(service, "GET", "/persons/1").parameters], [["code", "1"]]);
});

const nowhere: [string, string, string, string][] = [
  ["another method", "POST", "/persons/1", "endpoint_not_described"],
  ["another path", "GET", "/people", "endpoint_not_described"],
  ["the empty path", "GET", "", "endpoint_not_described"],
  ["a path that decodes to a more special endpoint", "GET", "/persons/%73earch", "ambiguous_path"],
  ["a path with a hidden slash", "GET", "/persons/1%2F2", "ambiguous_path"],
];
for (const [what, method, path, code] of nowhere) {
  t.test(`refused: ${what}`, async (t) => t.throws(() => findEndpoint(service, method, path), { code }));
}
