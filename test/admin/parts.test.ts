import fc from "fast-check";
import t from "tap";
import { fitsDigest, newSecret, parseApiKey } from "../../src/admin/administration/api-key.ts";
import { AdministrationBook } from "../../src/admin/administration/book.ts";
import {
  type AdministrationDraft,
  type AdministrationEntry,
  checkDraft,
  type Fact,
} from "../../src/admin/administration/entry.ts";
import { foldAdministration, isAdministered, isInForce } from "../../src/admin/administration/state.ts";
import { checkSecondPerson } from "../../src/admin/administration/two-people.ts";
import type { Asked } from "../../src/admin/api/route.ts";
import type { WantedHold } from "../../src/admin/hold-desk.ts";
import { reaches, reachOf, recordsReached } from "../../src/admin/roles.ts";
import { AttemptLimit } from "../../src/admin/sign-in/attempt-limit.ts";
import { type CallerParts, userOfKey } from "../../src/admin/sign-in/caller.ts";
import { FirstCode } from "../../src/admin/sign-in/first-code.ts";
import { proposalRoutes } from "../../src/admin/use-cases/proposals.ts";
import { SealwayError } from "../../src/core/errors.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { InTurnByName } from "../../src/core/in-turn-by-name.ts";
import { uuidV7 } from "../../src/core/uuid.ts";

const [owner, bank] = [unsafeId<never>("DEV/GOV/1"), unsafeId<never>("DEV/COM/2")];
const [ann, bob, eve] = [uuidV7(1), uuidV7(2), uuidV7(3)];
const mandate = uuidV7(4);

function entry(time: number, by: string, fact: Fact): AdministrationEntry {
  const plain = { key: null, roles: [], route: "x", member: null, about: [], reason: null };
  return { ...plain, id: uuidV7(time), instance: "DEV", time, by, fact };
}

const made = (user: string, time: number) =>
  entry(time, "first-code", { what: "user-made", user, name: "x", place: "*", subject: null });
const story: readonly AdministrationEntry[] = [
  ...[made(ann, 1), made(bob, 2), made(eve, 3)],
  entry(4, ann, { what: "role-given", user: eve, assignment: uuidV7(9), role: "auditor", place: owner }),
  entry(5, ann, {
    what: "mandate-ordered",
    mandate,
    auditor: eve,
    member: owner,
    order: "o",
    from: 0,
    to: 100,
  }),
  entry(6, ann, { what: "mandate-confirmed", mandate }),
  entry(7, eve, { what: "mandate-confirmed", mandate }),
  entry(8, bob, { what: "mandate-confirmed", mandate }),
  entry(9, bob, { what: "user-changed", user: ann, name: "Ann", subject: null, enabled: false }),
];

t.test("entries fold to the same in any order", async (t) => {
  const expected = foldAdministration(story);
  fc.assert(
    fc.property(fc.shuffledSubarray([...story], { minLength: story.length }), (shuffled) => {
      const { users, mandates } = foldAdministration(shuffled);
      return (
        JSON.stringify([...users]) === JSON.stringify([...expected.users]) &&
        JSON.stringify([...mandates]) === JSON.stringify([...expected.mandates])
      );
    }),
  );
  t.match(expected.users.get(ann), { enabled: false, revision: 2, name: "Ann" });
});

t.test(
  "a mandate counts when somebody confirmed it who neither ordered nor uses it, in its time",
  async (t) => {
    const at = (count: number) => foldAdministration(story.slice(0, count)).mandates.get(mandate)!;
    t.notOk(isInForce(at(5), 50), "ordered");
    t.notOk(isInForce(at(6), 50), "confirmed by whoever ordered it");
    t.notOk(isInForce(at(7), 50), "confirmed by the auditor");
    t.ok(isInForce(at(8), 50));
    t.notOk(isInForce(at(8), 100), "its time is over");
    const ended = [...story, entry(10, ann, { what: "mandate-ended", mandate })];
    t.notOk(isInForce(foldAdministration(ended).mandates.get(mandate)!, 50));
  },
);

