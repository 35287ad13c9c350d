import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import manifest from "../package.json" with { type: "json" };
import {
  callBreaches,
  cycles,
  importBreaches,
  lengthBreaches,
  sharedPackages,
} from "./architecture/breaches.ts";
import { missingFromLock } from "./architecture/lock-file.ts";
import { parseMatrix, roomOf } from "./architecture/matrix.ts";
import { readSources } from "./architecture/read-sources.ts";

const root = join(import.meta.dirname, "..");

/*
 * Who may import whom: rows import columns.
 *   x  anything    i  its interface files only    t  types only    d  by dynamic import only    .  nothing
 * On core stand two wings that meet only in exchange: the wing of law (catalogue <- policy) and the wing of proof
 * (pki <- trust <- message <- messagelog), but for what evidence asks of the law: whether a permission permitted.
 * assembly holds the parts of the composition root, gateway.ts.
 */
const matrix = parseMatrix(`
             core pki trust message messagelog catalogue policy exchange tracker http web admin console portal authority store assembly gateway cli dev
  core       .    .   .     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  pki        x    .   .     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  trust      x    x   .     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  message    x    x   x     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  messagelog x    x   x     x       .          .         i      .        .       .    .   .     .       .      .         .     .        .       .   .
  catalogue  x    .   .     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  policy     x    .   .     .       .          x         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  exchange   x    x   x     x       x          x         x      .        .       .    .   .     .       .      .         .     .        .       .   .
  tracker    x    .   .     .       x          x         x      x        .       .    .   .     .       .      .         .     .        .       .   .
  http       x    .   .     i       .          .         .      x        x       .    .   .     .       .      .         .     .        .       .   .
  web        x    .   .     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  admin      x    x   x     x       x          x         x      .        .       .    x   .     .       .      .         .     .        .       .   .
  console    x    .   .     .       .          .         .      .        .       .    x   x     .       .      .         .     .        .       .   .
  portal     x    .   .     .       .          x         x      .        .       .    x   .     .       .      .         .     .        .       .   .
  authority  x    x   x     x       x          x         .      .        .       .    .   .     .       .      .         .     .        .       .   .
  store      x    .   .     i       i          .         i      .        .       .    .   .     .       .      .         .     .        .       .   .
  assembly   x    x   x     x       x          x         x      x        x       x    x   x     x       .      .         x     .        .       .   .
  gateway    x    x   x     x       x          x         x      x        x       x    x   x     x       .      .         x     x        .       .   .
  cli        x    x   x     x       x          x         .      .        .       .    .   i     .       x      x         .     i        x       .   d
  main       x    .   .     .       .          .         .      .        .       .    .   .     .       .      .         .     .        .       x   .
  dev        x    x   x     x       x          x         x      .        .       i    i   i     .       i      x         .     i        .       x   .
`);

/**
 * What `store` implements: the shapes that its users declare, and the one rule that drivers share; and
 * what the command line reads of a server's files: configuration, passphrase, log; the wire's mapping to HTTP; the
 * table of metrics, from which the README's is made; and the one way to make HTML.
 */
