import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { openRegistryLog } from "../../../src/assembly/open-registry-log.ts";
import { repositoryDirectory } from "../../../src/authority/authority-state.ts";
import { Identifiers } from "../../../src/authority/history/identifiers.ts";
import { RegistryBook } from "../../../src/authority/registration/registry-book.ts";
import type { RegistryEvent } from "../../../src/authority/registry/registry-entry.ts";
import { RegistryState } from "../../../src/authority/registry/registry-state.ts";
import { stateAfter } from "../../../src/authority/registry/standing.ts";
import { loadCatalogueKeys } from "../../../src/authority/services/catalogue-keys.ts";
import { parseServerId } from "../../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../../src/dev/ca.ts";
import { handOverType } from "../../../src/message/registration/hand-over-statement.ts";
import type { RegisteredSeal } from "../../../src/message/registration/registered.ts";
import type { Change } from "../../../src/message/registration/registration-change.ts";
import {
  type RegistrationRequest,
  requestDigest,
  signRegistrationRequest,
} from "../../../src/message/registration/registration-request.ts";
import { signStatement } from "../../../src/message/signed-statement.ts";
import { databaseFile } from "../../../src/store/sqlite/log-files.ts";
import { stateAt } from "../../../src/trust/configuration-index.ts";
import { sharedParametersXml } from "../../../src/trust/shared-parameters.ts";
import { successorsOf } from "../../../src/trust/successors.ts";
import { command } from "../../cli/service-command.ts";
import { benefits, der, population, ss1 } from "../sample-registry.ts";
import { signerOf } from "../services/publishing-scene.ts";
import { newMember, newServer, RegistrationScene } from "./registration-scene.ts";

const desk = `${newMember}/desk` as never;
const day = 86_400_000;

type Answer = Awaited<ReturnType<RegistrationScene["send"]>>;

/** What was taken; a test that asks for it has shown that it was. */
function taken(answer: Answer) {
  if (answer.kind !== "taken") throw new Error(`refused: ${answer.code}: ${answer.detail}`);
  return answer.taken;
}

/** What is listed. */
function listed(answer: Awaited<ReturnType<RegistrationScene["list"]>>) {
  return answer.kind === "taken" ? answer.taken : [];
}

/** A scene in which the newcomer has joined. */
async function joined(t: Parameters<typeof RegistrationScene.start>[0], rules?: object) {
  const scene = await RegistrationScene.start(t, rules);
  const asked = taken(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls));
  await scene.approve(asked, 0);
  const approved = taken(await scene.approve(asked, 1));
  scene.country.clock.time += 1000;
  return { scene, asked: approved };
}

t.test("a newcomer asks, two officers approve, and servers see it", async (t) => {
  const scene = await RegistrationScene.start(t);
  const answer = await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls);
  t.match(answer, { kind: "taken", taken: { state: "requested", persons: 2, approved: 0 } });
  const first = await scene.approve(taken(answer), 0);
  t.match(first, { taken: { state: "requested", approved: 1, configuration: null } });
  t.notOk((await scene.fetched()).member(newMember));
  t.match(await scene.approve(taken(answer), 1), { taken: { state: "approved", configuration: Number } });
  const index = await scene.fetched();
  t.equal(index.member(newMember)?.name, "Newcomer");
  t.equal(index.serverOf(desk)?.id, newServer);
  t.match(await scene.show(taken(answer).request.id), { taken: { state: "approved", persons: 2 } });
  await scene.restart();
  t.ok((await scene.fetched()).member(newMember), "after a restart too");
});

t.test("bad requests of a newcomer", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { ca, clock } = scene.country;
  const refused = async (answer: Promise<Answer>, code: string, name: string) =>
    t.match(await answer, { kind: "refused", code }, name);
  const joining = () => scene.make(...scene.joining());
  const withSeal = (seal: typeof scene.seal) =>
    scene.make(
      ...scene
        .joining()
        .map((one) => (one.kind === "seal-add" ? { ...one, certificate: der(seal).der } : one)),
    );
  const stranger = ca.issueSeal(newMember, "Somebody else");
  await refused(scene.send(joining(), stranger, scene.tls), "certificate_unknown", "signed by another key");
  await refused(scene.send(joining(), scene.seal), "access_denied", "without the key of the TLS certificate");
  await refused(
    scene.send(joining(), scene.tls, scene.country.benefitsSeal),
    "access_denied",
    "signed by another member",
  );
  const expired = ca.issueSeal(newMember, "Newcomer", { notAfter: clock.time - 1000 });
  await refused(scene.send(withSeal(expired), expired, scene.tls), "certificate_expired", "an expired one");
  const other = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: scene.ocsp.url });
  const unlisted = other.issueSeal(newMember, "Newcomer");
  await refused(
    scene.send(withSeal(unlisted), unlisted, scene.tls),
    "certificate_chain",
    "a certificate of an unlisted CA",
  );
  const same = ca.issueSeal(newMember, "Newcomer", { privateKey: scene.country.populationSeal.privateKey });
  await refused(
    scene.send(withSeal(same), same, scene.tls),
    "registration_refused",
    "the same key for two members",
  );
  const tlsAsSeal = scene.tls;
  await refused(
    scene.send(withSeal(tlsAsSeal), tlsAsSeal),
    "certificate_unfit",
    "a TLS certificate as a seal",
  );
  const request = joining();
  await refused(
    scene.send({ ...request, instance: "OTHER" }, scene.seal, scene.tls),
    "registration_refused",
    "for another instance",
  );
  await refused(
    scene.send({ ...request, anchor: "A".repeat(43) }, scene.seal, scene.tls),
    "registration_refused",
    "for another authority",
  );
  await refused(
    scene.send({ ...request, time: clock.time - 25 * 3_600_000 }, scene.seal, scene.tls),
    "act_not_fresh",
    "made long ago",
  );
  t.match(await scene.send(request, scene.seal, scene.tls), { taken: { state: "requested" } });
  await refused(scene.send(request, scene.seal, scene.tls), "replay", "replayed");
  await refused(scene.send(joining(), scene.seal, scene.tls), "transition_refused", "while one waits");
  const index = await scene.fetched();
  t.notOk(index.member(newMember), "nothing of it is published");
});

t.test("what is no request is refused, and nothing is kept of it", async (t) => {
  const scene = await RegistrationScene.start(t);
  const post = async (path: string, body: string) => {
    const answer = await fetch(`${scene.authority.url}/registration/${path}`, { method: "POST", body });
    return (await answer.json()) as object;
  };
  const bodies = ["", "{", "[]", "{}", '{"signatures":[]}', '{"signatures":[1]}', '{"signatures":["a.b.c"]}'];
  for (const path of ["requests", "decisions", "queries"])
    for (const body of [...bodies, '{"decision":"x"}', '{"query":"x"}', '{"query":"x","more":1}'])
      t.match(await post(path, body), { code: "malformed_statement" }, `${path} ${body}`);
  const unknown = { kind: "member-crown", member: newMember } as never;
  t.match(await scene.send(scene.make(unknown), scene.seal), { code: "malformed_statement" });
  const more = { kind: "member-rename", member: newMember, name: "x", more: 1 } as never;
  t.match(await scene.send(scene.make(more), scene.seal), { detail: /\/changes\/0 .*more/ });
  t.match(await post("requests", "x".repeat(3_000_000)), { code: "bad_request" });
  t.strictSame(await scene.list(scene.officers[0]!, "all"), { kind: "taken", taken: [] });
});

