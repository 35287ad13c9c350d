import t from "tap";
import { oldestPostgres, PostgresServer } from "../../store/postgres/postgres-server.ts";
import { postgresAt } from "../../store/scene-store.ts";
import { day, retentionScene } from "./retention-scene.ts";

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

t.test(
  "of two nodes the one that seals erases and takes orders; the other one when it has ended",
  { skip },
  async (t) => {
    const server = await PostgresServer.start(t, version!);
    const scene = await retentionScene(t, async () => postgresAt(await server.newDatabase()));
    const { log, office, officeOf, keep, left, clock } = scene;
    const second = await scene.open();
    const other = officeOf(second);
    const [id, held] = [await keep(), await keep()];
    t.equal(await log.sealNow(), true);
    const order = { order: "erase", exchangeId: id, reason: "r", by: "b", dryRun: false } as const;
    await t.rejects(other.execute(order), {
      code: "bad_request",
      detail: /another node .* give the order there/,
    });
    await office.execute({
      ...{ order: "hold", dryRun: false, case: "7", authority: "court", review: clock.now() + day },
      ...{ scope: { kind: "exchanges", ids: [held] }, by: ["A", "B"] },
    });
    clock.time += 40 * day;
    t.equal(await other.runDue(), undefined);
    t.strictSame(other.state(), { late: 0, stale: ["7"] }, "it knows of the hold that the other one placed");
    t.equal(await left(id), "readable not-kept");
    await log.close();
    t.match(await other.runDue(), { keys: 1, held: 1 });
    t.equal(await left(id), "erased not-kept");
    t.equal(await left(held), "readable not-kept");
  },
);