t.test(
  "the server is administered while an enabled administrator has a key that has not ended, or signs in",
  async (t) => {
    const given = uuidV7(20);
    const first: readonly AdministrationEntry[] = [
      made(ann, 1),
      entry(2, ann, { what: "role-given", user: ann, assignment: given, role: "administrator", place: "*" }),
    ];
    const key = (assignments: readonly string[] | null) => {
      const digest = "A".repeat(43);
      return entry(3, ann, {
        what: "key-made",
        user: ann,
        key: uuidV7(21),
        name: "k",
        digest,
        assignments,
        ends: 100,
      });
    };
    const named = { name: "Ann", subject: "B".repeat(43) };
    const changed = (enabled: boolean) =>
      entry(4, ann, { what: "user-changed", user: ann, ...named, enabled });
    const isHeld = (more: readonly AdministrationEntry[], now = 50, signIn: "keys" | "provider" = "keys") =>
      isAdministered(foldAdministration([...first, ...more]), now, signIn);
    t.notOk(isHeld([]));
    t.ok(isHeld([key(null)]));
    t.ok(isHeld([key([given])]));
    t.notOk(isHeld([key([])]), "a key without the role");
    t.notOk(isHeld([key(null)], 100), "ended");
    t.notOk(isHeld([key(null), changed(false)]), "disabled");
    t.notOk(isHeld([changed(true)]));
    t.ok(isHeld([changed(true)], 50, "provider"));
  },
);

t.test(
  "a second person is nobody whom the first made, or gave a role, a key or a sign-in, within seven days",
  async (t) => {
    const day = 86_400_000;
    const second = (entries: readonly AdministrationEntry[], now: number, by = ann, other = bob) => {
      checkSecondPerson(foldAdministration(entries), by, other, now);
    };
    const apart = [made(ann, 1), made(bob, 2), made(eve, 3)];
    t.doesNotThrow(() => second(apart, 10), "both were made by somebody else");
    t.throws(() => second(apart, 10, ann, ann), { code: "two_people_needed" });
    const named = { name: "Bob", enabled: true };
    const keyOf = (user: string): Fact => ({
      ...{ what: "key-made", user, key: uuidV7(21), name: "k", digest: "A".repeat(43) },
      ...{ assignments: null, ends: 100 * day },
    });
    const hands: Readonly<Record<string, Fact>> = {
      role: { what: "role-given", user: bob, assignment: uuidV7(20), role: "approver", place: "*" },
      key: keyOf(bob),
      "sign-in": { what: "user-changed", user: bob, subject: "B".repeat(43), ...named },
    };
    for (const [name, fact] of Object.entries(hands)) {
      const story = [...apart, entry(5, ann, fact)];
      t.throws(() => second(story, 6), { code: "two_people_needed" }, name);
      t.throws(() => second(story, 6, bob, ann), { code: "two_people_needed" }, `${name}: the other way`);
      t.throws(() => second(story, 4 + 7 * day), { code: "two_people_needed" }, `${name}: for seven days`);
      t.doesNotThrow(() => second(story, 5 + 7 * day), `${name}: no longer`);
    }
    const renamed: Fact = { what: "user-changed", user: bob, subject: null, ...named };
    t.doesNotThrow(() => second([...apart, entry(5, ann, renamed)], 6), "a name gives nothing into hands");
    const overEve = [...apart, entry(5, ann, keyOf(eve)), entry(6, eve, keyOf(bob))];
    t.throws(() => second(overEve, 7), { code: "two_people_needed" }, "by somebody else in their hands");
  },
);

function draft(time: number, fact: Fact, by = bob): AdministrationDraft {
  const { instance: _, ...draft } = entry(time, by, fact);
  return draft;
}

function bookInMemory() {
  const kept: AdministrationEntry[] = [];
  const log = {
    entries: async () => [...kept],
    newest: async () => [],
    keep: async (draft: AdministrationDraft) => {
      kept.push({ ...draft, instance: "DEV" });
      return kept.at(-1)!;
    },
  };
  return { book: new AdministrationBook(log, { now: () => 50 }), kept };
}

