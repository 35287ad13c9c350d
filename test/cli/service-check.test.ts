import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import t from "tap";
import { residence } from "../catalogue/residence.ts";
import { command } from "./service-command.ts";

const folder = t.testdir();
const file = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
  return path;
};

t.test("sealway services init writes what service check asks to be completed", async (t) => {
  const out = join(folder, "service.json");
  t.match(await command(t, "services", "init", "DEV/GOV/1/population/residence", "--out", out), { code: 0 });
  const checked = await command(t, "services", "check", out, "--json");
  t.equal(checked.code, 1);
  const { publishable, findings } = JSON.parse(checked.out);
  t.equal(publishable, false);
  t.notOk(
    findings.some(({ code }: { code: string }) => code === "description.form"),
    "it has the form",
  );
  t.ok(findings.some(({ code }: { code: string }) => code === "law.provision"));
  t.match(await command(t, "services", "init", "DEV/GOV/1/population/residence", "--out", out), { code: 2 });
});

t.test("a description without fault is publishable", async (t) => {
  t.strictSame(await command(t, "services", "check", file("good.json", residence)), {
    code: 0,
    out: "publishable\n",
    err: "",
  });
});

t.test("a finding has code, line, place and remedy", async (t) => {
  const { out, code } = await command(
    t,
    "services",
    "check",
    file("lawless.json", { ...residence, lawfulBases: [] }),
  );
  t.equal(code, 1);
  const line = readFileSync(join(folder, "lawless.json"), "utf8")
    .split("\n")
    .findIndex((text) => text.includes("lawfulBases"));
  t.match(
    out,
    `lawless.json:${line + 1}: law.provision at /lawfulBases\n  No law allows the service. Name a lawful basis`,
  );
});

t.test("every place that has not the form is told", async (t) => {
  const { version: _, ...rest } = residence;
  const { code, out } = await command(
    t,
    "services",
    "check",
    file("form.json", { ...rest, timeoutMs: "soon", colour: 1 }),
  );
  t.equal(code, 1);
  t.match(out, /description\.form at \/version[\s\S]*missing/);
  t.match(out, /:\d+: description\.form at \/timeoutMs[\s\S]*must be integer/);
  t.match(out, /:\d+: description\.form at \/colour[\s\S]*unknown member/);
});

t.test("the version in force is found among the others", async (t) => {
  mkdirSync(join(folder, "others"));
  file("others/residence.json", residence);
  const { out, code } = await command(
    t,
    "services",
    "check",
    file("again.json", residence),
    "--against",
    join(folder, "others"),
  );
  t.equal(code, 1);
  t.match(out, /version\.not-greater at \/version/);
});

// biome-ignore format: a table is read by its columns
const unusable: readonly (readonly [what: string, text: string, told: RegExp])[] = [
  ["broken JSON", '{\n  "v": 1,\n  "id" }', /line 3, column 8: a colon is expected here/],
  ["the same name twice", '{"v": 1,\n "v": 1}', /line 2, column 2: a name that stands twice/],
  ["JSON deeper than 64", `${"[".repeat(70)}${"]".repeat(70)}`, /nested deeper than 64/],
  ["a description of more than 10 MB", `{"v": "${"x".repeat(10 * 1024 * 1024)}"}`, /more than 10485760 bytes/],
  ["a lone surrogate", '{"v": "\\ud800"}', /lone surrogate/],
];
for (const [what, text, told] of unusable) {
  t.test(`unusable: ${what}`, async (t) => {
    const { code, err } = await command(t, "services", "check", file("unusable.json", text));
    t.equal(code, 2);
    t.match(err, told);
  });
}

t.test("a homoglyph in the service code", async (t) => {
  const id = "DEV/GOV/10000001/population/r\u0435sidence";
  t.match(await command(t, "services", "check", file("homoglyph.json", { ...residence, id })), {
    code: 1,
    out: /description\.form at \/id/,
  });
  const escaped = encodeURI(id);
  t.match(await command(t, "services", "check", file("homoglyph.json", { ...residence, id: escaped })), {
    code: 1,
    out: /description\.code at \/id/,
  });
});

t.test("sealway services diff tells what breaks and what does not", async (t) => {
  const [endpoint] = residence.endpoints;
  const next = {
    ...residence,
    version: "1.1.0",
    domain: "housing",
    endpoints: [
      {
        ...endpoint,
        parameters: {
          ...endpoint.parameters,
          "query:on": { schema: { type: "string", format: "date" }, required: true, use: "key" },
        },
      },
      { method: "GET", path: "/all" },
    ],
  };
  const { code, out } = await command(
    t,
    "services",
    "diff",
    file("old.json", residence),
    file("new.json", next),
  );
  t.equal(code, 1);
  t.match(out, "breaking /endpoints/0/parameters/query:on: it is required now\n");
  t.match(out, "compatible /domain: it is another\n");
  t.match(out, "compatible /endpoints/1: GET /all is new\n");
  t.match(await command(t, "services", "diff", join(folder, "old.json"), join(folder, "old.json")), {
    code: 0,
    out: "0 breaking, 0 compatible\n",
  });
});

t.test("a description in the folder that it is held against is not held against itself", async (t) => {
  const folder = t.testdir({
    "residence.json": JSON.stringify(residence),
    "older.json": JSON.stringify({ ...residence, version: "0.9.0" }),
  });
  const check = (path: string) => command(t, "services", "check", path, "--against", folder);
  t.match(await check(`${folder}/residence.json`), { code: 0, out: "publishable\n" });
  t.match(await check(`${folder}/../${basename(folder)}/residence.json`), { code: 0 }, "by another path");
  t.match(await check(file("copy.json", residence)), { code: 1, out: /version\.not-greater/ });
});
