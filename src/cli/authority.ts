import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { askQuestions } from "../assembly/init/ask-questions.ts";
import { newRegistry, registryQuestions } from "../assembly/init/registry-questions.ts";
import { openRegistryLog } from "../assembly/open-registry-log.ts";
import { registryPlace } from "../assembly/registry-place.ts";
import { readPassphrase } from "../assembly/secrets.ts";
import { Authority } from "../authority/authority.ts";
import { anchorPath, initAuthority, rootKeysDirectory, rotateKeys } from "../authority/authority-state.ts";
import { loadRegistry } from "../authority/registry.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type FlagValues, type Operands, readArguments, UsageError } from "./arguments.ts";
import { withAnswers } from "./ask-lines.ts";
import { exitCodes } from "./command.ts";
import { toJson } from "./json-flag.ts";
import { registryLogFlag } from "./registration-flags.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Publishes the registry of members, servers and trust services to all servers";

export const description =
  "Without an action it signs the registry file as global configuration, renews its timestamp every minute, and " +
  "serves both; it reads the file again when it changes, and tells in the log what is wrong with it.\n" +
  "`init` makes the keys and the anchor file, which every server is given by hand; without --registry it asks what the " +
  "instance is, and writes that file, too. Move the root keys away then, " +
  "each to another person: they are needed for `rotate` alone, which replaces all keys while the authority runs; servers " +
  "follow by themselves. Where persons hold root keys on machines of their own, `sealway authority root` is used instead.";

export const flags = [
  { kind: "required", name: "state", value: "DIR", description: "Keys, anchor and all that is published." },
  {
    kind: "text",
    name: "registry",
    value: "FILE",
    description: "The registry file (schemas/registry/v1.schema.json). Not needed for `rotate`.",
  },
  {
    kind: "number",
    name: "port",
    value: "PORT",
    default: 4001,
    least: 0,
    most: 65535,
    description: "Where it listens; 0 takes any free port.",
  },
  {
    kind: "text",
    name: "host",
    value: "ADDRESS",
    default: "127.0.0.1",
    description: "The address at which it listens.",
  },
  {
    kind: "text",
    name: "tls-certificate",
    value: "FILE",
    description: "Certificate chain (PEM) that makes the port HTTPS; read again when it changes.",
  },
  { kind: "text", name: "tls-key", value: "FILE", description: "Its key (PEM)." },
  {
    kind: "text",
    name: "passphrase-file",
    value: "FILE",
    description: "Holds the passphrase of the keys, in its first line. Production keys must have one.",
  },
  {
    kind: "text",
    name: "root-keys",
    value: "DIR",
    description: "For `rotate`: the root keys in use, at least two of them.",
  },
  registryLogFlag,
] as const satisfies readonly Flag[];

type Given = FlagValues<typeof flags>;

export const operands: Operands = {
  name: "ACTION",
  least: 0,
  most: 1,
  description: "`init` or `rotate`; nothing to serve.",
};

const actions: Readonly<Record<string, (given: Given) => Promise<void>>> = { serve, init, rotate };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const name = named[0] ?? "serve";
  if (!Object.hasOwn(actions, name)) throw new UsageError(`unknown action "${name}"`, operands.description);
  await actions[name]!(given);
  return exitCodes.ok;
}

async function serve(given: Given): Promise<void> {
  const log = pino({ name: "authority" });
  const place = await registryPlace(given.state, given.postgresql);
  const authority = await Authority.start({
    registry: required(given, "registry"),
    stateDir: given.state,
    host: given.host,
    port: given.port,
    ...tlsOf(given),
    clock: systemClock,
    log,
    passphrase: await passphraseOf(given),
    registryLog: (index) => openRegistryLog(place, systemClock, index),
  });
  const { url, anchorFile } = authority;
  const { instance, purpose, version } = authority.health();
  log.info({ url, anchorFile, instance, purpose, version }, "serving the global configuration");
  await stopSignal();
  await authority.close();
}

async function init(given: Given): Promise<void> {
  const registry = given.registry ?? (await askRegistry(given.state));
  const { instance, purpose } = (await loadRegistry(registry)).document;
  const passphrase = await passphraseOf(given);
  await initAuthority({ stateDir: given.state, instance, purpose, clock: systemClock, passphrase });
  process.stdout.write(
    `Anchor for every server: ${anchorPath(given.state)}\n` +
      `Root keys, to be moved to safe places: ${rootKeysDirectory(given.state, 1)}\n`,
  );
}

/** What a new instance is, when no file says so. @returns where it is written */
async function askRegistry(state: string): Promise<string> {
  const answers = await withAnswers((ask) => askQuestions(registryQuestions, ask));
  await mkdir(state, { recursive: true, mode: 0o700 });
  const file = join(state, "registry.json");
  await writeFile(file, toJson(newRegistry(answers, systemClock)), { flag: "wx" });
  process.stdout.write(`Registry file, to be given as --registry: ${file}\n`);
  return file;
}

async function rotate(given: Given): Promise<void> {
  const passphrase = await passphraseOf(given);
  const version = await rotateKeys(given.state, required(given, "root-keys"), systemClock, passphrase);
  process.stdout.write(
    `Root ${version} is signed; the authority publishes it within a minute, or when it starts.\n` +
      `Root keys, to be moved to safe places: ${rootKeysDirectory(given.state, version)}\n`,
  );
}

function tlsOf({ "tls-certificate": certificate, "tls-key": key }: Given) {
  if (certificate === undefined && key === undefined) return {};
  if (certificate === undefined || key === undefined)
    throw new UsageError("--tls-certificate and --tls-key belong together");
  return { tls: { certificate, key } };
}

function required(given: Given, name: "registry" | "root-keys"): string {
  const value = given[name];
  if (value === undefined) throw new UsageError(`--${name} is required here`);
  return value;
}

/** Keys of a demonstration may stand without one; the authority refuses that in production. */
async function passphraseOf(given: Given): Promise<string | undefined> {
  const path = given["passphrase-file"];
  return path === undefined ? undefined : readPassphrase(path);
}
