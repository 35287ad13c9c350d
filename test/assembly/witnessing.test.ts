import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { originOf, parseCheckpoint } from "../../src/messagelog/checkpoint/checkpoint.ts";
import { parseNote } from "../../src/messagelog/checkpoint/signed-note.ts";
import { services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { until } from "./until.ts";

const country = await SmallCountry.start(t);
const { asking, answering } = country;
const latest = join(asking.stateDirectory, "checkpoint/latest.note");

async function exchange(): Promise<void> {
  await country.ask({ path: pathOf(services.open, "/x") });
  await asking.gateway.sealNow();
}

/** What health says of the checkpoints of the server that asks. */
function checkpoint() {
  return asking.gateway.health().checkpoint as { size: number; cosignedSize: number; unwilling: string[] };
}

t.test("each batch is cosigned by the authority and the peer", async (t) => {
  await exchange();
  await until(() => checkpoint().cosignedSize > 0 && checkpoint().unwilling.length === 0);
  const { text, signatures } = parseNote(readFileSync(latest, "utf8"));
  const { origin, size, heads } = parseCheckpoint(text);
  t.equal(origin, originOf(asking.parts.id));
  t.equal(size, checkpoint().size);
  t.equal(heads.length, 1, "the writer that is running");
  t.strictSame(
    signatures.map(({ name }) => name),
    [asking.parts.id, "DEV/authority", answering.parts.id],
  );
  t.equal(asking.gateway.health().status, "ok");
});

t.test("a server starts again on its own log", async (t) => {
  const { size } = checkpoint();
  await asking.restart();
  t.ok(checkpoint().cosignedSize >= size);
  await exchange();
  await until(() => checkpoint().cosignedSize > size);
});

t.test("a whole database restored from yesterday's copy: the start is refused", async (t) => {
  await asking.stop();
  const copy = join(country.directory, "yesterday");
  cpSync(join(asking.stateDirectory, "log"), copy, { recursive: true });
  await asking.start();
  await exchange();
  const { size } = checkpoint();
  await until(() => checkpoint().cosignedSize === size);
  await asking.stop();
  rmSync(join(asking.stateDirectory, "log"), { recursive: true });
  cpSync(copy, join(asking.stateDirectory, "log"), { recursive: true });
  const refused = {
    code: "log_discontinuous",
    detail: /^the log has \d+ batches, but .+ has seen \d+: it was rolled back/,
  };
  await t.rejects(asking.start(), refused);
  rmSync(latest);
  await t.rejects(asking.start(), refused, "also when its own note is gone: the witnesses know");
});
