import t from "tap";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { residence } from "../../catalogue/residence.ts";
import { type Answer, PublishingScene } from "./publishing-scene.ts";

const day = 86_400_000;
const minute = 60_000;

/** One authority for all: what is refused changes nothing. */
const scene = await PublishingScene.start(t);
const { country } = scene;
const next: DescriptionDocument = { ...residence, version: "1.1.0", validation: "enforce" };
t.match(await scene.do("publish"), { status: 201 });

const version = () => scene.authority.health().version;
const inForce = version();

type Attempt = () => Promise<Answer>;

const publishNext = async (changes = {}, ...by: Parameters<PublishingScene["sign"]>[1][]) =>
  scene.send(await scene.sign(scene.act("publish", changes, next), ...by), next);

/** A description and an act of one service that is not the sample's. */
const other = async (document: DescriptionDocument) =>
  scene.send(await scene.sign(scene.act("publish", {}, document)), document);

const act = async (
  word: Parameters<PublishingScene["act"]>[0],
  changes: object,
  ...by: Parameters<PublishingScene["sign"]>[1][]
) => scene.send(await scene.sign(scene.act(word, { ...changes }), ...by));

const officers = (...numbers: number[]) => [
  country.populationSeal,
  ...numbers.map((n) => scene.officers[n]!),
];
const observe = (changes: object, ...numbers: number[]) =>
  act("observe", { until: country.clock.time + day, reason: "Why.", ...changes }, ...officers(...numbers));

/** Does something in another state of the world. */
async function given<Result>(change: () => () => void, attempt: () => Promise<Result>): Promise<Result> {
  const undo = change();
  try {
    return await attempt();
  } finally {
    undo();
  }
}

const later = (milliseconds: number) => () => {
  country.clock.time += milliseconds;
  return () => {
    country.clock.time -= milliseconds;
  };
};
const revoked = () => {
  const { serial } = country.populationSeal.certificate;
  const hex = typeof serial === "string" ? serial : (serial as Buffer).toString("hex");
  scene.ocsp.knobs.revoked = [{ serial: hex, time: country.clock.time - day }];
  return () => {
    scene.ocsp.knobs.revoked = [];
  };
};
const responderAway = () => {
  scene.ocsp.knobs.fault = "reset";
  return () => {
    scene.ocsp.knobs.fault = "none";
  };
};

const replayed = await scene.sign(scene.act("publish", { previous: null }));
const stranger = country.ca.issueSeal(unsafeId("DEV/GOV/10000001"), "Nobody registered it");

// biome-ignore format: a table is read by its columns
const refusals: readonly (readonly [what: string, code: string, attempt: Attempt])[] = [
  ["a description signed by another member",       "certificate_wrong_member", () => publishNext({}, country.benefitsSeal)],
  ["a seal that is not registered",                "certificate_unknown",      () => publishNext({}, stranger)],
  ["a TLS certificate in the place of a seal",     "certificate_unknown",      () => publishNext({}, country.tls1)],
  ["an expired seal",                              "certificate_expired",      () => given(later(400 * day), () => publishNext())],
  ["a revoked seal",                               "certificate_revoked",      () => given(revoked, () => publishNext())],
  ["no OCSP responder that answers",               "ocsp_invalid",             () => given(responderAway, () => publishNext())],
  ["an act of another instance",                   "malformed_statement",      () => publishNext({ instance: "XX" })],
  ["an act of six minutes ago",                    "act_not_fresh",            () => publishNext({ time: country.clock.time - 6 * minute })],
  ["an act of the future",                         "act_not_fresh",            () => publishNext({ time: country.clock.time + 6 * minute })],
  ["a replayed act",                               "act_out_of_order",         () => scene.send(replayed, residence)],
  ["an act that follows another one",              "act_out_of_order",         () => publishNext({ previous: "x".repeat(43) })],
  ["a rolled-back catalogue: a first act again",   "act_out_of_order",         () => publishNext({ previous: null })],
  ["the same version again",                       "transition_refused",       async () => scene.send(await scene.sign(scene.act("publish")), residence)],
  ["an older version",                             "publication_refused",      () => other({ ...residence, version: "0.9.0" })],
  ["a service of somebody who is not registered",  "unknown_member",           () => other({ ...residence, id: unsafeId("DEV/GOV/10000001/nowhere/residence") })],
  ["a service of another member",                  "certificate_wrong_member", () => other({ ...residence, id: unsafeId("DEV/GOV/10000003/benefits/residence") })],
  ["a reserved code",                              "act_refused",              () => other({ ...residence, id: unsafeId("DEV/GOV/10000001/population/sealway.x") })],
  ["a description of another service",             "act_refused",              () => publishNext({ service: "DEV/GOV/10000001/population/other", previous: null })],
  ["a description of another version",             "act_refused",              () => publishNext({ version: "1.2.0" })],
  ["another description than was signed",          "digest_mismatch",          async () => scene.send(await scene.sign(scene.act("publish", {}, next)), residence)],
  ["no description",                               "malformed_statement",      async () => scene.send(await scene.sign(scene.act("publish", {}, next)))],
  ["a description with another act",               "malformed_statement",      async () => scene.send(await scene.sign(scene.act("suspend", { reason: "x" })), residence)],
  ["a description that is too large",              "malformed_statement",      () => other({ ...next, description: { en: "x".repeat(1024 * 1024) } })],
  ["a request that is too large",                  "bad_request",              () => scene.post("x".repeat(3 * 1024 * 1024))],
  ["what is no JSON",                              "malformed_statement",      () => scene.post("{")],
  ["what is no act",                               "malformed_statement",      () => scene.post('{"act":"a.b.c\\n"}')],
  ["an act that does not exist",                   "malformed_statement",      async () => scene.send(await scene.sign({ ...scene.act("publish"), word: "burn" } as never))],
  ["an altered act",                               "invalid_signature",        async () => scene.send(altered(await scene.sign(scene.act("suspend", { reason: "x" }))))],
  ["a suspension of what nobody published",        "transition_refused",       () => act("suspend", { version: "7.0.0", reason: "x" })],
  ["an act on another description of the version", "act_out_of_order",         () => act("suspend", { description: "x".repeat(43), reason: "x" })],
  ["a sunset in 89 days",                          "act_refused",              () => act("deprecate", { sunset: country.clock.time + 89 * day })],
  ["archiving a version that is published",        "transition_refused",       () => act("archive", { liveAgreements: 0 })],
  ["narrowing by a field that there is not",       "act_refused",              () => act("narrow", { fields: ["/salary"], reason: "x" })],
  ["observing a version that does not enforce",    "act_refused",              () => observe({}, 0, 1)],
  ["observing by the seal alone",                  "access_denied",            () => observe({})],
  ["observing by one officer",                     "access_denied",            () => observe({}, 0)],
  ["observing by one officer twice",               "access_denied",            () => observe({}, 0, 0)],
  ["observing by an officer who is not listed",    "access_denied",            () => observe({}, 0, 2)],
  ["an ordinary act with officers",                "access_denied",            () => act("suspend", { reason: "x" }, ...officers(0, 1))],
];
for (const [what, code, attempt] of refusals) {
  t.test(`refused: ${what}`, async (t) => {
    country.clock.time += 2_000;
    const { status, body } = await attempt();
    t.match(body, { code, status, title: String, remedy: String });
    t.ok(status >= 400);
    t.equal(version(), inForce, "nothing is published");
  });
}

