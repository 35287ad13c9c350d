import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { commandNames } from "../src/cli/commands.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** What the Dockerfile copies from the working copy into the image. */
const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
  .flatMap(([, sources]) => sources!.split(" "))
  .filter((source, i, all) => all.indexOf(source) === i);

/** Packages that `npm ci --omit=dev` installs, by place. */
const production = Object.entries<{ readonly dev?: true }>(JSON.parse(read("package-lock.json")).packages)
  .filter(([place, { dev }]) => place !== "" && dev !== true)
  .map(([place]) => place);

/** The image's folder, made of the same files; packages are links, so that only those of production resolve. */
function buildFolder(t: { testdir(): string }): string {
  const folder = t.testdir();
  const isLeftOut = (path: string) => path.startsWith(join(root, "src/dev"));
  for (const source of copied) {
    cpSync(join(root, source), join(folder, source), { recursive: true, filter: (path) => !isLeftOut(path) });
  }
  for (const place of production.filter((place) => place.split("node_modules/").length === 2)) {
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    symlinkSync(join(root, place), join(folder, place));
  }
  return folder;
}

t.test("the image runs what it copies, with production's packages and without src/dev", async (t) => {
  const folder = buildFolder(t);
  const run = (...args: string[]) =>
    execFileSync(process.execPath, ["--preserve-symlinks", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const overview = run("src/sealway.mjs", "--help");
  for (const name of commandNames) t.match(overview, `  ${name} `);
  // One process for all of them: each loads what its command needs.
  const help = `
    import { runCommandLine } from "./src/cli/command-line.ts";
    for (const name of process.argv.slice(1))
      await runCommandLine([...name.split(" "), "--help"], { out: process.stdout, err: process.stderr });`;
  const told = run("--input-type=module", "--eval", help, ...commandNames);
  for (const name of commandNames) t.match(told, `sealway ${name}: `);
});

t.test("only what production needs reaches the image", async (t) => {
  const ignored = read(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  t.equal(ignored[0], "*", "everything is left out");
  t.strictSame(
    ignored
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1))
      .toSorted(),
    copied.toSorted(),
  );
  t.ok(ignored.includes("src/dev"), "but the demonstration");
});

t.test(
  "the image runs as nobody in particular, from an official Node 24, and tells its health",
  async (t) => {
    const lines = read("Dockerfile").split("\n");
    t.strictSame(
      lines.filter((line) => line.startsWith("FROM ")).map((line) => line.split(" ")[1]),
      ["node:24", "node:24-slim"],
    );
    t.ok(lines.indexOf("USER node") < lines.findIndex((line) => line.startsWith("ENTRYPOINT")));
    t.ok(lines.includes("USER node"));
    t.match(read("Dockerfile"), /HEALTHCHECK[\s\S]*HEALTH_URL/);
    t.match(read("Dockerfile"), "HEALTH_URL=http://127.0.0.1:5588/health");
    t.match(read("Dockerfile"), "npm ci --omit=dev");
  },
);

t.test("every way to start a gateway bounds its young heap alike", async (t) => {
  const [shebang] = read("src/sealway.mjs").split("\n");
  const flags = shebang!.replace("#!/usr/bin/env -S node ", "");
  t.match(flags, /^--max-semi-space-size=\d+$/);
  t.match(JSON.parse(read("package.json")).scripts.sealway, `node ${flags} src/sealway.mjs`);
  t.match(read("Dockerfile"), `ENTRYPOINT ["node", "${flags}", `);
  t.match(read("src/dev/country/child-process.ts"), `"${flags}"`);
});
