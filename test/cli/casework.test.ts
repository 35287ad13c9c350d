import { Readable } from "node:stream";
import t, { type Test } from "tap";
import { loadCommand, loadCommands } from "../../src/cli/commands.ts";
import { clients } from "../exchange/country/plan.ts";
import { recordPlans, records } from "../exchange/country/records.ts";
import type { CountryServer } from "../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { reported } from "../exchange/feedback/orders.ts";

/*
 * Officers report, announce and answer by commands; what they write is read from standard input.
 */

const scheme = "urn:dev:personal-code";
const settings = { portals: [{ id: clients.benefits, scheme }] };
const country = await SmallCountry.start(t, { more: recordPlans, asking: settings });
const { asking, answering } = country;
const json = ["Content-Type", "application/json"];
country.register.answer({
  headers: json,
  body: '{"code":"38001010000","name":"Mari","address":{"city":"Harbour"}}',
});
const call = { method: "POST", headers: json, body: '{"code":"38001010000"}' };
const path = pathOf(records.enforced, "/find");
const about = (await country.ask({ ...call, path, client: clients.inspection })).header(
  "Sealway-Exchange-Id",
)!;

/** Runs a command against a server. @returns its exit code and what it printed */
async function command(t: Test, server: CountryServer, name: string, args: readonly string[], input = "") {
  const { run } = (await loadCommand(name))!;
  t.intercept(process, "stdin", { value: Readable.from([Buffer.from(input)]), configurable: true });
  const written = t.capture(process.stdout, "write", () => true);
  try {
    const code = await run([...args, "--config", server.configurationFile], loadCommands);
    return {
      code,
      text: written()
        .map((one) => String(one.args[0]))
        .join(""),
    };
  } finally {
    written.restore();
  }
}

t.test("feedback is sent, listed, answered and shown", async (t) => {
  const send = ["--exchange", about, "--kind", "wrong", "--field", "/address/city", "--text"];
  const sent = await command(t, asking, "feedback send", send, "She never lived there\n");
  t.match(sent.text, /^report [0-9a-f-]{36} is to be answered by \d{4}-\d{2}-\d{2}\n$/);
  const id = sent.text.split(" ")[1]!;
  t.match(
    (await command(t, answering, "feedback list", [])).text,
    new RegExp(`\n${id} +open +wrong +${clients.inspection} to `),
  );
  await t.rejects(command(t, answering, "feedback answer", [id, "--outcome", "rude"]), /--outcome is one of/);
  const answer = [id, "--outcome", "unchanged", "--reason"];
  t.match(
    (await command(t, answering, "feedback answer", answer, "She did")).text,
    `answered: ${clients.inspection} is told`,
  );
  await reported(asking, { order: "feedback list" }, ([one]) => one?.state === "answered");
  const shown = await command(t, asking, "feedback show", [id, "--json"]);
  t.match(JSON.parse(shown.text), { text: "She never lived there", reason: "She did", outcome: "unchanged" });
  await t.rejects(
    command(t, asking, "feedback send", ["--exchange", "x", "--kind", "wrong"]),
    /no exchange id/,
  );
  await t.rejects(command(t, asking, "feedback send", [...send], " \n"), /no text/);
});

t.test("a correction is announced, listed and answered", async (t) => {
  const today = new Date(country.clock.now()).toISOString().slice(0, 10);
  const announce = [
    ...["--own", clients.population, "--service", records.enforced.id, "--subject", scheme],
    ...["--element", "person.name", "--as-of", today, "--from", today, "--to", today],
  ];
  const told = await command(
    t,
    answering,
    "corrections announce",
    [...announce, "--note"],
    "38001010000\nIt is Mary\n",
  );
  t.match(told.text, /^correction [0-9a-f-]{36}: 1 recipients are told\n$/);
  const id = told.text.split(/[ :]/)[1]!;
  const nobody = await command(t, answering, "corrections announce", announce, "48001010000\n");
  t.equal(nobody.text, "nobody got this data in that time\n");
  await reported(asking, { order: "corrections list" }, (all) => all.length === 1);
  t.match(
    (await command(t, asking, "corrections list", [])).text,
    new RegExp(`^${id}  recipient  person.name by `),
  );
  const done = await command(t, asking, "corrections answer", [id, "--outcome", "corrected"]);
  t.equal(done.text, `answered: ${clients.population} is told\n`);
  await reported(
    answering,
    { order: "corrections list" },
    ([one]) => one?.recipients[0]?.state === "corrected",
  );
  t.match(
    (await command(t, answering, "corrections list", [])).text,
    `  corrected  ${clients.inspection}, 1 exchanges\n`,
  );
  const all = JSON.parse((await command(t, answering, "corrections list", ["--id", id, "--json"])).text);
  t.match(all, { subject: { scheme, value: "38001010000" }, note: "It is Mary" });
  await t.rejects(command(t, answering, "corrections announce", announce, "38001010000\nnote"), /--note/);
});

t.test("an inquiry is listed, answered and closed", async (t) => {
  const inquiry = {
    ...{ method: "POST", path: `/r1/${clients.inspection}/sealway.inquiry/inquiries` },
    ...{ headers: [...json, "X-Road-UserId", "38001010000"], body: JSON.stringify({ about, text: "Why?" }) },
  };
  const { id } = (await country.ask(inquiry)).json() as { readonly id: string };
  await reported(asking, { order: "inquiries list" }, ([one]) => one?.hold !== null);
  const listed = await command(t, asking, "inquiries list", []);
  t.match(listed, { code: 0, text: new RegExp(`\n${id} +asked +addressee +.* records held\n$`) });
  t.match(JSON.parse((await command(t, asking, "inquiries list", ["--id", id, "--json"])).text), {
    text: "Why?",
  });
  t.equal((await command(t, asking, "inquiries answer", [id], "For the letter")).text, "answered\n");
  t.equal((await command(t, asking, "inquiries close", [id])).text, "closed\n");
});
