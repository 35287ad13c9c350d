import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Test } from "tap";
import { originsTaken } from "../../../src/assembly/moves/adopted-hand-overs.ts";
import { usesTaken, usesToMove } from "../../../src/assembly/moves/moved-counters.ts";
import { parseServerId, type ServerId } from "../../../src/core/ids.ts";
import { countersOf } from "../../../src/policy/permissions/judge-permission.ts";
import { noLimits, type Permission } from "../../../src/policy/permissions/permission.ts";
import { clients } from "../country/plan.ts";

const permission = { id: "p", limits: { ...noLimits, uses: 9 }, validity: { from: 0, to: 1 } } as Permission;
const { counter } = countersOf(permission, 0, "ordinary").all!;
const subsystem = clients.population;
const names = ["a", "b", "c", "d"].map((name) => parseServerId(`DEV/GOV/1/${name}`));

type File = { readonly origins: readonly ServerId[]; readonly uses: Awaited<ReturnType<typeof usesToMove>> };

/** What counts at a server, with a store that keeps the contract of all. */
class CountingServer {
  readonly self: ServerId;
  readonly #counters = new Map<string, number>();
  readonly #adopted: { readonly payload: never }[] = [];
  readonly #services: Parameters<typeof usesToMove>[0];

  constructor(self: ServerId) {
    this.self = self;
    const used = async (counters: readonly string[]) => counters.map((name) => this.#used(name));
    const trust = () => ({ catalogue: {}, configuration: { parameters: { timeZone: "UTC" } } });
    const [agreements, clock, permissions] = [{ all: () => [] }, { now: () => 0 }, { store: { used } }];
    this.#services = { agreements, clock, permissions, self, trust } as never;
  }

  #used(name: string): number {
    return this.#counters.get(name) ?? 0;
  }

  get used(): number {
    return this.#used(counter);
  }

  use(): void {
    this.#counters.set(counter, this.used + 1);
  }

  async handOver(): Promise<File> {
    const taken = originsTaken(this.#adopted, this.self);
    const uses = await usesToMove(this.#services, subsystem, taken, [permission]);
    return { origins: [this.self, ...taken], uses };
  }

  adopt({ origins, uses }: File): void {
    for (const one of usesTaken(this.#services, subsystem, [permission], uses)) {
      const more = Math.max(0, one.used - this.#used(one.noted));
      for (const name of [one.counter, one.noted]) this.#counters.set(name, this.#used(name) + more);
    }
    this.#adopted.push({ payload: { from: origins[0], origins } as never });
  }
}

const at = fc.nat({ max: names.length - 1 });
const act = fc.constantFrom("use", "hand over", "adopt");
const step = fc.record({ act, at, file: fc.nat({ max: 9 }) });

/** Uses of one permission at several servers, handed over on any ways, also twice and late. */
export async function countedOnce(t: Test): Promise<void> {
  const [a, b, c] = names.map((name) => new CountingServer(name)) as [
    CountingServer,
    CountingServer,
    CountingServer,
  ];
  const move = async (from: CountingServer, to: CountingServer) => to.adopt(await from.handOver());
  for (let i = 0; i < 5; i++) a.use();
  await move(a, b);
  for (let i = 0; i < 3; i++) b.use();
  await move(b, c);
  await move(c, a);
  t.same([a.used, b.used, c.used], [8, 8, 8], "round three servers");

  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const servers = names.map((name) => new CountingServer(name));
      // How many uses at each server each one knows of.
      const known = names.map(() => names.map(() => 0));
      const files: { readonly file: File; readonly known: readonly number[] }[] = [];
      const adopt = (at: number, file: (typeof files)[number]) => {
        servers[at]!.adopt(file.file);
        known[at] = known[at]!.map((count, origin) => Math.max(count, file.known[origin]!));
      };
      const handOver = async (at: number) => {
        return { file: await servers[at]!.handOver(), known: [...known[at]!] };
      };
      const check = (at: number) =>
        strictEqual(
          servers[at]!.used,
          known[at]!.reduce((sum, count) => sum + count),
        );
      for (const one of steps) {
        if (one.act === "hand over") files.push(await handOver(one.at));
        else if (one.act === "use") {
          servers[one.at]!.use();
          known[one.at]![one.at]! += 1;
        } else if (files.length > 0) adopt(one.at, files[one.file % files.length]!);
        check(one.at);
      }
      const ring = [...names.keys(), ...names.keys()];
      for (const at of ring) adopt((at + 1) % names.length, await handOver(at));
      const uses = steps.filter(({ act }) => act === "use").length;
      strictEqual(new Set(servers.map(({ used }) => used)).size, 1);
      strictEqual(servers[0]!.used, uses);
    }),
  );
}
