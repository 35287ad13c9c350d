import fc from "fast-check";
import t from "tap";
import { ruleOf } from "../../../src/authority/registry/change-rules.ts";
import { applyEvent } from "../../../src/authority/registry/fold.ts";
import type { RegistryEvent } from "../../../src/authority/registry/registry-entry.ts";
import { fingerprintOf, RegistryState } from "../../../src/authority/registry/registry-state.ts";
import { clientAt } from "../../../src/authority/registry/server-clients.ts";
import { toBase64Url } from "../../../src/core/bytes.ts";
import { canonicalJson, type Json } from "../../../src/core/canonical-json.ts";
import { memberOf } from "../../../src/core/ids.ts";
import type { Change } from "../../../src/message/registration/registration-change.ts";

/* Whatever is asked for and approved in whatever order, what is registered fits together. */

const member = fc.constantFrom("DEV/GOV/1", "DEV/GOV/2");
const subsystem = fc.tuple(member, fc.constantFrom("a", "b")).map((parts) => parts.join("/"));
const server = fc.tuple(member, fc.constantFrom("ss1", "ss2")).map((parts) => parts.join("/"));
const client = fc.oneof(member, subsystem);
const ders = ["AAAA", "BBBB", "CCCC"];
const fingerprints = ders.map(fingerprintOf);
const certificate = fc.constantFrom(...ders);
const fingerprint = fc.constantFrom(...fingerprints);
const date = fc.constantFrom("2027-01-01", "2028-01-01");
const group = fc.constantFrom("g", "h");
const agreement = {
  agreement: fc.constant("a"),
  consumer: fc.constantFrom("DEV/GOV/1", "DEV/GOV/1/a"),
  service: fc.constant("DEV/GOV/2/a/s"),
};
const plain = { reason: fc.constant("x"), name: fc.constant("x") };

const kinds: readonly (readonly [kind: Change["kind"], stated: Record<string, fc.Arbitrary<unknown>>])[] = [
  ["member-add", { member, name: plain.name }],
  ["member-rename", { member, name: plain.name }],
  ["member-suspend", { member, reason: plain.reason }],
  ["member-resume", { member, reason: plain.reason }],
  ["member-remove", { member, reason: plain.reason }],
  ["subsystem-add", { subsystem, name: plain.name }],
  ["subsystem-remove", { subsystem }],
  ["attribute-certify", { member, attribute: fc.constant("a"), until: fc.constant("2030-01-01T00:00:00Z") }],
  ["attribute-end", { member, attribute: fc.constant("a"), reason: plain.reason }],
  ["seal-add", { member, certificate, servers: fc.constant([]) }],
  ["seal-end", { member, fingerprint }],
  ["succession-add", { from: fc.tuple(member), to: fc.constant([]), became: fc.constant("dissolved"), date }],
  ["succession-end", { from: fc.tuple(member), date }],
  ["officer-add", { certificate }],
  ["officer-end", { fingerprint, reason: plain.reason }],
  ["group-member-add", { client: subsystem, group }],
  ["group-member-end", { client: subsystem, group }],
  ["group-add", { group, description: plain.name }],
  ["group-remove", { group, reason: plain.reason }],
  ["agreement-suspend", { ...agreement, reason: plain.reason }],
  ["agreement-resume", { ...agreement, reason: plain.reason }],
  ["agreement-end", { ...agreement, reason: plain.reason }],
  ["server-add", { server, tlsCertificates: certificate.map((one) => [one]) }],
  ["server-suspend", { server, reason: plain.reason }],
  ["server-resume", { server, reason: plain.reason }],
  ["server-owner", { server, owner: member, as: server }],
  ["server-remove", { server }],
  ["server-certificate-add", { server, certificate }],
  ["server-certificate-end", { server, fingerprint }],
  ["client-add", { client, server }],
  ["client-remove", { client, server }],
];

const change = fc.oneof(
  ...kinds.map(([kind, stated]) => fc.record({ kind: fc.constant(kind), ...stated })),
) as fc.Arbitrary<Change>;

/** Who is there at first. */
const first = ["DEV/GOV/1", "DEV/GOV/2"].flatMap((id, i) => [
  { kind: "member-add", member: id, name: "x" },
  { kind: "subsystem-add", subsystem: `${id}/a`, name: "x" },
  { kind: "server-add", server: `${id}/ss1`, tlsCertificates: [i === 0 ? "AAAA" : "BBBB"] },
  ...(i === 0 ? [{ kind: "group-add", group: "g", description: "x" }] : []),
  { kind: "client-add", client: `${id}/a`, server: `${id}/ss1` },
]) as unknown as readonly Change[];

type Outcome = "approved" | "declined" | "expired";
const asked = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 2 }),
  outcome: fc.constantFrom<Outcome>("approved", "approved", "approved", "declined", "expired"),
});

