import t from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { parseClientId, parseServiceId } from "../../src/core/ids.ts";
import { parseAgreement } from "../../src/policy/agreement.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";

const good = {
  v: 1,
  id: "benefits-persons",
  revision: 3,
  consumer: "DEV/GOV/10000001/benefits",
  service: "DEV/GOV/10000002/population/persons",
  endpoints: [{ method: "GET", path: "/persons/{code}" }],
  validity: { from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00+02:00" },
};
const bytesOf = (document: unknown) =>
  Buffer.from(typeof document === "string" ? document : JSON.stringify(document));
const parse = (changes: object) => parseAgreement(bytesOf({ ...good, ...changes }));

t.test("an agreement is read, with the digest of its bytes", async (t) => {
  const bytes = bytesOf(good);
  const { validity, ...rest } = good;
  const { v, ...stated } = rest;
  t.strictSame(parseAgreement(bytes), {
    ...stated,
    validity: { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 11, 31, 22) },
    ...{ bytes, sha256: toBase64Url(sha256(bytes)) },
    ...{ serviceVersions: null, purposes: null, fields: null, reason: null, statedPurpose: "optional" },
  });
  t.equal(v, 1);
  t.equal(validity.from, "2026-01-01T00:00:00Z");
});

t.test("agreements that say the same hold it in memory once, unless it is long", async (t) => {
  const [one, other] = [parse({ fields: ["/name"] }), parse({ id: "another", fields: ["/name"] })];
  t.equal(one.endpoints, other.endpoints);
  t.equal(one.fields, other.fields);
  const long = Array.from({ length: 100 }, (_, i) => `/a-field-of-many/${i}`);
  const [first, second] = [parse({ fields: long }), parse({ id: "another", fields: long })];
  t.same([first.fields, second.fields], [long, long]);
  t.not(first.fields, second.fields);
});

t.test("what it states of versions, purposes and fields is read", async (t) => {
  const terms = {
    serviceVersions: "^1.4",
    purposes: [{ id: "means-test" }, { id: "audit", revision: 2 }],
    statedPurpose: "required",
    fields: ["/name", "/children/*/code"],
    reason: "The address decides which municipality pays.",
  };
  t.match(parse(terms), terms);
  const nothing = { serviceVersions: null, purposes: null, fields: null, reason: null };
  t.match(parse({ ...nothing, statedPurpose: null }), { ...nothing, statedPurpose: "optional" });
});

t.test("what it states of a quota is read", async (t) => {
  for (const quota of [
    { perMinute: 60, over: "block" },
    { perDay: 5000, over: "alert" },
    { perMinute: 60, perDay: 5000, over: "block" },
  ])
    t.strictSame(parse({ quota }).quota, quota);
  t.equal(parse({ quota: null }).quota, undefined);
});

const bad: [string, unknown][] = [
  ["a quota that says not what becomes of calls above it", { ...good, quota: { perDay: 5 } }],
  ["a quota of nothing", { ...good, quota: { over: "block" } }],
  ["a quota of nought", { ...good, quota: { perDay: 0, over: "block" } }],
  ["a quota of half a call", { ...good, quota: { perMinute: 0.5, over: "block" } }],
  ["a quota of a month", { ...good, quota: { perMonth: 5, over: "block" } }],
  ["another word for who states the purpose", { ...good, statedPurpose: "forbidden" }],
  ["nothing", ""],
  ["no JSON", "{"],
  ["a name twice", JSON.stringify(good).replace('"revision":3', '"revision":3,"revision":4')],
  ["another version", { ...good, v: 2 }],
  ["a term that there is not", { ...good, price: 1 }],
  ["no consumer", { ...good, consumer: undefined }],
  ["a consumer of five parts", { ...good, consumer: `${good.consumer}/x` }],
  ["a consumer in another spelling", { ...good, consumer: "DEV/GOV/10000001/%62enefits" }],
  ["a service in another spelling", { ...good, service: "DEV/GOV/10000002/population/%70ersons" }],
  ["no endpoints", { ...good, endpoints: [] }],
  ["an endpoint that is no template", { ...good, endpoints: [{ method: "GET", path: "/{" }] }],
  ["a revision of nought", { ...good, revision: 0 }],
  ["no time zone", { ...good, validity: { ...good.validity, from: "2026-01-01T00:00:00" } }],
  ["an end before the beginning", { ...good, validity: { from: good.validity.to, to: good.validity.from } }],
  [
    "no time between beginning and end",
    { ...good, validity: { from: good.validity.from, to: good.validity.from } },
  ],
  ["versions that are no range", { ...good, serviceVersions: ">=1" }],
  ["no purpose at all", { ...good, purposes: [] }],
  ["a purpose without an id", { ...good, purposes: [{ revision: 1 }] }],
  ["a purpose of revision nought", { ...good, purposes: [{ id: "a", revision: 0 }] }],
  ["no field at all", { ...good, fields: [] }],
  ["a field that is no pointer", { ...good, fields: ["name"] }],
  ["the whole document as a field", { ...good, fields: [""] }],
  ["a field twice", { ...good, fields: ["/a", "/a"] }],
  ["a reason that says nothing", { ...good, reason: "needed" }],
  ["a leap second", { ...good, validity: { ...good.validity, to: "2026-12-31T23:59:60Z" } }],
];
for (const [reason, document] of bad) {
  t.test(`refused: ${reason}`, async (t) => {
    t.throws(() => parseAgreement(bytesOf(document)), { name: "SealwayError", code: "bad_request" });
  });
}

t.test("agreements are found by consumer and service", async (t) => {
  const one = parse({});
  const other = parse({ id: "b" });
  const agreements = new Agreements([one, other, parse({ id: "c", consumer: "DEV/GOV/1" })]);
  t.strictSame(agreements.between(parseClientId(good.consumer), parseServiceId(good.service)), [one, other]);
  t.strictSame(agreements.between(parseClientId("DEV/GOV/2"), parseServiceId(good.service)), []);
  t.throws(() => new Agreements([one, parse({ revision: 4 })]), { code: "bad_request" });
});
