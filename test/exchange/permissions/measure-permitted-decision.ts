import { createSecretKey, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { memberOf } from "../../../src/core/ids.ts";
import type { GatewayServices } from "../../../src/exchange/gateway-services.ts";
import { judgePermissionOfCall } from "../../../src/exchange/permissions/judge-permission-of-call.ts";
import {
  PermissionBook,
  type PermissionBookParts,
} from "../../../src/exchange/permissions/permission-book.ts";
import { personTag } from "../../../src/exchange/permissions/permission-secret.ts";
import { type Permission, serializePermission } from "../../../src/policy/permissions/permission.ts";
import { purposeOf } from "../../../src/policy/purpose.ts";
import { openSqlitePermissionStore } from "../../../src/store/sqlite/permission-store.ts";
import { ManyAgreements } from "../../policy/many-agreements.ts";
import { fillPermissions, permissionId, timeLookUps } from "../../store/many-permissions.ts";

/*
 * What the provider's decision on a permitted call costs with 100,000 agreements and many permissions: the person's tag,
 * the permission and its two counters in SQLite, its rules, agreement and purpose, and every rule of the decision.
 *
 *   node test/exchange/permissions/measure-permitted-decision.ts [permissions]
 */

const count = Number(process.argv[2] ?? 200_000);
const perPerson = 3;
const now = Date.UTC(2030, 0);
const agreements = new ManyAgreements({ permission: "consent" });
/** Far from each other for neighbours, and another one for each permission of a person. */
const pairOf = (i: number) => agreements.pair((i * 7919) % agreements.count);

const key = createSecretKey(randomBytes(32));
const nameOf = (i: number) => ({
  scheme: "urn:dev:personal-code",
  value: `${Math.floor(i / perPerson)}`.padStart(11, "0"),
});
const digest = Buffer.alloc(32, 7).toString("base64url");

function permissionOf(i: number): Permission {
  const { client, description } = pairOf(i);
  const { id, revision, sha256 } = purposeOf(description, "means-test")!;
  return {
    ...{ v: 1, instance: "DEV", time: now - 86_400_000, id: permissionId(i), revision: 1, previous: null },
    ...{ kind: "consent", consumer: client, service: description.id, purpose: { id, revision, sha256 } },
    ...{ elements: ["person.residence.address"], fields: null },
    validity: { from: now - 86_400_000, to: now + 86_400_000 },
    limits: { uses: 1000, perPeriod: { uses: 100, days: 30 }, dataPeriod: null, keepDays: 90 },
    ...{ person: { c: digest, scheme: nameOf(i).scheme }, representation: null },
    act: { kind: "declared", officer: digest, text: digest, proof: null },
    ...{ state: "active", reason: null },
  };
}

const { directory, close } = await fillPermissions(count, (i) => {
  const permission = permissionOf(i);
  const { consumer, service, purpose } = permission;
  const provider = memberOf(service);
  const person = personTag(key, nameOf(i));
  return {
    provider,
    consumer,
    service,
    purpose: purpose.id,
    person,
    document: serializePermission(permission),
  };
});
const store = openSqlitePermissionStore(directory);
const vault = { current: () => ({ id: Buffer.alloc(16), key }) };
// Nothing else of them is asked: nobody is represented, and nothing is written.
const permissions = new PermissionBook({ store, vault } as unknown as PermissionBookParts);
const services = { permissions } as unknown as GatewayServices;

async function decideOn(i: number): Promise<void> {
  const pair = pairOf(i);
  const { client, description } = pair;
  const service = description.id;
  const call = {
    ...{ client, service, holder: memberOf(service), purpose: purposeOf(description, "means-test")! },
    ...{ named: null, persons: [nameOf(i)], query: undefined, sight: "ordinary" as const },
  };
  const { judged } = await judgePermissionOfCall(services, call, now);
  const { verdict } = agreements.decide(pair, now, judged);
  if (verdict !== "permit") throw new Error(`it is ${verdict}: ${judged.failed}`);
}

const decideAny = () => decideOn(Math.floor(Math.random() * count));
await timeLookUps("a decision, most by agreements that were not used before", decideAny);
for (let i = 0; i < agreements.count; i++) await decideOn(i % count);
for (let round = 0; round < 5; round++) await timeLookUps("a decision", decideAny);
await store.close();
await close();
rmSync(directory, { recursive: true });