t.test("officers act for a member that has no seal left, two of them", async (t) => {
  const { scene } = await joined(t);
  const next = scene.country.ca.issueSeal(newMember, "Newcomer");
  const change = { member: newMember, certificate: der(next).der, servers: [newServer] };
  const request = scene.make({ kind: "seal-add", ...change });
  t.match(await scene.send(request, scene.officers[0]!), { code: "access_denied" }, "without the new key");
  const asked = taken(await scene.send(request, scene.officers[0]!, next));
  t.match(asked, { state: "requested", approved: 1, persons: 2 });
  t.match(await scene.approve(asked, 0), { code: "access_denied" });
  t.match(await scene.approve(asked, 1), { taken: { state: "approved" } });
});

t.test("what cannot be published is not registered, and named", async (t) => {
  const scene = await RegistrationScene.start(t, { memberClasses: ["COM"] });
  t.match(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls), {
    code: "registration_refused",
    detail: /is of a class that there is not/,
  });
  const officers = [Buffer.alloc(100).toString("base64")];
  const change = scene.make({ kind: "server-officers", server: ss1, officers });
  t.match(await scene.send(change, scene.country.populationSeal), {
    code: "registration_refused",
    detail: /certificate cannot be read/,
  });
  const addresses = { kind: "client-add", client: `${benefits}/benefits` as never, server: ss1 } as const;
  const twice = scene.make(addresses);
  t.match(await scene.send(twice, scene.country.populationSeal, scene.country.benefitsSeal), {
    code: "registration_refused",
    detail: /is at DEV\/GOV\/10000001\/ss1 already/,
  });
});

t.test("an identifier that was removed before requests were taken is not given by one", async (t) => {
  const scene = await RegistrationScene.start(t);
  const path = join(repositoryDirectory(scene.stateDir), "identifiers.jsonl");
  const line = { id: newMember, state: "removed", since: "2025-01-01T00:00:00.000Z" };
  appendFileSync(path, `${JSON.stringify(line)}\n`);
  await scene.restart();
  const answer = await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls);
  t.match(answer, {
    code: "registration_refused",
    detail: /10000009 was removed at 2025.*never given again/,
  });
  t.strictSame(listed(await scene.list(scene.officers[0]!, "all")), [], "nothing is kept of it");
});

t.test("of requests at once for the same name one is taken", async (t) => {
  const scene = await RegistrationScene.start(t);
  const sent = [1, 2, 3, 4].map(() => scene.send(scene.make(...scene.joining()), scene.seal, scene.tls));
  const codes = (await Promise.all(sent)).map((answer) => (answer.kind === "taken" ? "taken" : answer.code));
  t.strictSame(codes.sort(), ["taken", ...Array(3).fill("transition_refused")]);
  const [asked] = listed(await scene.list(scene.officers[0]!, "open"));
  const decisions = [0, 1, 2].map((officer) => scene.approve(asked!, officer));
  const states = (await Promise.all(decisions)).map((one) =>
    one.kind === "taken" ? one.taken.state : one.code,
  );
  t.strictSame(states.sort(), ["approved", "requested", "transition_refused"], "and two approve");
});

t.test("a revoked certificate is not registered", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { serial } = scene.seal.certificate;
  scene.ocsp.knobs.revoked.push({ serial: serial.toString("hex"), time: scene.country.clock.time - 1000 });
  t.match(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls), {
    kind: "refused",
    code: "certificate_revoked",
  });
});

t.test("what a member may not ask for", async (t) => {
  const scene = await RegistrationScene.start(t, { automatic: "all" });
  const { populationSeal, benefitsSeal } = scene.country;
  const asks = (by: typeof populationSeal, ...changes: readonly Change[]) =>
    scene.send(scene.make(...changes), by);
  t.match(
    await asks(benefitsSeal, { kind: "subsystem-add", subsystem: `${population}/more` as never, name: "x" }),
    { kind: "refused", code: "access_denied" },
    "for another member's subsystem",
  );
  t.match(
    await asks(benefitsSeal, { kind: "member-suspend", member: population, reason: "x" }),
    { code: "access_denied" },
    "suspensions are the officers'",
  );
  t.match(
    await asks(benefitsSeal, { kind: "server-addresses", server: ss1, addresses: [{ host: "h", port: 1 }] }),
    { code: "access_denied" },
    "another's server",
  );
  const move = scene.make(
    {
      kind: "client-remove",
      client: `${benefits}/benefits` as never,
      server: "DEV/GOV/10000003/ss2" as never,
    },
    { kind: "client-add", client: `${benefits}/benefits` as never, server: ss1 },
  );
  t.match(await scene.send(move, benefitsSeal), { taken: { state: "saved", configuration: null } });
  t.equal((await scene.fetched()).serverOf(`${benefits}/benefits` as never)?.id, "DEV/GOV/10000003/ss2");
  t.match(await scene.send(move, benefitsSeal), { code: "replay" }, "the same signature again");
  t.match(await scene.send(move, populationSeal), { taken: { state: "approved" } }, "the owner signs, too");
  t.equal((await scene.fetched()).serverOf(`${benefits}/benefits` as never)?.id, ss1, "moved at once");
  t.match(
    await asks(populationSeal, { kind: "server-certificate-end", server: ss1, fingerprint: "A".repeat(43) }),
    { code: "transition_refused" },
  );
});

t.test(
  "a client that moves: with the old server's hand-over one officer is enough, without it two must approve",
  async (t) => {
    const { scene } = await joined(t);
    const { clock, populationSeal, benefitsSeal } = scene.country;
    const handOver = async (by: typeof scene.seal, said: object = {}) => {
      const stated = { instance: "DEV", time: clock.time, subsystem: desk, from: newServer, to: ss1 };
      const payload = { ...stated, invitation: "", papers: [], state: [], ...said } as never;
      return (await signStatement(signerOf(by), handOverType, payload)).toString("latin1");
    };
    const move = (statement?: string, to = ss1) =>
      scene.make(
        { kind: "client-remove", client: desk, server: newServer },
        { kind: "client-add", client: desk, server: to, ...(statement && { handOver: statement }) },
      );
    const sent = (statement?: string) => scene.send(move(statement), scene.seal, populationSeal);
    const refused = async (statement: string, said: RegExp, name: string) =>
      t.match(await sent(statement), { code: "registration_refused", detail: said }, name);
    await refused(
      await handOver(populationSeal),
      /not signed by a good seal of DEV.GOV.10000009/,
      "by the new owner",
    );
    await refused(await handOver(scene.seal, { to: newServer }), /to DEV.GOV.10000009/, "to another");
    await refused(await handOver(scene.seal, { subsystem: `${newMember}/x` }), /it is of/, "of another");
    await refused(await handOver(scene.seal, { from: ss1 }), /is not at/, "from where it is not");
    await refused(await handOver(scene.seal, { time: clock.time - 2000 }), /made at/, "of an earlier stay");
    await refused(await handOver(scene.seal, { time: clock.time + day }), /made at/, "of tomorrow");
    const whole = await handOver(scene.seal);
    t.match(await sent(`${whole.slice(0, -4)}AAAA`), { code: "invalid_signature" });
    t.match(await sent("x"), { code: "malformed_statement" });
    const plain = taken(await sent());
    t.match(plain, { state: "requested", persons: 2 });
    await scene.withdraw(plain, scene.seal);
    const handed = taken(await sent(whole));
    t.match(handed, { state: "requested", persons: 1 });
    t.match(await scene.approve(handed, 0), { taken: { state: "approved" } });
    t.equal((await scene.fetched()).serverOf(desk)?.id, ss1);
    clock.time += 1000;
    const remove = { kind: "client-remove", client: desk, server: ss1 } as const;
    t.match(await scene.send(scene.make(remove), scene.seal), { taken: { state: "approved" } });
    const add = { kind: "client-add", client: desk, server: newServer } as const;
    const again = taken(await scene.send(scene.make({ ...add, server: ss1 }), scene.seal, populationSeal));
    t.match(again, { persons: 1 }, "where it was last");
    await scene.withdraw(again, scene.seal);
    t.match(await scene.send(scene.make(add), scene.seal), { taken: { persons: 2 } }, "in two steps");
    const late = scene.make({
      ...add,
      handOver: await handOver(populationSeal, { from: ss1, to: newServer }),
    });
    t.match(await scene.send(late, scene.seal), { code: "registration_refused" }, "when it has gone");
    t.match(await scene.send(scene.make(remove), benefitsSeal), { kind: "refused" });
  },
);

