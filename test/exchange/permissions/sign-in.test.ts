import { generateKeyPairSync } from "node:crypto";
import t, { type Test } from "tap";
import type { Permission } from "../../../src/policy/permissions/permission.ts";
import { bank, jaan, mari, PermissionScene, portal, type TokenChanges, told } from "./permission-scene.ts";

/* What a person's act must be proven by, and what proves nothing. */

const scene = await PermissionScene.start(t);
const { country } = scene;
const seconds = () => Math.floor(country.clock.now() / 1000);
const { privateKey: foreignKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const bad: Readonly<Record<string, TokenChanges>> = {
  "by a key that is not pinned": { key: foreignKey },
  "by a key of another name": { header: { kid: "two" } },
  "of another issuer": { iss: "https://other.example" },
  "for another client": { aud: "bank" },
  "for two clients": { aud: ["portal", "bank"] },
  "that another client asked for": { azp: "bank" },
  "of too low a level": { acr: "low" },
  "of no level": { acr: undefined },
  "of an earlier sign-in": { auth_time: seconds() - 3600 },
  "of a sign-in to come": { auth_time: seconds() + 3600 },
  "that does not say when": { auth_time: undefined },
  "that has expired": { iat: seconds() - 900, exp: seconds() - 600 },
  "for another text": { nonce: "A".repeat(43) },
  "without a nonce": { nonce: undefined },
  "of somebody else": { sub: jaan.value },
  "of nobody": { sub: "" },
};

t.test("a sign-in proves nothing", async (t) => {
  const asked = told(await scene.request());
  const { id, revision } = asked.permission;
  for (const [name, changes] of Object.entries(bad)) {
    const token = await scene.token(asked.digest, changes);
    await refused(t, name, { act: "give", permission: id, revision, token }, "sign_in_refused");
  }
  for (const token of ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."]) {
    const code = token === "" ? "invalid_body" : "sign_in_refused";
    await refused(t, `that is "${token}"`, { act: "give", permission: id, revision, token }, code);
  }
  t.equal(told(await scene.call(bank, `/permissions/${id}`)).permission.state, "requested");
  told(await scene.act({ act: "give", permission: id, revision, token: await scene.token(asked.digest) }));
});

t.test("a sign-in counts once, for one text", async (t) => {
  const first = told(await scene.request({ purpose: "lending" }));
  const { id, revision } = first.permission;
  const token = await scene.token(first.digest);
  const act = { act: "give", permission: id, revision, token };
  const given = told(await scene.act(act)).permission;
  await refused(t, "again", act, "permission_state");
  await scene.withdraw(given);
  const second = told(await scene.request({ purpose: "lending" })).permission;
  t.not(second.id, id);
  await refused(t, "for another permission", { ...act, permission: second.id }, "sign_in_refused");
});

t.test("an extension is a text of its own", async (t) => {
  const given = await scene.given();
  const { id, revision } = given;
  const to = given.validity.to + 1000 * 24 * 60 * 60;
  const text = told(await scene.act({ act: "text", of: "extend", permission: id, to }));
  const act = { act: "extend", permission: id, revision, to };
  await refused(
    t,
    "with the first text",
    { ...act, token: await scene.token(given.act!.text!) },
    "sign_in_refused",
  );
  await refused(
    t,
    "to another day",
    { ...act, to: to + 60_000, token: await scene.token(text.digest) },
    "sign_in_refused",
  );
  await refused(
    t,
    "without a day",
    { ...act, to: undefined, token: await scene.token(text.digest) },
    "permission_state",
  );
  const sooner = { ...act, to: given.validity.to - 1000 };
  const shorter = told(await scene.act({ act: "text", of: "extend", permission: id, to: sooner.to }));
  await refused(t, "backwards", { ...sooner, token: await scene.token(shorter.digest) }, "permission_state");
  const extended = told(await scene.act({ ...act, token: await scene.token(text.digest) })).permission;
  t.match(extended, { state: "active", revision: revision + 1, validity: { to } });
  t.equal((await scene.use({ permission: id })).status, 200);
  told(await scene.withdraw(extended));
  await refused(
    t,
    "once withdrawn",
    { ...act, revision: 4, token: await scene.token(text.digest) },
    "permission_state",
  );
});

t.test("only the person's own, and only by a portal", async (t) => {
  const { id, revision } = told(await scene.request()).permission;
  const token = await scene.token("session", { sub: jaan.value });
  const theirs = { act: "decline", permission: id, revision, token, person: jaan };
  await refused(t, "somebody else's", theirs, "not_found");
  await refused(t, "with somebody else's sign-in", { ...theirs, person: mari }, "sign_in_refused");
  t.same(told(await scene.act({ act: "list", person: jaan })).permissions, []);
  for (const act of ["list", "give"]) {
    const answer = await scene.call(bank, "/acts", { act, person: mari });
    t.equal(answer.json().code, "access_denied", `the bank may not ${act}`);
  }
});

t.test("what may not be asked for", async (t) => {
  const wrong: readonly (readonly [what: string, changes: object, code: string])[] = [
    ["a service of another subsystem", { service: `${bank}/personal` }, "permission_terms"],
    ["a service that there is not", { service: "DEV/GOV/10000001/population/none" }, "permission_terms"],
    ["a purpose that needs no permission", { purpose: "register" }, "permission_terms"],
    ["a purpose that there is not", { purpose: "marketing" }, "permission_terms"],
    ["a field that the purpose does not need", { fields: ["/income"] }, "permission_terms"],
    ["a person by another scheme", { person: { scheme: "urn:other", value: "1" } }, "permission_terms"],
    ["days in a parameter that there is not", dataPeriod(["until"]), "permission_terms"],
    ["no time", { days: 0 }, "invalid_body"],
    ["a limit that nobody knows", { limits: { colour: "red" } }, "invalid_body"],
  ];
  for (const [what, changes, code] of wrong) {
    t.equal((await scene.request(changes)).json().code, code, what);
  }
  t.equal((await scene.request({}, portal)).json().code, "access_denied", "without an agreement");
});

const dataPeriod = (parameters: readonly string[]) => ({
  limits: { dataPeriod: { from: "2026-01-01", to: "2026-06-30", parameters } },
});

async function refused(t: Test, name: string, act: object, code: string): Promise<void> {
  t.equal((await scene.act(act)).json().code, code, name);
}

t.test("no identifier is in any log line, in the log in clear, or in the store", async (t) => {
  const lines = [...country.asking.logLines, ...country.answering.logLines].join("\n");
  t.notMatch(lines, mari.value);
  const { permission }: { permission: Permission } = told(await scene.request());
  t.notMatch(JSON.stringify(permission), mari.value);
});
