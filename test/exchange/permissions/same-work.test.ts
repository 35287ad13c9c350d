import { createSecretKey, randomBytes } from "node:crypto";
import t from "tap";
import { memberOf, unsafeId } from "../../../src/core/ids.ts";
import type { GatewayServices } from "../../../src/exchange/gateway-services.ts";
import {
  judgePermissionOfCall,
  type PermissionCall,
} from "../../../src/exchange/permissions/judge-permission-of-call.ts";
import { PermissionBook } from "../../../src/exchange/permissions/permission-book.ts";
import { personTag } from "../../../src/exchange/permissions/permission-secret.ts";
import {
  noLimits,
  type Permission,
  serializePermission,
} from "../../../src/policy/permissions/permission.ts";
import type { PermissionStore, StoredPermission } from "../../../src/policy/permissions/permission-store.ts";

/* Whatever a person has given to whomever, the same is looked up: time tells no more than words. */

const now = Date.UTC(2026, 10, 22, 12);
const key = createSecretKey(randomBytes(32));
const person = { scheme: "urn:dev:personal-code", value: "38001010000" };
const id = "0193ad5c-0000-7000-8000-000000000001";
const digest = "A".repeat(43);
const given: Permission = {
  ...{ v: 1, instance: "DEV", time: now, id, revision: 1, previous: null, kind: "consent" },
  consumer: unsafeId("DEV/COM/3/bank"),
  service: unsafeId("DEV/GOV/1/population/persons"),
  purpose: { id: "onboarding", revision: 1, sha256: digest },
  ...{ elements: ["person.name"], fields: null, representation: null, state: "active", reason: null },
  limits: { ...noLimits, uses: 1 },
  validity: { from: now - 1000, to: now + 1000 },
  person: { c: digest, scheme: person.scheme },
  act: { kind: "declared", officer: "Officer", text: digest, proof: null },
};

/** Finds a permission, or nothing; notes what it is asked. */
function bookWith(permission: Permission | undefined, used: number) {
  const asked: string[] = [];
  const stored = permission && storedOf(permission);
  const note = <Value>(what: string, value: Value) => {
    asked.push(what);
    return Promise.resolve(value);
  };
  const store = {
    byId: (wanted: string) => note("byId", wanted === stored?.id ? stored : undefined),
    activeFor: () => note("activeFor", stored?.state === "active" ? [stored] : []),
    used: (counters: readonly string[]) =>
      note(
        `used ${counters.length}`,
        counters.map(() => used),
      ),
  } as unknown as PermissionStore;
  const vault = { current: () => ({ id: randomBytes(16), key }) } as never;
  const book = new PermissionBook({
    store,
    vault,
    log: null as never,
    seals: new Map(),
    clock: null as never,
    instance: () => "",
  });
  return { book, asked };
}

function storedOf(permission: Permission): StoredPermission {
  const { id, revision, consumer, service, purpose, state } = permission;
  const tag = personTag(key, person);
  const document = serializePermission(permission);
  const parties = { provider: "DEV/GOV/1/population", consumer, service, purpose: purpose.id };
  return { id, revision, ...parties, state, person: tag, document, statement: digest };
}

const call: PermissionCall = {
  ...{ client: given.consumer, service: given.service, named: id, persons: [person], query: undefined },
  ...{ holder: memberOf(given.service), sight: "ordinary" },
  purpose: { ...given.purpose, permission: "consent" } as unknown as PermissionCall["purpose"],
};

const worlds: readonly (readonly [
  what: string,
  Permission | undefined,
  used: number,
  Partial<PermissionCall>,
  string | undefined,
])[] = [
  ["in force", given, 0, {}, undefined],
  ["none", undefined, 0, {}, "permission.exists"],
  ["none, and none named", undefined, 0, { named: null }, "permission.exists"],
  ["found", given, 0, { named: null }, undefined],
  ["withdrawn", { ...given, state: "withdrawn" }, 0, {}, "permission.state"],
  ["declined", { ...given, state: "declined" }, 0, {}, "permission.state"],
  ["expired", { ...given, validity: { from: 0, to: now } }, 0, {}, "permission.validity"],
  ["used up", given, 1, {}, "permission.uses"],
  ["of another client", given, 0, { client: unsafeId("DEV/COM/3/other") }, "permission.client"],
  ["of another subject", given, 0, { persons: [{ ...person, value: "1" }] }, "permission.subject"],
  ["of nobody", given, 0, { persons: [] }, "permission.subject"],
  ["of two", given, 0, { persons: [person, { ...person, value: "1" }] }, "permission.subject"],
  ["of one who stands in two places", given, 0, { persons: [person, person] }, undefined],
  ["named by what is no id", given, 0, { named: "x" }, "permission.exists"],
];

for (const [what, permission, used, changes, rule] of worlds) {
  t.test(what, async (t) => {
    const { book, asked } = bookWith(permission, used);
    const services = { permissions: book } as GatewayServices;
    const { judged } = await judgePermissionOfCall(services, { ...call, ...changes }, now);
    t.equal(judged.failed, rule);
    t.same(asked, [changes.named === null ? "activeFor" : "byId", "used 1"]);
  });
}