t.test("officers: two persons, each once, never their own request", async (t) => {
  const { scene, asked } = await joined(t);
  t.match(await scene.approve(asked, 2), { code: "transition_refused" }, "it is approved already");
  const mixed = scene.make(
    { kind: "member-rename", member: newMember, name: "Newcomer Ltd" },
    { kind: "attribute-certify", member: newMember, attribute: "audited", until: "2028-01-01T00:00:00Z" },
  );
  t.match(await scene.send(mixed, scene.seal), { taken: { state: "saved", approved: 0 } });
  const cosigned = taken(await scene.send(mixed, scene.officers[0]!));
  t.match(cosigned, { state: "requested", approved: 1, persons: 2 });
  t.match(await scene.approve(cosigned, 0), { code: "access_denied" }, "who co-signed it");
  t.match(await scene.withdraw(cosigned, scene.seal), { taken: { state: "declined" } });
  const remove = scene.make({ kind: "server-remove", server: newServer }, {
    ...{ kind: "member-remove", member: newMember, reason: "merged" },
  } as never);
  const own = taken(await scene.send(remove, scene.officers[0]!));
  t.match(own, { state: "requested", approved: 1, persons: 2 });
  t.match(await scene.approve(own, 0), { kind: "refused", code: "access_denied" }, "their own request");
  const renewed = scene.country.ca.issueSeal("DEV/GOV/10000001" as never, "Officer 1");
  t.match(
    await scene.approveAs(own, renewed),
    { kind: "refused", code: "access_denied" },
    "no officer, though of the same name",
  );
  t.match(await scene.approve({ ...own, sha256: "A".repeat(43) }, 1), { code: "digest_mismatch" });
  t.match(await scene.approve(own, 1), { taken: { state: "approved" } });
  const index = await scene.fetched();
  t.notOk(index.member(newMember) ?? index.server(newServer));
  t.match(
    await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls),
    { code: "transition_refused" },
    "an identifier is never given again",
  );
});

t.test("an officer with an old and a renewed certificate is one person", async (t) => {
  const { scene } = await joined(t);
  const renewed = scene.country.ca.issueSeal("DEV/GOV/10000001" as never, "Officer 1");
  const officers = [...scene.officers, renewed].map(der);
  await scene.authority.publish({ ...scene.registry(), registration: { officers } });
  const suspend = scene.make({ kind: "member-suspend", member: newMember, reason: "x" });
  t.match(await scene.send(suspend, renewed), { taken: { state: "approved" } }, "both are listed");
  const [first, second] = scene.officers as [Identity, Identity, Identity];
  const remove = () =>
    scene.make(
      { kind: "server-remove", server: newServer },
      { kind: "member-remove", member: newMember, reason: "merged" },
    );
  t.match(await scene.send(remove(), first, renewed), {
    code: "access_denied",
    detail: /one person signed twice/,
  });
  t.match(await scene.send(remove(), first, second), { taken: { state: "approved" } }, "two persons");
});

t.test("a member is suspended, keeps its name, and comes back", async (t) => {
  const { scene } = await joined(t);
  const { clock } = scene.country;
  const fingerprint = scene.seal.certificate.fingerprint;
  const spare = scene.country.ca.issueSeal(newMember, "Newcomer");
  const add = { member: newMember, certificate: der(spare).der, servers: [newServer] };
  taken(await scene.send(scene.make({ kind: "seal-add", ...add }), scene.seal, spare));
  const suspend = scene.make({ kind: "member-suspend", member: newMember, reason: "a breach" });
  t.match(await scene.send(suspend, scene.officers[2]!), { taken: { state: "approved" } });
  clock.time += 1000;
  const without = await scene.fetched();
  t.equal(without.serverOf(desk), undefined);
  t.equal(without.seal(fingerprint, clock.time + 10), undefined);
  t.ok(without.member(newMember));
  t.match(
    await scene.send(scene.make({ kind: "member-rename", member: newMember, name: "x" }), scene.seal),
    { code: "certificate_unknown" },
    "its seal does not speak for it meanwhile",
  );
  const other = scene.make({
    kind: "seal-end",
    member: newMember,
    fingerprint: spare.certificate.fingerprint,
  });
  t.match(await scene.send(other, scene.officers[0]!), { taken: { state: "approved" } }, "one may be ended");
  clock.time += 1000;
  t.match(
    await scene.send(
      scene.make({ kind: "member-suspend", member: newMember, reason: "again" }),
      scene.officers[2]!,
    ),
    { code: "transition_refused", detail: /is suspended; what can be done: change, resume, remove/ },
  );
  const resume = scene.make({ kind: "member-resume", member: newMember, reason: "mended" });
  t.match(await scene.send(resume, scene.officers[1]!), { taken: { state: "approved" } });
  clock.time += 1000;
  const back = await scene.fetched();
  t.equal(back.serverOf(desk)?.id, newServer);
  t.ok(back.seal(fingerprint, clock.time));
  t.notOk(back.seal(spare.certificate.fingerprint, clock.time), "what was ended meanwhile does not");
});

/** Seals of the agency beside its own, each with these states from the first days of these months on, by turns. */
async function withPlannedSeals(scene: RegistrationScene, ...plans: readonly (readonly string[])[]) {
  const seals = plans.map(() => scene.country.ca.issueSeal(benefits, "Benefits"));
  await scene.restart(withSeals(scene, seals, plans));
  return seals;
}

/** A registry file that lists them. */
function withSeals(
  scene: RegistrationScene,
  seals: readonly Identity[],
  plans: readonly (readonly string[])[],
) {
  const listed = seals.map((seal, i) => ({
    ...{ member: benefits, certificate: der(seal), servers: [] },
    history: plans[i]!.map((month, j) => ({
      state: j % 2 === 0 ? ("granted" as const) : ("withdrawn" as const),
      from: `${month}-01T00:00:00Z`,
    })),
  }));
  const registry = scene.registry();
  return { ...registry, seals: [...registry.seals, ...listed] };
}

