import { readFileSync } from "node:fs";
import t from "tap";
import { openEvidence } from "../../../src/assembly/open-evidence.ts";
import { openPermissionActs } from "../../../src/assembly/open-permission-acts.ts";
import { orderPermission } from "../../../src/assembly/permission-command.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import {
  buildEvidencePackage,
  type EvidenceParts,
} from "../../../src/messagelog/evidence/evidence-package.ts";
import {
  collectEvidence,
  type Disclosure,
} from "../../../src/messagelog/evidence/evidence-package-collect.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import type { Permission } from "../../../src/policy/permissions/permission.ts";
import { loadAnchor } from "../../../src/trust/anchor.ts";
import { bank, jaan, mari, PermissionScene, service, told } from "./permission-scene.ts";

/* What an evidence package shows of the permission by which an answer was given, and how it is judged. */

const scene = await PermissionScene.start(t);
const { country } = scene;
const anchorFile = country.authority.anchorFile;
const configuration = await loadServerConfiguration(country.answering.configurationFile);
const acts = await openPermissionActs(configuration);
t.teardown(() => acts.close());

type Shown = { readonly heads?: Disclosure["heads"]; readonly act?: "shown" };

/** Of an exchange in the provider's log. */
async function partsOf(id: string | undefined, { heads = "shown", act }: Shown = {}): Promise<EvidenceParts> {
  await country.answering.gateway.sealNow();
  const reader = await openEvidence(configuration);
  try {
    const anchor = await loadAnchor(anchorFile);
    const collected = await collectEvidence(
      ...([reader, id ?? "", anchor, { heads }, act === undefined ? undefined : acts] as const),
    );
    if (collected.outcome !== "collected") throw new Error(collected.outcome);
    return collected.parts;
  } finally {
    reader.close();
  }
}

/** What is found of the permission, with what it says beside. */
async function found(parts: EvidenceParts) {
  const at = country.clock.now();
  const bytes = await buildEvidencePackage(parts);
  const { verdict, findings } = await verifyPackage(bytes, { anchor: readFileSync(anchorFile), at });
  const own = findings.filter(
    ({ code, place }) => code.startsWith("permission-") || place.includes("permission"),
  );
  return {
    verdict,
    findings: own.map(({ code, detail }) => ({ code, detail })),
    codes: own.map(({ code }) => code),
  };
}

async function use(given: Permission, changes: object = {}): Promise<string | undefined> {
  const answer = await scene.use({ permission: given.id, ...changes });
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return answer.header("Sealway-Exchange-Id");
}

const given = await scene.given();
const exchange = await use(given);

t.test("the statements travel with the proof, and name nobody", async (t) => {
  const parts = await partsOf(exchange);
  t.equal(parts.permission?.size, 2, "as it was asked for, and as it was given");
  t.match(await found(parts), {
    verdict: "valid",
    findings: [
      { code: "permission-signed", detail: "revision 2" },
      { code: "permission-permitted" },
      { code: "permission-act-withheld", detail: /^signed in at https:\/\/identity\.example, high$/ },
    ],
  });
  for (const bytes of parts.permission!.values()) {
    const payload = Buffer.from(bytes.toString("latin1").split(".")[1]!, "base64url").toString();
    t.notMatch(payload, mari.value);
  }
});

t.test("with the person's act, which names the person", async (t) => {
  const parts = await partsOf(exchange, { act: "shown" });
  t.match((await found(parts)).findings[2], {
    code: "permission-act-proven",
    detail: "by the person whom the exchange is about",
  });
});

t.test("what is withheld stays withheld", async (t) => {
  const parts = await partsOf(exchange, { heads: { openings: ["permission"] }, act: "shown" });
  t.equal(parts.permission?.size, 0);
  t.match(await found(parts), { verdict: "valid", codes: ["opening-fits", "permission-not-shown"] });
});

