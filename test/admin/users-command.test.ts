import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import t, { type Test } from "tap";
import { loadCommand, loadCommands } from "../../src/cli/commands.ts";
import type { ShownUser } from "../../src/cli/users-lines.ts";
import { benefitsAgency } from "../exchange/country/plan.ts";
import { AdminScene } from "./admin-scene.ts";

/* An administrator's work by commands, at a management server. */

const scene = await AdminScene.start(t);
const { directory } = scene.country.asking.parts;
const keyFile = join(directory, "api.key");
writeFileSync(keyFile, `${scene.first.key}\n`, { mode: 0o600 });
const at = ["--url", scene.url, "--tls-certificate", join(directory, "management.cert.pem")];
const asFirst = [...at, "--api-key-file", keyFile];

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function users(t: Test, word: string, args: readonly string[], input = ""): Promise<Done> {
  const command = (await loadCommand(`users ${word}`))!;
  const [out, err] = [process.stdout, process.stderr].map((stream) => t.capture(stream, "write", () => true));
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin")!;
  Object.defineProperty(process, "stdin", { configurable: true, value: Readable.from([input]) });
  try {
    const code = await command.run(args, loadCommands);
    const [printed, told] = [out!, err!].map((seen) =>
      seen()
        .map(({ args: [text] }) => String(text))
        .join(""),
    );
    return { code, out: printed!, err: told! };
  } finally {
    Object.defineProperty(process, "stdin", stdin);
    out!.restore();
    err!.restore();
  }
}

async function made(t: Test, name: string, ...args: readonly string[]): Promise<ShownUser> {
  const { code, out } = await users(t, "add", [...asFirst, "--name", name, "--json", ...args]);
  t.equal(code, 0);
  return JSON.parse(out)[0];
}

t.test("users are made, given roles and keys, listed, disabled and enabled", async (t) => {
  const { id } = await made(t, "Auditor of ours");
  const given = await users(t, "give", [id, "auditor", ...asFirst, "--reason", "yearly audit", "--json"]);
  const [{ roles }] = JSON.parse(given.out) as readonly [ShownUser];
  t.match(roles, [{ role: "auditor", place: "*" }]);
  const key = await users(t, "key", [id, ...asFirst, "--name", "script", "--days", "3"]);
  const secret = key.out.trim();
  t.equal((await scene.call("/me", { key: secret })).status, 200, "what is printed is the key alone");

  const listed = await users(t, "list", asFirst);
  t.match(listed.out, /Auditor of ours\s+\*\s+enabled\s+auditor of \*/);
  t.notMatch(listed.out, secret);
  await users(t, "disable", [id, ...asFirst, "--reason", "left"]);
  t.equal((await scene.call("/me", { key: secret })).status, 401);
  await users(t, "enable", [id, ...asFirst, "--reason", "back"]);
  t.equal((await scene.call("/me", { key: secret })).status, 200);
  const [{ keys }] = JSON.parse(
    (await users(t, "take", [id, roles[0]!.id, ...asFirst, "--json"])).out,
  ) as readonly [ShownUser];
  t.equal((await users(t, "end-key", [id, keys[0]!.id, ...asFirst])).out, "ended\n");
  t.equal((await scene.call("/me", { key: secret })).status, 401);
});

t.test("as whom somebody signs in comes by standard input, and is shown to nobody", async (t) => {
  const args = [...asFirst, "--name", "Officer", "--of", benefitsAgency, "--signs-in"];
  const { out } = await users(t, "add", args, "38001010000\n");
  t.match(out, /enabled, signs in/);
  t.notMatch(out, /38001010000/);
});

t.test("what the API refuses is told with its code and what to do, and ends with 1", async (t) => {
  const own = await users(t, "give", [scene.first.id, "auditor", ...asFirst, "--reason", "x"]);
  t.match(own, { code: 1, err: /^two_people_needed: nobody gives themselves a role/ });
  const unknown = await users(t, "disable", ["nobody", ...asFirst, "--reason", "x"]);
  t.match(unknown, { code: 1, err: /^nothing_here: / });
  const code = await users(t, "first", [...at, "--name", "Another"], "0000-0000");
  t.match(code, { code: 1, err: /^sign_in_required: / });
});

t.test("no API key is told to another server", async (t) => {
  const other = join(directory, "other.pem");
  const { certificate } = scene.country.ca.issueTls("DEV/GOV/1/ss1" as never, "Another");
  writeFileSync(
    other,
    `-----BEGIN CERTIFICATE-----\n${certificate.der.toString("base64")}\n-----END CERTIFICATE-----\n`,
  );
  const before = scene.logged.length;
  const to = (url: string, file: string) => [
    "--url",
    url,
    "--tls-certificate",
    file,
    "--api-key-file",
    keyFile,
  ];
  await t.rejects(users(t, "list", to(scene.url, other)), { code: "management_unreachable" });
  await t.rejects(users(t, "list", to("http://192.0.2.1", other)), {
    code: "management_unreachable",
    message: /no HTTPS address/,
  });
  t.equal(scene.logged.slice(before).filter((line) => line.includes("/api/v1/users")).length, 0);
  const open = join(directory, "open.key");
  writeFileSync(open, "key\n", { mode: 0o644 });
  await t.rejects(users(t, "list", [...at, "--api-key-file", open]), /--api-key-file/);
});