t.test("changes that waited for each other fold in the order in which they were made", async (t) => {
  const { book, kept } = bookInMemory();
  const named = (name: string): Fact => ({
    what: "user-changed",
    user: ann,
    name,
    subject: null,
    enabled: true,
  });
  await book.change((_, keep) => keep(draft(40, { ...made(ann, 40).fact })));
  await book.change((_, keep) => keep(draft(41, named("First"))));
  // It was drafted before, and waited.
  await book.change(async (_, keep) => {
    await keep(draft(40, named("Second")));
    await keep(draft(40, named("Third")));
  });
  t.strictSame(
    kept.map(({ time }) => time),
    [40, 41, 42, 43],
  );
  t.equal((await book.state()).users.get(ann)!.name, "Third");
});

t.test("a role for the server reaches every member, and the records of its owner alone", async (t) => {
  const assignment = { id: uuidV7(0), role: "auditor", place: "*" } as const;
  const reach = reachOf([assignment], ["auditor"]);
  t.ok(reaches(reach, bank));
  t.strictSame([...recordsReached(reach, owner)], [owner]);
  t.strictSame(reachOf([assignment], ["observer"]), { server: false, members: new Set() });
});

t.test("an entry that is none is not kept", async (t) => {
  const { instance: _, ...good } = story[0]!;
  t.doesNotThrow(() => checkDraft(good));
  const bad = [
    null,
    [],
    { ...good, more: 1 },
    { ...good, by: "somebody" },
    { ...good, reason: "a\u0000b" },
    { ...good, about: ["x".repeat(1001)] },
    { ...good, fact: { what: "constructor" } },
    { ...good, fact: { ...good.fact, place: "*/*/*/*" } },
    { ...good, fact: { ...good.fact, enabled: true } },
  ];
  for (const one of bad)
    t.throws(() => checkDraft(one), { code: "bad_request" }, JSON.stringify(one).slice(0, 80));
});

t.test("API keys are read strictly, and compared by their digests", async (t) => {
  const id = uuidV7(1);
  const { text, digest } = newSecret(id);
  const parsed = parseApiKey(text)!;
  t.equal(parsed.id, id);
  t.ok(fitsDigest(parsed.secret, digest));
  t.notOk(fitsDigest(Buffer.alloc(32), digest));
  for (const wrong of [
    "",
    text.slice(0, -1),
    `${text}A`,
    text.replace("sealway", "Sealway"),
    `sealway_${"0".repeat(36)}_${"A".repeat(43)}`,
  ])
    t.equal(parseApiKey(wrong), undefined, wrong);
  // 43 characters have two bits more than 32 octets: another spelling of them is none.
  t.equal(parseApiKey(`${text.slice(0, -1)}B`), undefined);
});

t.test("the first code is good for an hour and ten tries", async (t) => {
  const clock = { time: 0, now: () => clock.time };
  const hour = FirstCode.make(clock);
  t.match(hour.code, /^[\w-]{22}$/);
  t.ok(hour.first.fits(hour.code));
  clock.time = 3_600_000;
  t.notOk(hour.first.fits(hour.code), "too late");
  const tried = FirstCode.make(clock);
  for (let i = 0; i < 10; i++) t.notOk(tried.first.fits("guess"));
  t.notOk(tried.first.fits(tried.code), "used up");
});

t.test(
  "failed attempts are forgotten after ten minutes, and those of many names fill no memory",
  async (t) => {
    const clock = { time: 0, now: () => clock.time };
    const limit = new AttemptLimit(2, clock);
    for (let i = 0; i < 2; i++) limit.failed("a");
    t.throws(() => limit.check("a"), { code: "too_many_attempts" });
    t.doesNotThrow(() => limit.check("b"));
    clock.time = 600_000;
    t.doesNotThrow(() => limit.check("a"));
    for (let i = 0; i < 2; i++) limit.failed("old");
    t.throws(() => limit.check("old"), { code: "too_many_attempts" });
    for (let i = 0; i < 20_000; i++) limit.failed(`name ${i}`);
    t.doesNotThrow(() => limit.check("old"), "the oldest made room");
    limit.failed("name 19999");
    t.throws(() => limit.check("name 19999"), { code: "too_many_attempts" }, "the newest are known");
  },
);

