import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { invitationType } from "../../../src/assembly/moves/move-invitation.ts";
import { type MoveReports, orderMove } from "../../../src/assembly/moves/move-orders.ts";
import { orderPermission } from "../../../src/assembly/permission-command.ts";
import { memberOf } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { handOverType } from "../../../src/message/registration/hand-over-statement.ts";
import { type StatementType, signStatement } from "../../../src/message/signed-statement.ts";
import { signerOf } from "../../authority/services/publishing-scene.ts";
import { clients } from "../country/plan.ts";
import type { CountryServer } from "../country/server.ts";
import type { SmallCountry } from "../country.ts";
import {
  bank,
  limitedService,
  scheme,
  service,
  type UseChanges,
  useOf,
} from "../permissions/permission-scene.ts";
import { lookUp, order, personsList, record, restrictedLookUp } from "../restriction/world.ts";

/** Two servers of one member, between which `population` moves. */
export interface MoveScene {
  readonly country: SmallCountry;
  readonly second: CountryServer;
  /** A seal of the member that is not good since a time, milliseconds. */
  readonly givenUp: { readonly seal: Identity; readonly withdrawn: number };
  /** Has the authority say where it is, and everybody know. */
  moveTo(server: CountryServer): Promise<void>;
}

const subsystem = clients.population;
let files = 0;
const fileOf = ({ directory }: SmallCountry, name: string) => join(directory, `${name}-${++files}`);

/** @returns the file with the invitation */
export async function invited({ country, second }: MoveScene): Promise<string> {
  const file = fileOf(country, "invitation");
  await orderMove(second, { order: "move invite", subsystem, file });
  return file;
}

/** @returns the file with the hand-over */
export async function handedOver({ country }: MoveScene, invitation: string): Promise<string> {
  const file = fileOf(country, "hand-over");
  await orderMove(country.answering, { order: "move hand-over", invitation, file });
  return file;
}

export function adopted({ second }: MoveScene, file: string): Promise<MoveReports["move adopt"]> {
  return orderMove(second, { order: "move adopt", file });
}

/** A file with a hand-over, part by part. */
interface Lines {
  readonly statement: string;
  readonly parts: readonly { readonly kind: string; readonly text: string }[];
}

export function linesOf(file: string): Lines {
  const [first, ...parts] = readFileSync(file, "utf8").trimEnd().split("\n");
  return { ...JSON.parse(first!), parts: parts.map((line) => JSON.parse(line)) };
}

export function writeLines(file: string, { statement, parts }: Lines): string {
  const lines = [{ v: 1, statement }, ...parts].map((one) => `${JSON.stringify(one)}\n`);
  writeFileSync(file, lines.join(""));
  return file;
}

/** Codes of persons. */
const [anna, boris, carl, dora, eva, finn] = [
  ...["38001010000", "38001010011", "38001010022", "38001010033", "38001010044", "38001010055"],
] as [string, string, string, string, string, string];

/** Has an officer of the register declare that somebody permits the bank to ask for them. */
async function permit(
  { country }: MoveScene,
  code: string,
  uses: number | null,
  of = service,
): Promise<string> {
  const limits = { uses, perPeriod: null };
  const person = { scheme, value: code };
  const { id } = await orderPermission(country.answering, {
    ...{ order: "permissions declare", consumer: bank, officer: "An Officer", proof: null },
    asked: { service: of.id, purpose: "onboarding", person, days: 10, limits },
    representation: null,
  });
  return id;
}

function withdraw(server: CountryServer, permission: string) {
  const order = { order: "permissions withdraw", permission, officer: "An Officer", reason: null } as const;
  return orderPermission(server, order);
}

function erase(server: CountryServer, permission: string) {
  const order = { order: "permissions erase", permission, officer: "An Officer", why: "Asked for" } as const;
  return orderPermission(server, order);
}

/** Ids of a person's permissions that a server finds by the person. */
async function personsAt(server: CountryServer, value: string): Promise<readonly string[]> {
  const of = { provider: subsystem, person: { scheme, value }, consumer: null, state: null, before: null };
  const { permissions } = await orderPermission(server, { order: "permissions list", ...of });
  return permissions.map(({ id }) => id);
}

