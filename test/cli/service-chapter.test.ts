import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { residence } from "../catalogue/residence.ts";
import { clients } from "../exchange/country/plan.ts";
import { publishMore } from "../exchange/country/publish-more.ts";
import { SmallCountry } from "../exchange/country.ts";
import { command } from "./service-command.ts";

const root = join(import.meta.dirname, "../..");
const chapter = /\n## Describe a service\n([\s\S]*?)\n## /.exec(
  readFileSync(join(root, "README.md"), "utf8"),
)![1]!;
const lines = [...chapter.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!.trim().split("\n"),
);

const here = process.cwd();
const folder = t.testdir();
t.before(() => process.chdir(folder));
t.teardown(() => process.chdir(here));

/**
 * Runs the chapter's line of a command as a shell would.
 * @param here what stands for the chapter's names in this test
 */
async function perform(
  t: Parameters<typeof command>[0],
  name: string,
  here: { readonly [word: string]: string } = {},
) {
  const line = lines.find((each) => each.startsWith(`sealway services ${name} `));
  const [words, file] = line!.replace(/\s+#.*$/, "").split(" > ");
  const given = words!.split(/\s+/).slice(1);
  const done = await command(t, ...given.map((word) => here[word] ?? word));
  if (file !== undefined) writeFileSync(file, done.out);
  return done;
}

t.test("the chapter's commands do what it says, one after the other", async (t) => {
  copyFileSync(join(root, "test/catalogue/openapi/residence.yaml"), "residence.yaml");
  mkdirSync("services");
  t.match(await perform(t, "import"), { code: 0, err: /parameter\.in/ });
  t.match(await perform(t, "check"), { code: 1, out: /law\.provision at \/lawfulBases/ });

  // Filled in by hand.
  writeFileSync("residence.json", JSON.stringify({ ...residence, version: "1.1.0" }));
  writeFileSync("services/residence.json", JSON.stringify(residence));
  t.match(await perform(t, "check"), { code: 0, out: "publishable\n" });
  t.match(await perform(t, "diff"), { code: 0, out: "0 breaking, 0 compatible\n" });
  t.match(await perform(t, "export"), { code: 0 });
  t.equal(JSON.parse(readFileSync("residence.openapi.json", "utf8")).openapi, "3.1.1");
  t.match(await perform(t, "types"), { code: 0 });
  t.match(readFileSync("residence.ts", "utf8"), "export interface Endpoints");

  writeFileSync("form.csv", "text,name\nWhat is your date of birth?,dob\nWhy do you apply?,reason\n");
  const { code, out } = await perform(t, "form-check");
  t.equal(code, 1);
  t.match(
    out,
    'likely   line 2: you ask people for "What is your date of birth?" (person.birth.date); DEV/GOV/10000001/population/residence holds it',
  );
  t.match(out, "AGREEMENT with DEV/GOV/10000001/population/residence\n  endpoints: GET /persons/{code}\n");
  t.match(out, 'unknown  line 3: "Why do you apply?" is not recognised');
});

t.test("a new service is published and called by the chapter's commands alone", async (t) => {
  const country = await SmallCountry.start(t);
  const [{ id: service }, { benefits: consumer }] = [residence, clients];
  await publishMore(country, { descriptions: [], agreements: [{ id: "residence", consumer, service }] });
  const { answering, asking, register } = country;
  const [example] = residence.endpoints[0].responses["200"].examples;
  register.answer({ headers: ["Content-Type", "application/json"], body: JSON.stringify(example) });

  writeFileSync("residence.json", JSON.stringify(residence));
  const place = `http://127.0.0.1:${register.port}/residence`;
  const provider = { "server.json": answering.configurationFile };
  const published = await perform(t, "publish", {
    ...provider,
    "http://register.example:8081/residence": place,
  });
  t.match(published, { code: 0, err: "" });
  t.match(
    published.out,
    /^DEV\/GOV\/10000001\/population\/residence 1\.0\.0\ntaken by the authority: act \S+, configuration \d+\nin use at this server after \d+ ms/,
  );

  const known = JSON.parse(readFileSync(asking.configurationFile, "utf8"));
  // The country's ports are any free ones: the file that the command reads says which.
  const file = join(asking.parts.directory, "consumer.json");
  const ports = { ...known.consumerInterface, httpPort: asking.gateway.ports.http };
  const only = known.clients.filter(({ id }: { id: string }) => id === consumer);
  writeFileSync(file, JSON.stringify({ ...known, consumerInterface: ports, clients: only }));
  const tried = await perform(t, "try", { "consumer.json": file });
  t.equal(tried.code, 0, tried.err);
  t.strictSame(JSON.parse(tried.out), example);
  t.match(tried.err, /^status: 200\nsealway-exchange-id: \S+\nsealway-service-version: 1\.0\.0\n/);
  t.match(register.calls.at(-1), { method: "GET", target: "/residence/persons/38001010000" });
});

t.test("the mock answers until it is asked to stop", async (t) => {
  t.ok(lines.some((line) => line.startsWith("sealway services mock residence.json --port 8090")));
  const args = ["services", "mock", "residence.json", "--port", "0"];
  const running = spawn(process.execPath, [join(root, "src/sealway.mjs"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => running.kill("SIGKILL"));
  const [words] = await once(running.stdout, "data");
  const [address] = /http:\S+/.exec(String(words))!;
  const answer = await fetch(`${address}/persons/38001010000`);
  running.kill("SIGTERM");
  t.strictSame(await once(running, "exit"), [0, null]);
  t.strictSame(await answer.json(), residence.endpoints[0].responses["200"].examples[0]);
});

t.test("forms of every kind", async (t) => {
  const held = { code: 1, out: /you ask people for/ };
  const schema = { type: "object", properties: { street: { type: "string", title: "Street" } } };
  const form = (name: string, content: unknown) => {
    writeFileSync(name, typeof content === "string" ? content : JSON.stringify(content));
    return command(t, "services", "form-check", name, "--against", "services");
  };
  t.match(await form("schema.json", schema), held);
  t.match(await form("list.json", ["Street"]), held);
  t.match(await form("list.yaml", "- Street\n- text: Colour\n"), held);
  const body = { required: true, content: { "application/json": { schema } } };
  const openapi = {
    openapi: "3.1.0",
    info: { title: "F", version: "1.0.0" },
    paths: { "/f": { post: { requestBody: body } } },
  };
  t.match(await form("openapi.json", openapi), { ...held, out: /"Street" \(person/ });
  t.match(
    await form("service.json", residence),
    { code: 0, out: "0 questions" },
    "finding a person is no question",
  );
  t.match(await form("free.json", ["Taxable income"]), {
    code: 0,
    out: /free +\/0.*income\.taxable, which no register here holds/,
  });
  t.match(await form("possible.json", ["Date of birth of your child"]), { code: 0, out: /^possible/ });
});

// biome-ignore format: a table is read by its columns
const unusable: readonly (readonly [what: string, args: readonly string[], told: RegExp])[] = [
  ["a form without catalogue", ["form-check", "form.csv"], /no service to compare with/],
  ["a form that is a number", ["form-check", "number.json", "--against", "services"], /is no form/],
  ["a catalogue with what is no description", ["form-check", "form.csv", "--against", "others"], /others\/x\.json cannot be used:\n {2}\/v: missing/],
  ["a file that is not there", ["check", "nothing.json"], /no such file/],
  ["an import without a name", ["import", "residence.yaml"], /--id SERVICE is required/],
  ["an import for what is no service", ["import", "residence.yaml", "--id", "DEV/GOV"], /5 parts/],
  ["an import of a YAML bomb", ["import", "bomb.yaml", "--id", "A/B/C/D/e"], /bomb\.yaml cannot be used:\n {2}file: its aliases/],
  ["an import that would write over a file", ["import", "residence.yaml", "--id", "A/B/C/D/e", "--out", "residence.json"], /exists already/],
  ["types of what is no description", ["types", "number.json"], /number\.json cannot be used/],
];
for (const [what, args, told] of unusable) {
  t.test(`unusable: ${what}`, async (t) => {
    if (!existsSync("others")) mkdirSync("others");
    writeFileSync("others/x.json", "{}");
    writeFileSync("number.json", "7");
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    writeFileSync("bomb.yaml", ["a0: &a0 [x]", ...levels].join("\n"));
    const { code, err } = await command(t, "services", ...args);
    t.equal(code, 2);
    t.match(err, told);
  });
}

t.test(
  "a description with 10,000 properties is judged soon; of many findings the first are printed",
  async (t) => {
    const [endpoint] = residence.endpoints;
    const check = (count: number) => {
      const names = Array.from({ length: count }, (_, i) => `p${i}`);
      const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
      const responses = { "200": { schema: { type: "object", properties } } };
      const document = { ...residence, endpoints: [{ ...endpoint, responses }] };
      writeFileSync("many.json", JSON.stringify(document, undefined, 1));
      return command(t, "services", "check", "many.json");
    };
    t.match(await check(10_000), { code: 1, out: /schema\.too-large/ });
    const { code, out } = await check(500);
    t.equal(code, 1);
    t.match(out.split("\n").at(-2), /^not publishable: 1\d{3} findings, 200 of them above/);
  },
);
