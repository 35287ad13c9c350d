import { createSecretKey, randomBytes } from "node:crypto";
import type { Test } from "tap";
import { parseServerId } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import {
  keepMovedPermissions,
  revisionsToMove,
} from "../../../src/exchange/permissions/moved-permissions.ts";
import { type NewPermission, PermissionBook } from "../../../src/exchange/permissions/permission-book.ts";
import type { SignedRevision } from "../../../src/exchange/permissions/stored-revision.ts";
import type { ContextDocument } from "../../../src/messagelog/message-record.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import { noLimits } from "../../../src/policy/permissions/permission.ts";
import { openSqliteMessageStore } from "../../../src/store/sqlite/message-store.ts";
import { openSqlitePermissionStore } from "../../../src/store/sqlite/permission-store.ts";
import { signerOf } from "../../authority/services/publishing-scene.ts";
import { newDirectory } from "../../new-directory.ts";
import { clients, populationRegister } from "../country/plan.ts";
import { bank, service } from "../permissions/permission-scene.ts";

const day = 86_400_000;
const began = Date.UTC(2026, 10, 22, 12);
const person = { scheme: "urn:sealway:dev:person", value: "38001010000" };
const digest = "A".repeat(43);
const act = { kind: "declared", officer: "An Officer", text: digest, proof: null } as const;
const terms: NewPermission = {
  ...{ kind: "consent", consumer: bank, service: service.id, elements: ["person.name"], fields: null },
  purpose: { id: "onboarding", revision: 1, sha256: digest },
  ...{ validity: { from: began, to: began + day }, limits: noLimits, representation: null },
  ...{ act, state: "active" },
};
const unproved = { text: null, token: null, key: null };

/** Permissions as one server of the member holds them; `clock` is all servers'. */
async function holder(t: Test, seal: Identity, clock: { now(): number }) {
  const directory = newDirectory();
  const messages = await openSqliteMessageStore({ directory, clock });
  const store = openSqlitePermissionStore(directory);
  t.teardown(async () => {
    await store.close();
    await messages.close();
  });
  const vault = await openVault(newDirectory(), createSecretKey(randomBytes(32)));
  const kept: string[] = [];
  const keep = async (document: ContextDocument) => {
    await messages.keepDocument(document);
    kept.push(document.kind);
  };
  const seals = new Map([
    [populationRegister, { signer: signerOf(seal), commitmentKey: createSecretKey(randomBytes(32)) }],
  ]);
  const log = { keep };
  const permissions = new PermissionBook({ store, vault, log, seals, clock, instance: () => "DEV" });
  const ids = async () => {
    const asked = { person: await permissions.tagOf(populationRegister, person), limit: 9 };
    return (await store.list({ provider: clients.population, ...asked })).map(({ id }) => id);
  };
  const all = () => revisionsToMove(permissions, vault, clients.population);
  /** @returns what stays apart */
  const adopt = async (other: { all: typeof all }) => {
    const moved = new Map<string, SignedRevision[]>();
    for await (const one of other.all())
      moved.set(one.permission.id, [...(moved.get(one.permission.id) ?? []), one]);
    const from = parseServerId(`${populationRegister}/other`);
    return keepMovedPermissions({ clock, log: log as never, permissions }, vault, [...moved.values()], from);
  };
  return { adopt, all, ids, kept, permissions };
}

/** A copy whose time was over is erased at one server, and the other one's was extended. */
export async function erasedAndExtended(t: Test, seal: Identity): Promise<void> {
  const clock = { time: began, now: () => clock.time };
  const [a, b] = [await holder(t, seal, clock), await holder(t, seal, clock)];
  const secret = { person, representative: null, ...unproved };
  const { permission } = await a.permissions.begin(terms, secret);
  const { id } = permission;
  t.same(await b.adopt(a), []);
  const extension = { state: "active", act, validity: { from: began, to: began + 9 * day } } as const;
  await b.permissions.revise((await b.permissions.held(id))!, extension, unproved);
  clock.time += 2 * day;
  await a.permissions.erase((await a.permissions.held(id))!, "An Officer", "Asked for");
  t.same(await a.adopt(b), [id], "it is in force, and whose it is cannot be known again");
  t.equal((await a.permissions.held(id))?.permission.revision, 1);
  t.same(await b.adopt(a), [id], "nor is it erased where it is in force");
  t.same(await b.ids(), [id], "the person finds it");
  t.notOk(b.kept.includes("permission-erasure"));

  clock.time += 9 * day;
  t.same(await b.adopt(a), [], "until it is over there, too");
  t.same([await b.ids(), b.kept.at(-1)], [[], "permission-erasure"], "erased, with a statement");
  t.same(await a.adopt(b), []);
  t.same([await b.adopt(a), b.kept.filter((kind) => kind === "permission-erasure").length], [[], 1]);
}