/** Permissions with their uses, the quota of the day and restrictions, from one server to the other and no further. */
export async function stateGoesAlong(t: Test, scene: MoveScene): Promise<void> {
  const { country, second, moveTo } = scene;
  country.register.answer(record);
  const codes = async (changes: UseChanges, count: number) => {
    const all: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const answer = await country.ask(useOf(changes));
      all.push(answer.status === 200 ? 200 : answer.json().code);
    }
    return all;
  };
  const refused = "permission_required";
  const half = await permit(scene, anna, 2);
  const full = await permit(scene, boris, 1);
  const withdrawn = await permit(scene, carl, null);
  const late = await permit(scene, dora, null);
  const shared = await permit(scene, eva, 5);
  const erased = await permit(scene, finn, null);
  await permit(scene, anna, null, limitedService);
  await withdraw(country.answering, withdrawn);
  t.same(await codes({ code: anna }, 1), [200]);
  t.same(await codes({ code: boris }, 2), [200, refused]);
  t.same(await codes({ code: eva }, 1), [200]);
  t.same(await codes({ code: anna, service: limitedService }, 2), [200, 200]);
  await order({ country });

  const invitation = await invited(scene);
  const file = await handedOver(scene, invitation);
  t.notMatch(readFileSync(file, "utf8"), new RegExp([anna, boris, carl].join("|")), "it names nobody");
  for (const permission of [late, erased]) await withdraw(country.answering, permission);
  await erase(country.answering, erased);
  t.same(await codes({ code: eva }, 2), [200, 200], "used before the switch, and not handed over yet");
  t.match(await adopted(scene, file), { subsystem, permissions: 7, apart: { length: 0 } });
  await moveTo(second);

  await t.rejects(withdraw(country.answering, half), { code: "client_not_served" }, "it would count nowhere");
  t.same(await codes({ code: anna }, 2), [200, refused], "one of two uses is left");
  t.same(await codes({ code: boris }, 1), [refused], "what is used up stays so");
  t.same(await codes({ permission: withdrawn, code: carl }, 1), [refused]);
  const show = { order: "permissions show" } as const;
  t.match(await orderPermission(second, { ...show, permission: half }), { used: 2 });
  t.match(await orderPermission(second, { ...show, permission: full }), { used: 1 });
  t.match(await orderPermission(second, { ...show, permission: withdrawn }), {
    revisions: [{ state: "active" }, { state: "withdrawn" }],
  });
  t.same(
    await codes({ code: anna, service: limitedService }, 2),
    [200, "quota_exceeded"],
    "the day's third call, and the fourth",
  );
  t.equal((await country.ask(restrictedLookUp("hidden"))).status, 200);
  t.equal((await country.ask(lookUp(clients.onboarding, "seen", "letters"))).status, 200);
  const list = await personsList(country, `/v1/usages?userCode=${anna}`);
  t.match(JSON.stringify(list), /letters/);
  t.notMatch(JSON.stringify(list), /means-test/, "a restricted exchange at the new server is hidden");

  t.same(
    await codes({ code: dora }, 1),
    [200],
    "withdrawn behind the hand-over: the new server knows nothing",
  );
  t.same(await codes({ code: finn }, 1), [200], "nor of what was erased as well");
  t.same(await codes({ code: eva }, 1), [200]);
  t.match(await adopted(scene, await handedOver(scene, await invited(scene))), { apart: { length: 0 } });
  t.same(await codes({ code: dora }, 1), [refused], "until it is handed over once more");
  t.same(await codes({ code: finn }, 1), [refused], "an erasure takes no withdrawal with it");
  t.same(await personsAt(second, finn), []);
  t.match(await orderPermission(second, { ...show, permission: half }), { used: 2 }, "no use is forgotten");
  t.same(
    await codes({ code: eva }, 2),
    [200, refused],
    "of both servers: three at the one, two at the other",
  );
  await bothLogsKeep(t, scene, file);
  await comesBack(t, scene, half);
  t.match(await orderPermission(country.answering, { ...show, permission: shared }), { used: 5 });
}

/** What the new server erased is in force at the old one until that adopts it, moved back or not. */
async function comesBack(t: Test, { country, second, moveTo }: MoveScene, permission: string): Promise<void> {
  const { answering } = country;
  await withdraw(second, permission);
  await erase(second, permission);
  t.not((await personsAt(answering, anna)).length, 0);
  const [invitation, file] = [fileOf(country, "invitation"), fileOf(country, "hand-over")];
  await orderMove(answering, { order: "move invite", subsystem, file: invitation });
  await orderMove(second, { order: "move hand-over", invitation, file });
  t.match(await orderMove(answering, { order: "move adopt", file }), { apart: { length: 0 } });
  const ids = async (server: CountryServer) => (await personsAt(server, anna)).includes(permission);
  t.same([await ids(answering), await ids(second)], [false, false]);
  await moveTo(answering);
  t.same((await country.ask(useOf({ code: anna, permission }))).json().code, "permission_required");
}

async function bothLogsKeep(t: Test, { country, second }: MoveScene, file: string): Promise<void> {
  const { statement } = linesOf(file);
  for (const { stateDirectory } of [country.answering, second]) {
    const reader = openReader({ stateDirectory });
    const kept = await reader.documentsOf("hand-over");
    reader.close();
    t.ok(kept.some(({ bytes }) => bytes.toString("latin1") === statement));
  }
}

