import t from "tap";
import { copyOfDatabase, LostLogScene } from "../../exchange/builtin/lost-log-scene.ts";
import { answeringServer } from "../../exchange/country/plan.ts";
import { SmallCountry } from "../../exchange/country.ts";
import { PostgresServer, withoutPostgres } from "./postgres-server.ts";

/* As test/exchange/builtin/lost-log.test.ts, for a log in PostgreSQL: yesterday's dump is put back. */

const skip = await withoutPostgres(18);

t.test(
  "a database restored from yesterday is refused, and what it lost is fetched from peers",
  { skip },
  async (t) => {
    const server = await PostgresServer.start(t, 18);
    const place = await server.newDatabase();
    const country = await SmallCountry.start(t, { asking: { postgresql: place } });
    const { asking } = country;
    const scene = new LostLogScene(country, copyOfDatabase(server, place.database));
    const lost: string[] = [];
    await scene.lose(async () => {
      for (let i = 0; i < 3; i++) lost.push(await scene.exchange());
    });
    await t.rejects(asking.start(), { code: "log_discontinuous" });
    await scene.declare();
    await asking.start();
    const found = await scene.accounts(t, ({ servers }) =>
      servers.some(({ asked, server }) => asked && server === answeringServer),
    );
    t.same(found.map(({ exchange }) => exchange).sort(), lost.toSorted());
    t.ok(found.every(({ file }) => file === "verified"));
  },
);