const interfaceFiles = [
  "src/admin/api/openapi.ts",
  "src/admin/roles.ts",
  "src/assembly/ask-management.ts",
  "src/assembly/backup/make-backup.ts",
  "src/assembly/backup/restore-backup.ts",
  "src/assembly/casework-orders.ts",
  "src/assembly/check-own-log.ts",
  "src/assembly/declare-discontinuity.ts",
  "src/assembly/doctor/diagnose.ts",
  "src/assembly/init/ask-questions.ts",
  "src/assembly/init/init-answers.ts",
  "src/assembly/init/init-questions.ts",
  "src/assembly/init/init-server.ts",
  "src/assembly/init/init-work.ts",
  "src/assembly/init/registry-questions.ts",
  "src/assembly/keys/enrol.ts",
  "src/assembly/keys/import-certificate.ts",
  "src/assembly/keys/handle-compromise.ts",
  "src/assembly/keys/key-bench.ts",
  "src/assembly/keys/list-server-keys.ts",
  "src/assembly/keys/make-key.ts",
  "src/assembly/keys/order-keys.ts",
  "src/assembly/keys/register-key.ts",
  "src/assembly/load-officer.ts",
  "src/assembly/log-store.ts",
  "src/assembly/moves/move-orders.ts",
  "src/assembly/open-archive.ts",
  "src/assembly/open-console.ts",
  "src/assembly/open-evidence.ts",
  "src/assembly/open-permission-acts.ts",
  "src/assembly/open-registry-log.ts",
  "src/assembly/open-search.ts",
  "src/assembly/check-registry-log.ts",
  "src/assembly/registration.ts",
  "src/assembly/registry-place.ts",
  "src/assembly/agreement-orders.ts",
  "src/assembly/import-rights.ts",
  "src/assembly/order-casework.ts",
  "src/assembly/order-agreement.ts",
  "src/assembly/order-quota.ts",
  "src/assembly/order-socket.ts",
  "src/assembly/order-retention.ts",
  "src/assembly/permission-command.ts",
  "src/assembly/permission-orders.ts",
  "src/assembly/observe-service.ts",
  "src/assembly/order-service.ts",
  "src/assembly/look-at-configuration.ts",
  "src/assembly/read-trust.ts",
  "src/assembly/restore-archive.ts",
  "src/assembly/review-emergency.ts",
  "src/assembly/restricted-rows.ts",
  "src/assembly/restriction-orders.ts",
  "src/assembly/order-renewal.ts",
  "src/assembly/secrets.ts",
  "src/assembly/server-configuration.ts",
  "src/assembly/service-orders.ts",
  "src/assembly/use-report/make-use-report.ts",
  "src/http/metrics-table.ts",
  "src/messagelog/message-store.ts",
  "src/messagelog/message-record.ts",
  "src/messagelog/chain.ts",
  "src/policy/permissions/judge-past-use.ts",
  // A store of permissions keeps what the law has permitted; what a driver must do, the law's room declares.
  "src/policy/permissions/permission-store.ts",
  "src/message/wire.ts",
  "src/web/html.ts",
];

/** One file only imports each of these; where it is not written yet, the room that will have it. */
const onlyImporters: readonly (readonly [name: string, place: string])[] = [
  ["node-forge", "src/pki/der.ts"],
  ["better-sqlite3", "src/store/sqlite/"],
  ["pg", "src/store/postgres/"],
  ["tuf-js", "src/trust/"],
  ["@tufjs/models", "src/trust/"],
  ["@tufjs/models", "src/authority/"],
  ["pkcs11js", "src/pki/device/pkcs11-token.ts"],
  ["prom-client", "src/http/metrics-registry.ts"],
  ["yaml", "src/catalogue/openapi/parse-document.ts"],
];

const network = /^(?:node:)?(?:fs|net|tls|http|https|http2|dns|dgram|child_process|worker_threads|cluster)\b/;
const withoutProof =
  /^(?:node:)?(?:fs|net|tls|http|https|http2|dns|dgram|child_process|worker_threads|cluster|crypto)\b/;
const forbiddenBuiltins = { core: network, catalogue: withoutProof, policy: withoutProof };

const confinedCalls: readonly (readonly [name: RegExp, places: readonly string[]])[] = [
  [/^(?:Date\.now|new Date\(\))$/, ["src/core/clock.ts"]],
  [/^console\./, ["src/cli/", "src/dev/", "src/main.ts"]],
];

const topLevel = [
  ...["src", "schemas", "certs-dev", "test", "package.json", "tsconfig.json", "Dockerfile", "README.md"],
  ...["package-lock.json", "LICENSE"],
];
/** What git ignores and a working copy has. */
const unversioned = ["node_modules", "var"];

const sources = readSources(root);

t.test("every room of src stands in the matrix", async (t) => {
  const unknown = sources.filter(({ path }) => !matrix.rooms.includes(roomOf(path) ?? ""));
  t.strictSame(
    unknown.map(({ path }) => path),
    [],
  );
  t.ok(sources.length > 50, "the sources are read");
});