t.test("a seal with a planned end ends at once; that it will be compromised, nobody says", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { benefitsSeal, clock } = scene.country;
  const [seal] = await withPlannedSeals(scene, ["2026-01", "2027-01"]);
  const { fingerprint } = seal!.certificate;
  const end = { kind: "seal-end", member: benefits, fingerprint } as const;
  const later = { ...end, compromisedFrom: "2099-01-01T00:00:00Z" };
  t.match(await scene.send(scene.make(later), seal!), { code: "transition_refused", detail: /yet to come/ });
  t.ok((await scene.fetched()).seal(fingerprint, clock.time));
  t.match(await scene.send(scene.make(end), benefitsSeal), { taken: { state: "approved" } }, "by its owner");
  clock.time += 1000;
  t.notOk((await scene.fetched()).seal(fingerprint, clock.time));
});

t.test("what is planned of a seal does not outlast a suspension", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { clock } = scene.country;
  const plans = [
    ["2026-01", "2027-02", "2027-04"],
    ["2027-02", "2027-04"],
    ["2026-01", "2026-02", "2027-02", "2027-04"],
    ["2027-02", "2027-04", "2027-06"],
    ["2027-06"],
  ];
  const seals = await withPlannedSeals(scene, ...plans);
  const good = async (time: number) => {
    const index = await scene.fetched();
    return seals.map(({ certificate }) => index.seal(certificate.fingerprint, time) !== undefined);
  };
  const [now, march, may, july] = [clock.time + 1000, ...[2, 4, 6].map((month) => Date.UTC(2027, month, 1))];
  t.strictSame(await good(now!), [true, false, false, false, false]);
  t.strictSame(await good(march!), [false, true, true, true, false]);
  const step = (kind: "member-suspend" | "member-resume") =>
    scene.send(scene.make({ kind, member: benefits, reason: "a breach" }), scene.officers[2]!);
  t.match(await step("member-suspend"), { taken: { state: "approved" } });
  for (const time of [now!, march!, may!, july!])
    t.strictSame(await good(time), [false, false, false, false, false], new Date(time).toISOString());
  clock.time += 1000;
  t.match(await step("member-resume"), { taken: { state: "approved" } });
  t.strictSame(await good(clock.time + 1000), [true, false, false, false, false], "none is good too early");
  t.strictSame(await good(july!), [true, false, false, true, true]);
});

t.test("who comes back has the seals that the suspension took, and none that had ended", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { clock } = scene.country;
  const [ended, ending] = await withPlannedSeals(scene, ["2026-01", "2026-02"], ["2026-01", "2027-01"]);
  const good = async () => {
    clock.time += 1000;
    const index = await scene.fetched();
    return [scene.country.benefitsSeal, ended!, ending!].map(
      ({ certificate }) => index.seal(certificate.fingerprint, clock.time) !== undefined,
    );
  };
  t.strictSame(await good(), [true, false, true]);
  const step = (kind: "member-suspend" | "member-resume") =>
    scene.send(scene.make({ kind, member: benefits, reason: "a breach" }), scene.officers[2]!);
  const decided = async (answer: Promise<Answer>) => t.match(await answer, { taken: { state: "approved" } });
  await decided(step("member-suspend"));
  t.strictSame(await good(), [false, false, false], "one that was to end later ends with the others");
  await decided(step("member-resume"));
  t.strictSame(await good(), [true, false, false]);
});

t.test("keys are rotated by requests that need no officer when the CA names the member", async (t) => {
  const { scene } = await joined(t);
  const { ca, clock } = scene.country;
  const nextSeal = ca.issueSeal(newMember, "Newcomer");
  const nextTls = ca.issueTls(newServer, "Newcomer");
  const add = scene.make(
    { kind: "seal-add", member: newMember, certificate: der(nextSeal).der, servers: [newServer] },
    { kind: "server-certificate-add", server: newServer, certificate: der(nextTls).der },
  );
  t.match(
    await scene.send(add, nextSeal, nextTls),
    { code: "access_denied" },
    "a new key alone says nothing",
  );
  const composed = t.capture(Identifiers.prototype, "check", Identifiers.prototype.check);
  t.match(await scene.send(add, scene.seal, nextSeal, nextTls), {
    taken: { state: "approved", automatic: "seal-add server-certificate-add" },
  });
  t.equal(composed().length, 1, "what was tried out is published, and not put together again");
  clock.time += 1000;
  const end = scene.make(
    { kind: "seal-end", member: newMember, fingerprint: scene.seal.certificate.fingerprint },
    { kind: "server-certificate-end", server: newServer, fingerprint: scene.tls.certificate.fingerprint },
  );
  t.match(await scene.send(end, nextSeal), { taken: { state: "approved" } });
  clock.time += 1000;
  const index = await scene.fetched();
  t.notOk(index.seal(scene.seal.certificate.fingerprint, clock.time));
  t.ok(index.seal(nextSeal.certificate.fingerprint, clock.time));
  t.strictSame(index.server(newServer)?.tlsCertificates, [nextTls.certificate.fingerprint]);
  const nameless = ca.issueSeal("DEV/GOV/1" as never, "Newcomer");
  const change = { member: newMember, certificate: der(nameless).der, servers: [newServer] };
  t.match(await scene.send(scene.make({ kind: "seal-add", ...change }), nextSeal, nameless), {
    taken: { state: "requested", automatic: null },
  });
});

t.test("the authority certifies what a member is: two officers, and none to end it", async (t) => {
  const { scene } = await joined(t);
  const until = new Date(scene.country.clock.time + 365 * day).toISOString();
  const certify = { kind: "attribute-certify", member: newMember, attribute: "audited", until } as const;
  t.match(await scene.send(scene.make(certify), scene.seal), { code: "access_denied" }, "not by itself");
  const asked = taken(await scene.send(scene.make(certify), scene.officers[0]!));
  t.match(asked, { state: "requested", approved: 1, persons: 2 });
  t.match(await scene.approve(asked, 1), { taken: { state: "approved" } });
  t.strictSame((await scene.fetched()).member(newMember)?.attributes, [{ name: "audited", until }]);
  const end = { kind: "attribute-end", member: newMember, attribute: "audited", reason: "no more" } as const;
  t.match(await scene.send(scene.make(end), scene.officers[2]!), { taken: { state: "approved" } });
  t.strictSame((await scene.fetched()).member(newMember)?.attributes, []);
});

t.test(
  "a server changes its owner by the word of both; what the authority suspends, no owner resumes",
  async (t) => {
    const { scene } = await joined(t);
    const { populationSeal } = scene.country;
    const moved = parseServerId(`${population}/ss9`);
    const change = scene.make({ kind: "server-owner", server: newServer, owner: population, as: moved });
    t.match(await scene.send(change, scene.seal), { taken: { state: "saved" } });
    const asked = taken(await scene.send(change, populationSeal));
    t.match(asked, { state: "requested", persons: 2 });
    await scene.approve(asked, 0);
    await scene.approve(asked, 1);
    const index = await scene.fetched();
    t.equal(index.server(moved)?.owner, population);
    t.equal(index.serverOf(desk)?.id, moved);
    t.notOk(index.server(newServer));
    const step = (kind: "server-suspend" | "server-resume") =>
      scene.make({ kind, server: moved, reason: "moving house" });
    t.match(await scene.send(step("server-suspend"), populationSeal), { taken: { state: "approved" } });
    t.notOk((await scene.fetched()).server(newServer));
    t.match(await scene.send(step("server-resume"), populationSeal), { taken: { state: "approved" } });
    t.match(await scene.send(step("server-suspend"), scene.officers[0]!), { taken: { state: "approved" } });
    const contact = { kind: "server-contact", server: moved, contact: "other@example.test" } as const;
    t.match(await scene.send(scene.make(contact), populationSeal), { taken: { state: "approved" } });
    t.match(await scene.send(step("server-resume"), populationSeal), { code: "access_denied" });
    t.match(await scene.send(step("server-resume"), scene.officers[1]!), { taken: { state: "approved" } });
    t.ok((await scene.fetched()).server(moved));
  },
);

