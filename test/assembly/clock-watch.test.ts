import t from "tap";
import { clockAlarms } from "../../src/assembly/clock-alarms.ts";
import { ClockWatch } from "../../src/assembly/clock-watch.ts";

/* Whose clock is wrong: ours, a peer's, an authority's; and a step of ours. Times are milliseconds. */

const start = Date.UTC(2026, 10, 22, 12);

/** A server in a world whose time goes by, and whose own clock may differ from it. */
class World {
  time = start;
  own = 0;
  readonly jumps: number[] = [];
  readonly watch = new ClockWatch(
    { now: () => this.time + this.own },
    () => this.time - start,
    (by) => this.jumps.push(by),
  );

  constructor(own = 0) {
    this.own = own;
    this.watch.look();
    this.jumps.length = 0;
  }

  /** Everybody is heard. @param wrong by how much whose clock is wrong */
  hear(wrong: Readonly<Record<string, number>> = {}, sources: readonly string[] = everybody): this {
    for (const source of sources) {
      const theirs = this.time + (wrong[source] ?? 0);
      if (source.startsWith("tsa")) this.#stamp(source, theirs, 40);
      else this.watch.heardPeer(source, Math.floor((theirs - 30) / 1000) * 1000);
    }
    return this;
  }

  #stamp(source: string, theirs: number, roundTrip: number): void {
    const now = this.time + this.own;
    this.watch.heardAuthority(source, { genTime: theirs - 20, sent: now - roundTrip, received: now });
  }

  alarms(): string[] {
    return clockAlarms(this.watch.figures()).map(({ severity, code, about }) =>
      [severity, code, about].filter((one) => one !== undefined).join(" "),
    );
  }
}

const everybody = ["tsa1", "a", "b", "c"];

/** Our clock set in a world that is seen only afterwards. */
const ours = (by: number, sources = everybody) => {
  const world = new World(by);
  return world.hear({}, sources);
};

t.test("all agree: no alarm, and the offset is small", async (t) => {
  const world = new World().hear();
  t.same(world.alarms(), []);
  t.ok(Math.abs(world.watch.figures().offset!) < 1_000);
});

t.test("ours is wrong: told from 5 seconds on, critical from 20", async (t) => {
  for (const [by, alarms] of [
    [3_000, []],
    [-7_000, ["warning clock_wrong"]],
    [7_000, ["warning clock_wrong"]],
    [25_000, ["critical clock_wrong"]],
    [-90_000, ["critical clock_wrong"]],
  ] as const) {
    const world = ours(by);
    t.same(world.alarms(), alarms, `${by} ms`);
    t.ok(Math.abs(world.watch.figures().offset! + by) < 1_000);
  }
  const [alarm] = clockAlarms(ours(-25_000).watch.figures());
  t.match(alarm!.detail, "the clock is 25 s slow by the median of 1 time-stamping authorities and 3 peers");
  t.match(alarm!.remedy, /NTP/);
});

t.test("one peer's is wrong: it accuses nobody, and is a figure", async (t) => {
  const world = new World().hear({ b: 40_000 });
  t.same(world.alarms(), []);
  const { peers } = world.watch.figures();
  t.same(
    peers.filter(({ offset }) => offset > 30_000).map(({ source }) => source),
    ["b"],
  );
});

t.test("peers alone accuse ours only when they are three", async (t) => {
  t.same(ours(30_000, ["a", "b"]).alarms(), []);
  t.equal(ours(30_000, ["a", "b"]).watch.figures().offset, null);
  t.same(ours(30_000, ["a", "b", "c"]).alarms(), ["critical clock_wrong"]);
});

t.test("an authority's is wrong: it is named, and ours is not accused", async (t) => {
  t.same(new World().hear({ tsa1: -30_000 }).alarms(), ["warning timestamp_authority_clock tsa1"]);
  t.same(new World().hear({ tsa1: 30_000 }, ["tsa1", "a"]).alarms(), [
    "warning timestamp_authority_clock tsa1",
  ]);
  const alone = new World().hear({ tsa1: 30_000 }, ["tsa1"]).alarms();
  t.same(alone, ["critical clock_wrong"], "with nobody else to ask it is believed");
});

t.test("a step of ours is told, and what was compared before is forgotten", async (t) => {
  const world = new World().hear();
  world.time += 10_000;
  world.own = 30_000;
  t.same(world.alarms(), [], "who is right is not known yet");
  t.same([world.jumps, world.watch.figures().offset], [[30_000], null]);
  world.time += 61_000;
  t.same(world.alarms(), ["warning clock_unconfirmed"]);
  world.hear();
  t.same(world.alarms(), ["critical clock_wrong"]);
  world.own = 0;
  world.hear();
  t.same([world.alarms(), world.jumps], [[], [30_000, -30_000]], "set right again");
});

t.test("a slow message or time-stamp accuses nobody", async (t) => {
  const world = new World();
  for (const peer of ["a", "b", "c"]) {
    world.watch.heardPeer(peer, Math.floor((world.time - 18_000) / 1000) * 1000);
    world.watch.heardPeer(peer, Math.floor(world.time / 1000) * 1000);
    world.watch.heardPeer(peer, Math.floor((world.time - 15_000) / 1000) * 1000);
  }
  world.watch.heardAuthority("tsa1", {
    genTime: world.time - 9_000,
    sent: world.time - 10_000,
    received: world.time,
  });
  t.same(world.alarms(), []);
});

t.test("what is old does not count", async (t) => {
  const world = ours(30_000);
  world.time += 700_000;
  t.equal(world.watch.figures().offset, null);
  t.ok(world.watch.figures().unseenMs >= 700_000);
  world.hear({}, ["a", "b", "c"]);
  t.same(world.alarms(), ["critical clock_wrong"]);
});

t.test("a clock that was set right is believed as soon as the old messages are old", async (t) => {
  const world = new World().hear({ a: 30_000, b: 30_000, c: 30_000 }, ["a", "b", "c"]);
  t.same(world.alarms(), ["critical clock_wrong"]);
  for (let minute = 0; minute < 6; minute++) {
    world.time += 60_000;
    world.hear({}, ["a", "b", "c"]);
  }
  t.same(world.alarms(), []);
});