interface Refusal {
  readonly code: string | RegExp;
  readonly detail?: RegExp;
}

type Forged = (typ: StatementType, by: Identity, statement: string, changes?: object) => Promise<string>;

/** The same payload, changed, signed by somebody. */
const signed: Forged = async (typ, { certificate, privateKey }, statement, changes = {}) => {
  const payload = JSON.parse(Buffer.from(statement.split(".")[1]!, "base64url").toString());
  const signer = signerOf({ certificate, privateKey } as Identity);
  return (await signStatement(signer, typ, { ...payload, ...changes })).toString("latin1");
};

/** What no server adopts, and what none hands over for. */
export async function badHandOvers(t: Test, scene: MoveScene): Promise<void> {
  const { country, second } = scene;
  const { asking, answering } = country;
  const sealOf = ({ parts }: CountryServer) => parts.seals.get(memberOf(parts.id))!;
  const invitation = await invited(scene);
  const [older, file] = [await handedOver(scene, invitation), await handedOver(scene, await invited(scene))];
  const whole = linesOf(file);
  const changed = (value: object) => writeLines(fileOf(country, "changed"), { ...whole, ...value });
  const forged = async (by: CountryServer, changes: object = {}) =>
    changed({ statement: await signed(handOverType, sealOf(by), whole.statement, changes) });
  const [envelope, ...others] = whole.parts;
  const bad: readonly (readonly [what: string, file: string, error: Refusal])[] = [
    [
      "of which a part was changed",
      changed({ parts: [{ ...envelope!, text: "x" }, ...others] }),
      { code: "malformed_statement" },
    ],
    ["without a part", changed({ parts: others }), { code: "malformed_statement" }],
    ["by another member", await forged(asking), { code: "certificate_wrong_member" }],
    ["of another server", await forged(asking, { from: asking.parts.id }), { code: "unknown_member" }],
    [
      "of another subsystem",
      await forged(answering, { subsystem: clients.business }),
      { code: /hand_over_refused|unknown_member/ },
    ],
    [
      "for another invitation",
      await forged(answering, { invitation: "x" }),
      { code: "hand_over_refused", detail: /no invitation/ },
    ],
    [
      "without a server whose uses go along",
      await forged(answering, { origins: [] }),
      { code: "malformed_statement", detail: /whose uses go along/ },
    ],
    [
      "from before the invitation",
      await forged(answering, { time: country.clock.now() - 90_000 }),
      { code: "hand_over_refused" },
    ],
    [
      "of tomorrow",
      await forged(answering, { time: country.clock.now() + 86_400_000 }),
      { code: "act_not_fresh" },
    ],
  ];
  for (const [what, one, error] of bad) await t.rejects(adopted(scene, one), error, what);
  await adopted(scene, file);
  await t.rejects(adopted(scene, file), { code: "hand_over_refused", detail: /adopted before/ }, "replayed");
  await t.rejects(adopted(scene, older), { code: "hand_over_refused", detail: /a newer one/ }, "older");
  const open = await handedOver(scene, await invited(scene));
  await second.restart();
  await t.rejects(adopted(scene, open), { code: "hand_over_refused", detail: /no invitation/ });

  const text = readFileSync(invitation, "latin1");
  const invites = async (by: CountryServer, changes: object = {}) => {
    const other = fileOf(country, "changed");
    writeFileSync(other, await signed(invitationType, sealOf(by), text, changes));
    return other;
  };
  const dated = async (typ: StatementType, { seal, withdrawn }: MoveScene["givenUp"], statement: string) => {
    const other = fileOf(country, "changed");
    writeFileSync(other, await signed(typ, seal, statement, { time: withdrawn - 30_000 }));
    return other;
  };
  const badInvitations: readonly (readonly [what: string, file: string, error: Refusal])[] = [
    ["of another member", await invites(asking), { code: "certificate_wrong_member" }],
    ["for another server", await invites(second, { from: asking.parts.id }), { code: "wrong_recipient" }],
    [
      "of a subsystem that is not here",
      await invites(second, { subsystem: clients.benefits }),
      { code: "client_not_served" },
    ],
    [
      "signed by a seal that is given up, and dated back to when it was good",
      await dated(invitationType, scene.givenUp, text),
      { code: "certificate_unknown" },
    ],
    ["with a key that is none", await invites(second, { key: "x" }), { code: "malformed_statement" }],
  ];
  for (const [what, one, error] of badInvitations) await t.rejects(handedOver(scene, one), error, what);
  const own = { order: "move invite", subsystem: clients.business, file: fileOf(country, "own") } as const;
  await t.rejects(
    orderMove(answering, own),
    { code: "client_not_served" },
    "what is here and came from nowhere",
  );
}