t.test(
  "a request is declined with a reason, or expires; what it asked for can be asked for again",
  async (t) => {
    const scene = await RegistrationScene.start(t);
    const { clock } = scene.country;
    const first = taken(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls));
    t.match(await scene.decline(first, 0, "no agreement was signed"), { taken: { state: "declined" } });
    t.match(await scene.show(first.request.id), {
      taken: { reason: "no agreement was signed", expires: null },
    });
    t.match(await scene.approve(first, 1), { code: "transition_refused" });
    const second = taken(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls));
    clock.time += 31 * day;
    await scene.authority.renew();
    t.match(await scene.show(second.request.id), { taken: { state: "expired" } });
    t.match(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls), {
      taken: { state: "requested" },
    });
  },
);

t.test("what is asked for with a key in other hands is not approved any more", async (t) => {
  const { scene } = await joined(t);
  const { ca, clock } = scene.country;
  const thief = ca.issueSeal("DEV/GOV/1" as never, "Thief");
  const change = { member: newMember, certificate: der(thief).der, servers: [newServer] };
  const asked = taken(await scene.send(scene.make({ kind: "seal-add", ...change }), scene.seal, thief));
  t.match(asked, { state: "requested", persons: 1 });
  clock.time += 60_000;
  const fingerprint = scene.seal.certificate.fingerprint;
  const compromisedFrom = new Date(clock.time - 120_000).toISOString();
  const end = { kind: "seal-end", member: newMember, fingerprint, compromisedFrom } as const;
  t.match(await scene.send(scene.make(end), scene.officers[0]!), { taken: { state: "approved" } });
  t.match(await scene.approve(asked, 1), { kind: "refused", code: "certificate_unknown" });
});

t.test(
  "neither a thief nor a member voids old evidence: two officers look at a compromise that is back-dated",
  async (t) => {
    const { scene } = await joined(t);
    const { ca, clock } = scene.country;
    const hour = 3_600_000;
    clock.time += 3 * day;
    const [first, second] = [scene.seal, ca.issueSeal(newMember, "Newcomer")];
    const add = { member: newMember, certificate: der(second).der, servers: [newServer] };
    taken(await scene.send(scene.make({ kind: "seal-add", ...add }), first, second));
    clock.time += 1000;
    const end = (seal: typeof first, hoursAgo?: number) => {
      const { fingerprint } = seal.certificate;
      const since = hoursAgo !== undefined && new Date(clock.time - hoursAgo * hour).toISOString();
      return scene.make({
        ...{ kind: "seal-end", member: newMember, fingerprint },
        ...(since && { compromisedFrom: since }),
      });
    };
    const compromisedNow = async (hoursAgo: number) => {
      const history = (await scene.fetched()).sealOfAnyState(first.certificate.fingerprint)?.history ?? [];
      return stateAt(history, clock.time - hoursAgo * hour) === "compromised";
    };
    const thiefs = taken(await scene.send(end(first, 48), first));
    t.match(thiefs, { state: "requested", persons: 2, automatic: null });
    clock.time += 1000;
    t.match(await scene.send(end(first), second), { taken: { state: "approved" } }, "it ends at once");
    clock.time += 1000;
    t.match(await scene.send(end(first), second), { code: "transition_refused" }, "once");
    t.match(await scene.send(end(first, 23), second), { taken: { state: "requested", persons: 2 } }, "ended");
    t.notOk(await compromisedNow(1));
    t.match(await scene.approve(thiefs, 0), { taken: { state: "requested", approved: 1 } });
    t.match(await scene.approve(thiefs, 1), { taken: { state: "approved" } });
    t.ok(await compromisedNow(47));
    t.match(await scene.send(end(first, 30), second), { code: "transition_refused" }, "never forward");
    t.match(
      await scene.send(end(second, 30), scene.officers[0]!),
      { taken: { state: "requested" } },
      "alone",
    );
    const soon = await scene.send(end(second, 23), second);
    t.match(soon, { taken: { state: "approved", automatic: "seal-end" } }, "what the rules allow");
  },
);

t.test("an officer who was taken off the list counts no more", async (t) => {
  const scene = await RegistrationScene.start(t);
  const asked = taken(await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls));
  await scene.approve(asked, 0);
  const registry = scene.registry();
  const officers = scene.officers.slice(1).map(der);
  await scene.authority.publish({ ...registry, registration: { officers } });
  t.match(await scene.approve(asked, 0), { code: "access_denied" });
  t.match(await scene.approve(asked, 1), { taken: { state: "requested" } });
  t.match(await scene.approve(asked, 2), { taken: { state: "approved" } });
});

t.test(
  "what an officer asked who was taken off the list: approved for who asked with them, not for them alone",
  async (t) => {
    const { scene } = await joined(t);
    const certified = (attribute: string): Change => {
      return { kind: "attribute-certify", member: newMember, attribute, until: "2028-01-01T00:00:00Z" };
    };
    const rename = { kind: "member-rename", member: newMember, name: "Newcomer Ltd" } as const;
    const [first, second] = scene.officers as [Identity, Identity, Identity];
    const both = taken(await scene.send(scene.make(rename, certified("audited")), scene.seal, first));
    const alone = taken(await scene.send(scene.make(certified("small")), first));
    t.match([both, alone], [{ approved: 1 }, { approved: 1 }]);
    const officers = scene.officers.slice(1).map(der);
    await scene.authority.publish({ ...scene.registry(), registration: { officers } });
    t.match(await scene.approveAs(alone, second), { code: "certificate_unknown" });
    t.match(
      await scene.approveAs(both, second),
      { taken: { state: "requested" } },
      "who left counts no more",
    );
    t.match(await scene.approve(both, 2), { taken: { state: "approved" } });
  },
);

t.test(
  "the authority stops agreements of those who are or were registered, under their one name",
  async (t) => {
    const { scene } = await joined(t);
    const { benefitsSeal } = scene.country;
    const system = `${benefits}/benefits` as never;
    const service = `${population}/population/persons` as never;
    const stop = (changed: object, kind = "agreement-suspend") => {
      const change = { kind, agreement: "a", consumer: system, service, reason: "x", ...changed };
      return scene.send(scene.make(change as Change), scene.officers[0]!);
    };
    const refused = async (changed: object, code: string, why: RegExp) =>
      t.match(await stop(changed), { code, detail: why });
    await refused({ consumer: `${benefits}/benefit` }, "transition_refused", /benefit is absent/);
    await refused({ consumer: "DEV/GOV/never" }, "transition_refused", /never is absent/);
    await refused({ service: `${population}/register/persons` }, "transition_refused", /register is absent/);
    await refused({ service: `${population}/population/%70ersons` }, "registration_refused", /to be spelled/);
    t.notOk((await scene.fetched()).content.agreementStops);
    t.match(await stop({ consumer: benefits }), { taken: { state: "approved" } }, "a member itself");
    const resumed = taken(await stop({ consumer: benefits }, "agreement-resume"));
    t.match(await scene.approve(resumed, 1), { taken: { state: "approved" } });
    const remove = scene.make({ kind: "subsystem-remove", subsystem: system });
    t.match(await scene.send(remove, benefitsSeal), { taken: { state: "approved" } });
    t.match(await stop({}), { taken: { state: "approved" } }, "of a system that has left");
    t.match((await scene.fetched()).content.agreementStops, [{ agreement: "a", consumer: system }]);
  },
);