t.test("imports point one way", async (t) => {
  const gatesToDev = ["src/cli/demo.ts", "src/cli/bench.ts", "src/cli/bench-log.ts"];
  // These threads read whatever store the composition root built; they get the address of the driver's module.
  const importersByAddress = [
    "src/messagelog/renewal/renewal-worker.ts",
    "src/messagelog/sealing-worker.ts",
    "src/messagelog/desk/log-desk-worker.ts",
    "src/messagelog/search/index-worker.ts",
  ];
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const rules = {
    ...{ matrix, interfaceFiles, gatesToDev, importersByAddress },
    ...{ onlyImporters, forbiddenBuiltins, dependencies },
  };
  t.strictSame(importBreaches(sources, rules), []);
});

t.test("each confined package has one importer", async (t) => {
  const names = onlyImporters.map(([name]) => name);
  const once = names.filter((name) => names.indexOf(name) === names.lastIndexOf(name));
  t.strictSame(sharedPackages(sources, once), []);
});

t.test("files do not import each other in circles", async (t) => t.strictSame(cycles(sources), []));

t.test("files have at most 300 lines, functions at most 60", async (t) => {
  t.strictSame(lengthBreaches(sources, { file: 300, function: 60 }), []);
});

t.test(
  "time is asked only by the clock; only command line and demonstration write to the console",
  async (t) => {
    t.strictSame(callBreaches(sources, confinedCalls), []);
  },
);

t.test("no file is a dump or a barrel", async (t) => {
  const dump = /(?:^|\/)(?:utils?|helpers?|common|types?|index|misc|shared|lib)(?:\/|\.[a-z]+$)/;
  t.strictSame(
    sources.map(({ path }) => path).filter((path) => dump.test(path)),
    [],
  );
});

t.test("each room has a README of at most 30 lines", async (t) => {
  const rooms = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name } of rooms) {
    const lines = linesOf(join(root, "src", name, "README.md"));
    t.ok(lines !== undefined && lines > 2 && lines <= 30, `src/${name}/README.md has ${lines ?? "no"} lines`);
  }
});

t.test("the top level of the repository is as the design card says", async (t) => {
  const entries = readdirSync(root).filter((name) => !name.startsWith(".") && !unversioned.includes(name));
  t.strictSame(
    entries.filter((name) => !topLevel.includes(name)),
    [],
    "nothing else",
  );
  t.strictSame(
    topLevel.filter((name) => !entries.includes(name)),
    [],
    "nothing missing",
  );
});

t.test("no file names a machine's folders or leaves work without an issue", async (t) => {
  const folders = ["work", "root", "home/[a-z]+"].join("|");
  const machinePath = new RegExp(`(?:^|[\\s"'\`(=:])/(?:${folders})/`, "m");
  const looseEnd = new RegExp(`\\b(?:${["TO", "DO|FIX", "ME"].join("")})\\b(?!\\(#\\d+\\))`);
  const texts = [
    ...["src", "test", "schemas", "certs-dev"].flatMap(textFiles),
    ...topLevel.filter(isFile),
    ".ci/run",
  ];
  for (const path of texts) {
    const text = readFileSync(join(root, path), "utf8");
    if (machinePath.test(text)) t.fail(`${path} names a machine's folder: ${machinePath.exec(text)![0]}`);
    if (path !== "LICENSE" && looseEnd.test(text))
      t.fail(`${path} leaves work without the number of an issue`);
  }
  t.ok(texts.length > 100, "the texts are read");
});

t.test("the lock file installs everywhere", async (t) => {
  const text = readFileSync(join(root, "package-lock.json"), "utf8");
  t.notMatch(text, /"resolved":/, "no download addresses");
  t.strictSame(
    missingFromLock(JSON.parse(text)),
    [],
    "npm ci wants optional packages of other platforms, too",
  );
});

function textFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith("out") && /\.(?:ts|mjs|md|json|sql|abnf|html|css|yml|txt)$/.test(path))
    .map((path) => `${folder}/${path}`);
}

function isFile(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
}

function linesOf(path: string): number | undefined {
  return isFile(path.slice(root.length))
    ? readFileSync(path, "utf8").trimEnd().split("\n").length
    : undefined;
}