t.test("every finding of the gate is told with place and remedy", async (t) => {
  const { lawfulBases: _, contacts: __, ...lawless } = { ...residence, version: "2.0.0" };
  const { status, body } = await other(lawless as DescriptionDocument);
  t.equal(status, 422);
  const findings = body.findings as { code: string; place: string; remedy: string }[];
  t.match(
    findings.find(({ code }) => code === "law.provision"),
    { place: "/lawfulBases", remedy: /lawful basis/ },
  );
  t.ok(findings.length > 1);
  const { status: shape, body: told } = await other({
    ...residence,
    version: "2.0.0",
    timeoutMs: "soon",
  } as never);
  t.equal(shape, 422);
  t.match(told.findings, [{ code: "description.form", place: "/timeoutMs" }]);
});

t.test("too many acts from one address are not even read", async (t) => {
  const answers = await Promise.all(Array.from({ length: 150 }, () => scene.post("{")));
  t.ok(answers.some(({ status, body }) => status === 503 && body.code === "overloaded"));
  country.clock.time += 10 * minute;
  t.match(await scene.post("{"), { body: { code: "malformed_statement" } }, "later it may ask again");
});

/** One bit of the payload is another one. */
function altered(signed: Buffer): Buffer {
  const [header, payload, value] = signed.toString("latin1").split(".");
  const bytes = Buffer.from(payload!, "base64url");
  const text = bytes.toString("latin1").replace('"reason":"x"', '"reason":"y"');
  return Buffer.from([header, Buffer.from(text, "latin1").toString("base64url"), value].join("."), "latin1");
}

t.test("a version is deprecated, suspended, resumed, narrowed, observed and archived", async (t) => {
  t.match(await scene.do("publish", {}, next), { status: 201 });
  const sunset = country.clock.time + 91 * day;
  const on = (word: Parameters<PublishingScene["do"]>[0], changes: object) =>
    scene.do(word, { ...changes }, next);
  t.match(await on("observe", { until: country.clock.time + 73 * 3_600_000, reason: "x" }), {
    body: { code: "act_refused" },
  });
  t.match(await on("observe", { until: country.clock.time + 71 * 3_600_000, reason: "x" }), { status: 201 });
  t.match(await on("narrow", { fields: ["/address/city"], reason: "x" }), { status: 201 });
  t.match(await on("deprecate", { sunset }), { status: 201 });
  t.match(await on("suspend", { reason: "x" }), { status: 201 });
  t.match(await on("resume", { reason: "x" }), { status: 201 });
  t.match(await on("archive", { liveAgreements: 0 }), { body: { code: "act_refused", detail: /sunset/ } });
  country.clock.time = sunset;
  t.match(await on("archive", { liveAgreements: 2 }), {
    body: { code: "act_refused", detail: /2 agreements/ },
  });
  t.match(await on("archive", { liveAgreements: 0 }), { status: 201 });
  t.match(await on("resume", { reason: "x" }), { body: { code: "transition_refused" } });
});