/** A request of an officer's as it is kept. */
async function asked(
  scene: RegistrationScene,
  request: RegistrationRequest,
  state: "requested" | "approved",
): Promise<RegistryEvent> {
  const signed = await signRegistrationRequest(signerOf(scene.officers[0]!), request);
  return { entry: "request", signatures: [signed], approvals: [], persons: 1, members: [], state };
}

/** Writes approved requests, or what else is said, into the log, as a release would have that refused nothing of them. */
async function keepUnchecked(
  scene: RegistrationScene,
  ...said: readonly (Change | RegistryEvent)[]
): Promise<void> {
  const { clock } = scene.country;
  await scene.authority.close();
  const keys = await loadCatalogueKeys(scene.stateDir, undefined);
  const log = await openRegistryLog(
    { stateDirectory: join(scene.stateDir, "registry") },
    clock,
    () => undefined,
  );
  const book = await RegistryBook.open({ log, keys, clock, instance: "DEV" });
  for (const one of said) {
    const event = "entry" in one ? one : await asked(scene, scene.make(one), "approved");
    await book.keep({ event, time: clock.now(), state: new RegistryState(book.state) });
  }
  await book.close();
}

t.test("what was kept before it was refused folds and is published; asked for anew it is not", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { benefitsSeal, clock } = scene.country;
  const ending = ["2026-01", "2027-01"];
  const plans = [ending, ["2026-01"], ["2026-01"], ending];
  const seals = await withPlannedSeals(scene, ...plans);
  const [early, late, good, followed] = seals.map(({ certificate }) => certificate.fingerprint);
  const end = (fingerprint: string | undefined, compromisedFrom?: string) =>
    ({
      kind: "seal-end",
      member: benefits,
      fingerprint,
      ...(compromisedFrom && { compromisedFrom }),
    }) as Change;
  const far = "2099-01-01T00:00:00Z";
  const persons = `${population}/population/persons`;
  const stop = (agreement: string, changed: object) => {
    const named = { agreement, consumer: `${benefits}/benefits`, service: persons };
    return { kind: "agreement-suspend", ...named, reason: "x", ...changed } as Change;
  };
  const stops = [
    stop("absent", { consumer: `${benefits}/never` }),
    stop("spelled", { service: `${population}/population/%70ersons` }),
    stop("spelled", { consumer: `${benefits}/%62enefits` }),
    stop("nobody", { service: `${population}/population/%FF` }),
  ];
  await keepUnchecked(scene, end(early), end(late, far), end(followed), ...stops);
  const between = new Date(clock.time + day).toISOString();
  clock.time += 2 * day;
  // The end of these two was written behind the planned one: this was earlier than that, and the file said the same.
  const file = withSeals(scene, seals, plans);
  const written = file.seals.at(-1)!;
  const history = [...written.history, { state: "withdrawn" as const, from: "2027-01-01T00:00:00.001Z" }];
  const item = { ...written, certificate: der(seals[3]!).der, history };
  const content = { members: [], servers: [], seals: [item as unknown as RegisteredSeal] };
  const waiting = scene.make(stop("waiting", { consumer: `${benefits}/never` }));
  await keepUnchecked(scene, await asked(scene, waiting, "requested"));
  await keepUnchecked(scene, end(early, between), { entry: "import", content, left: [] });
  await scene.restart({ ...file, seals: [...file.seals.slice(0, -1), { ...written, history }] });
  const index = await scene.fetched();
  const at = (fingerprint: string | undefined) => index.seal(fingerprint!, clock.time) !== undefined;
  t.strictSame([early, late, good, followed].map(at), [false, true, true, true]);
  t.strictSame(
    index.content.agreementStops?.map(({ agreement, consumer, service }) => [agreement, consumer, service]),
    [
      ["absent", `${benefits}/never`, persons],
      ["spelled", `${benefits}/benefits`, persons],
    ],
  );
  const decided = scene.approve({ request: waiting, sha256: requestDigest(waiting) }, 1);
  t.match(await decided, { code: "transition_refused", detail: /never is absent/ });
  const refused = async (change: Change, by: Identity, code: string, why: RegExp) =>
    t.match(await scene.send(scene.make(change), by), { code, detail: why });
  await refused(end(good, far), benefitsSeal, "transition_refused", /yet to come/);
  await refused(end(early, between), benefitsSeal, "transition_refused", /name an earlier time/);
  const [absent, service, consumer, nobodys] = stops.map((one) => ({ ...one, agreement: "new" }) as Change);
  const officer = scene.officers[0]!;
  await refused(absent!, officer, "transition_refused", /never is absent/);
  await refused(service!, officer, "registration_refused", /to be spelled/);
  await refused(consumer!, officer, "transition_refused", /%62enefits is absent/);
  await refused(nobodys!, officer, "invalid_service_identifier", /percent-encoded/);
});

t.test("what becomes of members by law, two officers record and two strike out", async (t) => {
  const { scene } = await joined(t);
  const { populationSeal, benefitsSeal } = scene.country;
  const split = {
    ...{ kind: "succession-add", became: "split", from: [newMember], act: "Act 7 of 2027" },
    ...{ to: [{ member: population, share: "the roads" }, { member: benefits }], date: "2027-01-01" },
  } as const;
  const sent = (change: object, ...by: readonly Identity[]) =>
    scene.send(scene.make(change as Change), ...by);
  const refused = async (change: object, code: string, why: RegExp) =>
    t.match(await sent({ ...split, ...change }, scene.officers[0]!), { code, detail: why });
  await refused({ from: ["DEV/GOV/never"] }, "transition_refused", /never never was a member/);
  await refused({ to: [{ member: "DEV/GOV/never" }] }, "transition_refused", /never never was a member/);
  await refused({ became: "merged" }, "registration_refused", /merged, but 2 members follow/);
  await refused({ became: "renamed", to: [{ member: newMember }] }, "registration_refused", /follow itself/);
  await refused({ date: "2027-02-30" }, "registration_refused", /is no day/);
  await refused({ from: [] }, "malformed_statement", /from/);
  await refused({ act: "" }, "malformed_statement", /act/);
  const merged = { became: "merged", from: [newMember], to: [{ member: benefits }] };
  t.match(await sent({ ...split, ...merged }, populationSeal), { code: "access_denied" }, "of others");
  const asked = taken(await sent(split, populationSeal));
  t.match(asked, { state: "requested", persons: 2, approved: 0 });
  t.match(listed(await scene.list(benefitsSeal, "open")), [{ request: { id: asked.request.id } }], "is told");
  t.match(await sent(split, scene.seal), { code: "transition_refused", detail: /is requested/ });
  t.match(await scene.approve(asked, 0), { taken: { state: "requested", approved: 1 } });
  t.strictSame((await scene.fetched()).content.successions, []);
  t.match(await scene.approve(asked, 1), { taken: { state: "approved" } });
  const { successions } = (await scene.fetched()).content;
  const answering = (time: number) => successorsOf(successions, newMember, time).map(({ member }) => member);
  t.strictSame(answering(Date.UTC(2026, 11, 31)), [newMember]);
  t.strictSame(answering(Date.UTC(2027, 0, 1)), [population, benefits]);
  const inFile = { kind: "dissolved", from: [newMember], to: [], act: "Act 8", date: "2027-01-01" } as const;
  await t.rejects(
    scene.authority.publish({ ...scene.registry(), successions: [inFile] }),
    /10000009 on 2027/,
  );
  const end = { kind: "succession-end", from: [newMember], date: "2027-01-01", reason: "the roads stay" };
  t.match(
    await sent(end, populationSeal),
    { code: "access_denied" },
    "once it is the law, no member says so",
  );
  const ending = taken(await sent(end, scene.officers[2]!));
  t.match(ending, { state: "requested", persons: 2, approved: 1 });
  t.match(await scene.approve(ending, 0), { taken: { state: "approved" } });
  t.strictSame((await scene.fetched()).content.successions, []);
  t.match(await sent(split, scene.seal), { taken: { state: "requested" } }, "it may be recorded anew");
});

