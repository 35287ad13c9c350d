import t from "tap";
import { checkRoom } from "../../src/assembly/check-new-act.ts";
import { actOn, historyAfter } from "../policy/agreements/acts.ts";

t.test("acts that the other side makes without end are not taken without end", async (t) => {
  const history = historyAfter(["request", "approve"]);
  const withActs = (count: number) => {
    return { acts: () => ({ settled: Array.from({ length: count }, String), pending: [] }) };
  };
  const suspend = actOn(history, "suspend", { by: "provider" });
  t.doesNotThrow(() => checkRoom(withActs(3_999), suspend));
  t.throws(() => checkRoom(withActs(4_000), suspend), { code: "act_refused" });
  t.doesNotThrow(() => checkRoom(withActs(4_000), actOn(history, "end")), "it can always be ended");
});