/** A request as the log would have it, and what became of it. */
function eventsOf(id: string, changes: readonly Change[], outcome: Outcome): readonly RegistryEvent[] {
  const full = changes.map((one) =>
    one.kind === "server-add"
      ? { ...one, owner: memberOf(one.server), addresses: [], wireVersions: [1], contact: "x" }
      : one,
  );
  const request = canonicalJson({ id, changes: full } as unknown as Json);
  const signatures = [`x.${toBase64Url(Buffer.from(request))}.x`];
  const terms = { signatures, persons: 1, approvals: [], members: [] } as const;
  if (outcome === "approved") return [{ entry: "request", ...terms, state: "approved" }];
  const opened: RegistryEvent = { entry: "request", ...terms, state: "saved" };
  const approval = { fingerprint: "x", spki: "x", subject: "x" };
  const declined = { entry: "decision", request: id, statement: "x", approval, state: "declined" } as const;
  return [opened, outcome === "expired" ? { entry: "expiry", request: id } : declined];
}

/** @param membership `{client} in {group}` */
function isIn(state: RegistryState, membership: string): boolean {
  const [one, code] = membership.split(" in ") as [string, string];
  return state.groups.get(code)?.members.some((client) => client === one) === true;
}

function checkFits(state: RegistryState): void {
  const isThere = (kind: "member" | "server", id: string) =>
    ["approved", "suspended"].includes(state.stateOf(kind, id));
  for (const { id, subsystems } of state.members.values()) {
    if (!isThere("member", id)) throw new Error(`${id} is listed and ${state.stateOf("member", id)}`);
    for (const one of subsystems)
      if (state.stateOf("subsystem", one.id) !== "approved") throw new Error(`${one.id} is listed`);
  }
  for (const { id, owner, clients, tlsCertificates } of state.servers.values()) {
    if (!isThere("server", id) || !isThere("member", owner) || memberOf(id) !== owner)
      throw new Error(`${id} of ${owner} is listed`);
    for (const one of clients) {
      const kind = (one as string) === memberOf(one) ? "member" : "subsystem";
      const isKnown = kind === "member" ? isThere(kind, one) : state.stateOf(kind, one) === "approved";
      if (!isKnown || state.stateOf("client", clientAt(one, id)) !== "approved")
        throw new Error(`${one} is at ${id}`);
    }
    for (const der of tlsCertificates)
      if (state.stateOf("certificate", fingerprintOf(der)) !== "approved")
        throw new Error(`${der} is listed`);
  }
  for (const { code, members } of state.groups.values()) {
    if (state.stateOf("group", code) !== "approved") throw new Error(`the group ${code} is listed`);
    for (const one of members)
      if (
        state.stateOf("subsystem", one) !== "approved" ||
        state.stateOf("group-member", `${one} in ${code}`) !== "approved"
      )
        throw new Error(`${one} is in ${code}`);
  }
  for (const [code, standing] of state.standings("group-member", ""))
    if (standing.state === "approved" && !isIn(state, code)) throw new Error(`${code} is not listed`);
  for (const fingerprint of fingerprints)
    if (state.officers.has(fingerprint) !== (state.stateOf("officer", fingerprint) === "approved"))
      throw new Error(`the officer ${fingerprint} is ${state.stateOf("officer", fingerprint)}`);
  for (const [name, standing] of state.standings("agreement", "")) {
    const stop = state.agreementStops.get(name);
    const stopped = { suspended: "suspended", removed: "ended" }[standing.state as string];
    if (stop?.state !== stopped) throw new Error(`${name} is ${stop?.state} and ${standing.state}`);
  }
  if (state.agreementStops.size !== state.standings("agreement", "").length)
    throw new Error("a stop has no standing");
  for (const one of state.successions.keys())
    if (state.stateOf("succession", one) !== "approved") throw new Error(`${one} is listed`);
  for (const [one, seal] of state.seals)
    if (!isThere("member", seal.member) || state.stateOf("seal", one) === "absent")
      throw new Error(`the seal ${one} is of ${seal.member}`);
}

t.test("what is registered fits together, and a name that was removed stays so", async (t) => {
  let approved = 0;
  fc.assert(
    fc.property(fc.array(asked, { minLength: 20, maxLength: 40 }), (more) => {
      let state = new RegistryState();
      const removed = new Set<string>();
      const requests = [{ changes: first, outcome: "approved" } as const, ...more];
      for (const [i, { changes, outcome }] of requests.entries()) {
        const next = new RegistryState(state);
        try {
          for (const event of eventsOf(`request ${i}`, changes, outcome)) applyEvent(next, event, i + 1);
        } catch (error) {
          if ((error as { code?: string }).code === undefined) throw error;
          continue;
        }
        state = next;
        if (outcome === "approved") approved += 1;
        for (const one of changes) {
          const standing = state.stateOf(...ruleOf(one).object(one as never));
          if (standing === "saved" || standing === "requested") throw new Error(`${one.kind}: ${standing}`);
        }
        checkFits(state);
        for (const id of ["DEV/GOV/1", "DEV/GOV/2"])
          if (state.stateOf("member", id) === "removed") removed.add(id);
        for (const id of removed) if (state.members.has(id as never)) throw new Error(`${id} is back`);
      }
    }),
    { numRuns: 300 },
  );
  t.ok(approved > 1_000, `${approved} requests were approved`);
});