t.test("groups of subsystems: made by two officers, entered with one's word, published", async (t) => {
  const { scene } = await joined(t);
  const group = "hospitals";
  const make = { kind: "group-add", group, description: "Hospitals & <clinics>" } as const;
  t.match(await scene.send(scene.make(make), scene.seal), { code: "access_denied" });
  const made = taken(await scene.send(scene.make(make), scene.officers[0]!));
  t.match(made, { state: "requested", persons: 2 });
  t.match(await scene.approve(made, 1), { taken: { state: "approved" } });
  const enter = scene.make({ kind: "group-member-add", group, client: desk });
  t.match(await scene.send(enter, scene.country.benefitsSeal), { code: "access_denied" }, "another's");
  const asked = taken(await scene.send(enter, scene.seal));
  t.match(asked, { state: "requested", persons: 1 });
  await scene.approve(asked, 0);
  const { content } = await scene.fetched();
  t.strictSame(content.groups, [{ code: group, description: make.description, members: [desk] }]);
  t.match(
    sharedParametersXml(content, scene.country.clock.time),
    /<globalGroup><groupCode>hospitals<.*&#38; &#60;clinics.*objectType="SUBSYSTEM"><ns2:xRoadInstance>DEV<.*subsystemCode>desk</,
  );
  const remove = scene.make({ kind: "subsystem-remove", subsystem: desk });
  t.match(await scene.send(remove, scene.seal), { taken: { state: "approved" } });
  t.match(
    (await scene.fetched()).content.groups,
    [{ members: { length: 0 } }],
    "what is registered no more leaves",
  );
});

t.test("a subsystem that the registry file drops leaves its groups", async (t) => {
  const scene = await RegistrationScene.start(t);
  const { benefitsSeal } = scene.country;
  const [group, client] = ["clinics", `${benefits}/benefits` as never];
  const made = taken(
    await scene.send(scene.make({ kind: "group-add", group, description: "x" }), scene.officers[0]!),
  );
  await scene.approve(made, 1);
  const entered = taken(
    await scene.send(scene.make({ kind: "group-member-add", group, client }), benefitsSeal),
  );
  await scene.approve(entered, 0);
  t.match((await scene.fetched()).content.groups, [{ members: [client] }]);
  const { members, servers, ...registry } = scene.registry();
  const without = {
    ...registry,
    members: members.map((one) => (one.id === benefits ? { ...one, subsystems: [] } : one)),
    servers: servers.map((one) => (one.id === ss1 ? one : { ...one, clients: [] })),
  };
  await scene.restart(without);
  t.match((await scene.fetched()).content.groups, [{ members: { length: 0 } }]);
});

t.test("officers change by requests of two of them, and two must be left", async (t) => {
  const { scene } = await joined(t);
  const { ca, clock } = scene.country;
  const [first, second, third] = scene.officers as [Identity, Identity, Identity];
  const next = ca.issueSeal("DEV/GOV/10000001" as never, "Officer 4");
  const add = (officer: typeof next) => scene.make({ kind: "officer-add", certificate: der(officer).der });
  const end = (...officers: readonly (typeof next)[]) =>
    officers.map(({ certificate: { fingerprint } }): Change => {
      return { kind: "officer-end", fingerprint, reason: "left" };
    });
  t.match(await scene.send(add(next), scene.seal, next), { code: "access_denied" }, "no member's affair");
  t.match(await scene.send(add(next), first), { code: "access_denied" }, "without the new key");
  const expired = ca.issueSeal("DEV/GOV/10000001" as never, "x", { notAfter: clock.time - 1000 });
  t.match(await scene.send(add(expired), first, expired), { code: "certificate_expired" });
  const asked = taken(await scene.send(add(next), first, next));
  t.match(asked, { state: "requested", approved: 1, persons: 2 });
  t.match(await scene.approveAs(asked, next), { code: "access_denied" }, "not by itself");
  t.match(await scene.approve(asked, 0), { code: "access_denied" });
  t.match(await scene.approve(asked, 1), { taken: { state: "approved" } });
  t.match(await scene.send(add(next), first, next), { code: "transition_refused" }, "twice");
  const ended = taken(await scene.send(scene.make(...end(first)), next));
  t.match(ended, { state: "requested", persons: 2 });
  t.match(await scene.approve(ended, 0), { taken: { state: "approved" } }, "who leaves may agree");
  t.match(await scene.send(scene.make(...end(second)), first), { code: "certificate_unknown" });
  const fewer = scene.make(...end(second, third));
  t.match(await scene.send(fewer, next), { code: "registration_refused", detail: /fewer than 2 officers/ });
  const both = [end(second), end(third)].map((changes) => scene.make(...changes));
  const [one, other] = await Promise.all(both.map(async (request) => taken(await scene.send(request, next))));
  t.match(await scene.approve(one!, 1), { taken: { state: "approved" } });
  t.match(await scene.approve(other!, 2), { code: "registration_refused" }, "nor by two requests");
  await scene.restart();
  t.match(await scene.list(first, "all"), { kind: "refused" }, "though the file still lists them");
  t.match(await scene.list(next, "all"), { kind: "taken" });
  const alone = { ...scene.registry(), registration: { officers: [der(third)] } };
  await scene.authority.publish(alone);
  t.match(await scene.list(next, "all"), { kind: "taken" }, "the file ends those alone that it listed");
});