t.test("each step of the story verifies, on both sides", async (t) => {
  const asked = told(await scene.request({ person: jaan })).permission;
  const refused = (await scene.use({ code: jaan.value })).header("Sealway-Exchange-Id");
  const mine = await scene.given({ limits: { uses: 2 } });
  const used = await use(mine);
  await scene.withdraw(mine);
  const last = (await scene.use({ permission: mine.id })).header("Sealway-Exchange-Id");
  t.equal(asked.state, "requested");
  for (const id of [refused, last])
    t.same(await found(await partsOf(id)), { verdict: "valid", findings: [], codes: [] }, "why is not told");
  t.match(await found(await partsOf(used)), { verdict: "valid", codes: [/signed/, /permitted/, /withheld/] });
  await country.asking.gateway.sealNow();
  const { body } = await country.ask({ path: `/evidence/${used}`, client: bank });
  const options = { anchor: readFileSync(anchorFile), at: country.clock.now() };
  t.equal((await verifyPackage(body, options)).verdict, "valid");
});

t.test("one that an officer declared is the officer's word", async (t) => {
  const { stateDirectory } = country.answering;
  const { id } = await orderPermission({ stateDirectory }, {
    ...{ order: "permissions declare", consumer: bank, officer: "Officer One", proof: null },
    ...{
      asked: { service: service.id, purpose: "onboarding", person: jaan, days: 10 },
      representation: null,
    },
  } as const);
  const declared = await use({ id } as Permission, { code: jaan.value });
  const parts = await partsOf(declared, { act: "shown" });
  t.match(await found(parts), {
    verdict: "valid",
    findings: [{ detail: "revision 1" }, {}, { code: "permission-act-declared", detail: "Officer One" }],
  });
});

t.test("what was changed, exchanged or left out is found", async (t) => {
  const whole = await partsOf(exchange, { act: "shown" });
  const files = [...whole.permission!];
  const [newest, first, act] = files.map(([path]) => path);
  const other = await partsOf(await use(await scene.given({ limits: { uses: 3 } })), { act: "shown" });
  const [othersNewest, , othersAct] = [...other.permission!];
  const changed = (path: string, change: (text: string) => string) =>
    files.map(
      ([name, bytes]) =>
        [name, name === path ? Buffer.from(change(bytes.toString("latin1")), "latin1") : bytes] as const,
    );
  const actWith = (change: (act: Record<string, unknown>) => object) =>
    changed(act!, (text) => JSON.stringify(change(JSON.parse(text))));
  const last = (text: string) => text.slice(0, -2) + (text.endsWith("AA") ? "BB" : "AA");
  type Case = readonly [
    name: string,
    files: readonly (readonly [string, Buffer])[],
    code: string,
    verdict?: "valid",
  ];
  const cases: readonly Case[] = [
    ["without the statement", [], "permission-not-shown", "valid"],
    ["without the request for it", files.filter(([path]) => path !== first), "permission-permitted", "valid"],
    ["a changed signature", changed(newest!, last), "permission-invalid"],
    [
      "another permission in its place",
      changed(newest!, () => othersNewest![1].toString("latin1")),
      "permission-invalid",
    ],
    ["another permission beside it", [...files, othersNewest!], "document-misplaced"],
    ["another's act", changed(act!, () => othersAct![1].toString("latin1")), "permission-act-wrong"],
    ["another text", actWith((one) => ({ ...one, text: `${one.text} ` })), "permission-act-wrong"],
    ["another token", actWith((one) => ({ ...one, token: last(String(one.token)) })), "permission-act-wrong"],
    [
      "another key",
      actWith((one) => ({ ...one, key: { ...(one.key as object), x: "AA" } })),
      "permission-act-wrong",
    ],
    ["no form", changed(act!, () => "[]"), "permission-act-wrong"],
  ];
  for (const [name, permission, code, verdict = "invalid"] of cases) {
    const judged = await found({ ...whole, permission: new Map(permission) });
    t.match(judged, { verdict }, name);
    t.ok(judged.codes.includes(code as never), `${name}: ${judged.codes}`);
  }
});