t.test("nobody gets more guesses of an API key by making them at once", async (t) => {
  const clock = { now: () => 0 };
  const attempts = { ofAddress: new AttemptLimit(20, clock), ofKey: new AttemptLimit(10, clock) };
  const book = { state: async () => foldAdministration([]) };
  const parts = { attempts, book, clock } as unknown as CallerParts;
  const wrong = `sealway_${uuidV7(0)}_${"A".repeat(43)}`;
  const guess = () =>
    userOfKey(parts, wrong, "2001:db8::1").catch(({ code }: { readonly code: string }) => code);
  const codes = await Promise.all(Array.from({ length: 30 }, guess));
  t.equal(codes.filter((code) => code === "sign_in_required").length, 20);
});

/** A hold that Ann proposed, which Bob confirms and drops. @param place does what is confirmed */
async function proposedHold(place: (hold: WantedHold) => Promise<{ hold: string; records: number }>) {
  const { book, kept } = bookInMemory();
  const proposal = uuidV7(30);
  const scope = { kind: "exchanges", ids: [uuidV7(31)] };
  const terms = JSON.stringify({ case: "1", authority: "Court", review: 10 ** 12, scope });
  for (const one of [made(ann, 1), made(bob, 2)]) await book.change((_, keep) => keep(one));
  const proposed: Fact = { what: "act-proposed", proposal, act: "hold", terms, person: null };
  await book.change((_, keep) => keep(draft(30, proposed, ann)));
  const ask = async (method: "POST" | "DELETE", now = 50) => {
    const route = proposalRoutes.find((one) => one.method === method)!;
    const user = (await book.state()).users.get(bob)!;
    const { body } = await route.run({
      ...{ services: { book, holds: { place }, turns }, caller: { user }, params: { proposal } },
      ...{ body: {}, now, draft: (fact: Fact) => draft(now, fact) },
    } as unknown as Asked);
    return body as { readonly state: string; readonly result: string | null };
  };
  const turns = new InTurnByName();
  return { ask, book, kept, proposal };
}

t.test("what was confirmed and then failed is done again as the same hold, or dropped", async (t) => {
  const placed: string[] = [];
  const breaksOff = async ({ hold }: WantedHold) => {
    placed.push(hold);
    if (placed.length % 2 === 1) throw new SealwayError("internal_error", "the server broke off");
    return { hold, records: 1 };
  };
  const again = await proposedHold(breaksOff);
  await t.rejects(again.ask("POST"), { code: "internal_error" });
  t.match(await again.ask("POST"), { state: "done" });
  t.strictSame(placed, [again.proposal, again.proposal], "the server knows it again");
  const dropped = await proposedHold(breaksOff);
  await t.rejects(dropped.ask("POST"), { code: "internal_error" });
  t.match(await dropped.ask("DELETE"), { state: "dropped" });
  await t.rejects(dropped.ask("POST"), { code: "changed_meanwhile" });
  placed.length = 0;
  const late = await proposedHold(breaksOff);
  await t.rejects(late.ask("POST"), { code: "internal_error" });
  await t.rejects(late.ask("POST", 30 + 7 * 86_400_000), { code: "changed_meanwhile" }, "for seven days");
  t.equal(placed.length, 1);
});

t.test("a hold that takes long holds up no change, and is not dropped while it is placed", async (t) => {
  const { promise: isPlacing, resolve: placing } = Promise.withResolvers<void>();
  const { promise: isPlaced, resolve: finish } = Promise.withResolvers<void>();
  const { ask, book } = await proposedHold(async ({ hold }) => {
    placing();
    await isPlaced;
    return { hold, records: 1 };
  });
  const confirmed = ask("POST");
  await isPlacing;
  const dropped = ask("DELETE");
  await book.change((_, keep) => keep(made(eve, 51)));
  t.ok((await book.state()).users.has(eve), "somebody is made meanwhile");
  finish();
  t.match(await confirmed, { state: "done" });
  await t.rejects(dropped, { code: "changed_meanwhile" });
});