t.test("every forbidden transition is refused by name", (t) => {
  const kinds = [
    "member",
    "subsystem",
    "server",
    "seal",
    "certificate",
    "client",
    "attribute",
    "officer",
    "group",
    "group-member",
    "agreement",
    "succession",
  ] as const;
  const states = ["absent", "saved", "requested", "approved", "suspended", "removed"] as const;
  const steps = ["save", "request", "lapse", "approve", "change", "suspend", "resume", "remove"] as const;
  let allowed = 0;
  for (const kind of kinds)
    for (const state of states)
      for (const step of steps) {
        try {
          t.not(stateAfter(kind, "X", state, step), undefined);
          allowed += 1;
        } catch (error) {
          t.match(error, {
            code: "transition_refused",
            detail: new RegExp(`${step}: the ${kind} X is ${state}`),
          });
        }
      }
  t.equal(allowed, 2 * 12 + 4 * 8 + 5 * 10 + 1 + 3, "and no more than these are taken");
  t.equal(stateAfter("seal", "X", "removed", "remove"), "removed", "longer in other hands than was known");
  for (const kind of kinds.filter(
    (one) => !["seal", "client", "attribute", "officer", "group-member", "succession"].includes(one),
  ))
    for (const step of steps) t.throws(() => stateAfter(kind, "X", "removed", step), "removed stays removed");
  t.end();
});

t.test("a registry whose log was altered is not opened", async (t) => {
  const { scene } = await joined(t);
  await scene.authority.close();
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(join(scene.stateDir, "registry", "log", databaseFile));
  const rows = "SELECT id, bytes FROM documents WHERE kind = 'registration' ORDER BY id";
  const entries = database.prepare(rows).all() as { id: number; bytes: Uint8Array }[];
  t.equal(entries.length, 4, "the import, the request, two decisions");
  const file = join(scene.stateDir, "registry.json");
  writeFileSync(file, JSON.stringify(scene.registry()));
  const check = ["registration", "check", "--state", scene.stateDir, "--registry", file];
  t.match(await command(t, ...check), { code: 0, out: /no damage/ });
  const put = (id: number, bytes: Uint8Array) =>
    database.prepare("UPDATE documents SET bytes = ? WHERE id = ?").run(bytes, id);
  const [, request] = entries;
  const altered = Buffer.from(request!.bytes);
  altered[altered.length - 200]! ^= 1;
  put(request!.id, altered);
  await t.rejects(scene.restart(), { name: "SealwayError" }, "a byte of an entry");
  put(request!.id, request!.bytes);
  database.prepare("DELETE FROM documents WHERE id = ?").run(entries[2]!.id);
  database.close();
  await t.rejects(scene.restart(), { code: "act_out_of_order" }, "an entry is gone");
});

t.test("who asked withdraws what waits, and nobody else", async (t) => {
  const { scene } = await joined(t);
  const { populationSeal, benefitsSeal } = scene.country;
  const change = { kind: "client-add", client: `${newMember}` as never, server: ss1 } as const;
  const asked = taken(await scene.send(scene.make(change), scene.seal));
  t.match(asked, { state: "saved" });
  t.match(await scene.withdraw(asked, benefitsSeal), { code: "access_denied" });
  t.match(await scene.withdraw(asked, populationSeal), { code: "access_denied" }, "who has not signed yet");
  t.match(await scene.withdraw(asked, scene.officers[0]!), { code: "access_denied" }, "officers decline");
  const done = await scene.withdraw(asked, scene.seal);
  t.match(done, { taken: { state: "declined", reason: `withdrawn by ${newMember}` } });
  t.match(await scene.send(asked.request, populationSeal), { code: "replay" });
  t.match(await scene.send(scene.make(change), scene.seal), { taken: { state: "saved" } }, "and asks again");
});

t.test("officers see every request, members their own, others none", async (t) => {
  const { scene } = await joined(t);
  const all = (by: typeof scene.seal) => scene.list(by, "all");
  t.match(await all(scene.officers[0]!), { taken: [{ state: "approved" }] });
  t.match(await all(scene.seal), { taken: [{ state: "approved" }] });
  t.strictSame(await all(scene.country.benefitsSeal), { kind: "taken", taken: [] });
  t.strictSame(await scene.list(scene.officers[0]!, "open"), { kind: "taken", taken: [] });
  t.match(await all(scene.country.ca.issueSeal(benefits, "x")), { code: "access_denied" });
  t.match(await scene.show("018f0000-0000-7000-8000-000000000000"), { code: "registration_unknown" });
});

t.test(
  "nothing is half applied: an act that was kept before a crash is published at the next start",
  async (t) => {
    const { scene } = await joined(t);
    const change = scene.make({ kind: "server-contact", server: newServer, contact: "new@example.test" });
    scene.disk = "full";
    t.match(await scene.send(change, scene.seal), { kind: "refused" }, "what is not durable is not taken");
    t.equal((await scene.fetched()).server(newServer)?.contact, "newcomer@example.test");
    scene.disk = "dies after writing";
    const again = { ...change, id: "018f0000-0000-7000-8000-000000000000" };
    t.match(await scene.send(again, scene.seal), { kind: "refused" });
    scene.disk = "ok";
    await scene.restart();
    t.equal((await scene.fetched()).server(newServer)?.contact, "new@example.test");
    t.match(await scene.send(again, scene.seal), { code: "replay" }, "it was taken");
    scene.disk = "dies after writing";
    const other = scene.make({ kind: "server-contact", server: newServer, contact: "other@example.test" });
    t.match(await scene.send(other, scene.seal), { kind: "refused", code: "log_unavailable" });
    scene.disk = "ok";
    await scene.authority.renew();
    t.equal((await scene.fetched()).server(newServer)?.contact, "other@example.test", "without a restart");
    const next = scene.make({ kind: "member-rename", member: newMember, name: "x" });
    t.match(await scene.send(next, scene.seal), { kind: "taken" }, "nothing is written in its place");
    await scene.restart();
  },
);

t.test(
  "the registry file and requests: what both say otherwise is named, and nothing is published",
  async (t) => {
    const { scene } = await joined(t);
    const registry = scene.registry();
    const member = { id: newMember, name: "Another", subsystems: [] };
    await t.rejects(
      scene.authority.publish({ ...registry, members: [...registry.members, member] }),
      { message: /DEV\/GOV\/10000009/ },
      "a member that came by a request",
    );
    const contact = scene.make({ kind: "server-contact", server: ss1, contact: "by request" });
    taken(await scene.send(contact, scene.country.populationSeal));
    const [first, ...others] = registry.servers;
    await t.rejects(
      scene.authority.publish({ ...registry, servers: [{ ...first!, contact: "by file" }, ...others] }),
      { message: /something else of DEV\/GOV\/10000001\/ss1/ },
    );
    t.equal(
      await scene.authority.publish({
        ...registry,
        servers: [{ ...first!, contact: "by request" }, ...others],
      }),
      "unchanged",
      "the file follows",
    );
    t.equal((await scene.fetched()).server(ss1)?.contact, "by request");
    const [, benefitsServer] = registry.servers;
    const without = {
      ...registry,
      servers: [{ ...first!, contact: "by request" }],
      seals: registry.seals.map((seal) => ({ ...seal, servers: seal.servers.slice(0, 0) })),
    };
    await scene.authority.publish(without);
    t.notOk((await scene.fetched()).server(parseServerId(benefitsServer!.id)));
    await t.rejects(scene.authority.publish({ ...without, servers: [...without.servers, benefitsServer!] }), {
      message: /is removed/,
    });
  },
);

t.test("a production authority does not register whoever asks", async (t) => {
  const scene = await RegistrationScene.start(t);
  const rules = {
    ...scene.registry(),
    purpose: "production" as const,
    registration: { automatic: "all" as const },
  };
  await t.rejects(scene.authority.publish(rules));
});
