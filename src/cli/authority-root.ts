import { readFile, writeFile } from "node:fs/promises";
import { readPassphrase } from "../assembly/secrets.ts";
import { isInitialised, placesOf, proposeFirstRoot, proposeNextRoot } from "../authority/authority-state.ts";
import { installFirstRoot, installNextRoot } from "../authority/ceremony/install-root.ts";
import {
  describeProposal,
  parseHolder,
  parseProposal,
  type RootProposal,
  writeHolder,
  writeProposal,
} from "../authority/ceremony/root-proposal.ts";
import {
  combineSignatures,
  parseSignature,
  signProposal,
  writeSignature,
} from "../authority/ceremony/root-signature.ts";
import { loadRegistry } from "../authority/registry.ts";
import { createKey, loadKey, type OnlineRole, onlineRoles } from "../authority/signing-keys.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type FlagValues, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";

export const summary = "Changes the keys of an authority, root keys being held by persons without a network";

export const description =
  "`key` makes a holder's key on the holder's machine: --key is kept there, --out goes to the authority. `propose` makes, " +
  "at the authority, new keys for the roles named by --replace and the root that names them, or, where there is no " +
  "authority yet, the first root. `show` tells what a proposal changes; `sign` tells it and signs, on the holder's " +
  "machine. `combine` puts signatures together. `install` refuses a root that too few holders signed, of the root in " +
  "force and of its own; the authority, which goes on running, publishes it within a minute and signs by old and new keys " +
  "until it is started again.";

export const flags = [
  {
    kind: "text",
    name: "state",
    value: "DIR",
    description: "Of the authority: for `propose` and `install`.",
  },
  {
    kind: "text",
    name: "registry",
    value: "FILE",
    description: "For the first `propose`: whose instance it is.",
  },
  {
    kind: "list",
    name: "replace",
    value: "ROLE",
    description: "For `propose`: timestamp, snapshot or targets, which gets a new key.",
  },
  {
    kind: "list",
    name: "holder",
    value: "FILE",
    description: "For `propose`: the public key of each holder from then on; without one they stay.",
  },
  {
    kind: "number",
    name: "threshold",
    value: "NUMBER",
    default: 0,
    least: 0,
    most: 20,
    description: "For `propose`: how many holders must sign from then on; 0 leaves it, at first 2.",
  },
  {
    kind: "text",
    name: "proposal",
    value: "FILE",
    description: "For `show`, `sign`, `combine`, `install`.",
  },
  { kind: "text", name: "key", value: "FILE", description: "For `key` and `sign`: the holder's key." },
  { kind: "list", name: "signature", value: "FILE", description: "For `combine`: what `sign` wrote." },
  {
    kind: "text",
    name: "out",
    value: "FILE",
    description: "What is written; it must not be there. For `key`, `propose`, `sign`, `combine`.",
  },
  {
    kind: "text",
    name: "passphrase-file",
    value: "FILE",
    description: "Holds the passphrase of the keys that are made or used, in its first line.",
  },
] as const satisfies readonly Flag[];

type Given = FlagValues<typeof flags>;

export const operands: Operands = {
  name: "ACTION",
  least: 1,
  most: 1,
  description: "`key`, `propose`, `show`, `sign`, `combine` or `install`.",
};

const actions: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  key,
  propose,
  show,
  sign,
  combine,
  install,
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const name = named[0]!;
  if (!Object.hasOwn(actions, name)) throw new UsageError(`unknown action "${name}"`, operands.description);
  await actions[name]!(given);
  return exitCodes.ok;
}

async function key(given: Given): Promise<void> {
  const passphrase = await passphraseOf(given);
  if (passphrase === undefined) throw new UsageError("a holder's key needs --passphrase-file");
  const made = await createKey(required(given, "key"), passphrase);
  await writeNew(required(given, "out"), writeHolder(made));
  tell([`Holder ${made.id}`]);
}

async function propose(given: Given): Promise<void> {
  const stateDir = required(given, "state");
  const passphrase = await passphraseOf(given);
  const holders = await Promise.all(
    given.holder.map(async (path) => parseHolder(await readFile(path), path)),
  );
  const change = {
    holders: holders.length === 0 ? undefined : holders,
    threshold: given.threshold === 0 ? undefined : given.threshold,
  };
  const out = required(given, "out");
  let proposal: RootProposal;
  if (await isInitialised(stateDir)) {
    const replaced = given.replace.map(roleOf);
    proposal = await proposeNextRoot(stateDir, { ...change, replaced }, systemClock, passphrase);
  } else {
    const { instance, purpose } = (await loadRegistry(required(given, "registry"))).document;
    proposal = await proposeFirstRoot(
      { stateDir, instance, purpose, clock: systemClock, passphrase },
      change,
    );
  }
  await writeNew(out, writeProposal(proposal));
  tell(describeProposal(proposal));
}

async function show(given: Given): Promise<void> {
  tell(describeProposal(await proposalOf(given)));
}

async function sign(given: Given): Promise<void> {
  const proposal = await proposalOf(given);
  const holder = await loadKey(required(given, "key"), await passphraseOf(given));
  await writeNew(required(given, "out"), writeSignature(signProposal(proposal, holder)));
  tell([...describeProposal(proposal), `Signed by ${holder.id}`]);
}

async function combine(given: Given): Promise<void> {
  const signatures = await Promise.all(
    given.signature.map(async (path) => [path, parseSignature(await readFile(path), path)] as const),
  );
  const combined = combineSignatures(await proposalOf(given), signatures);
  await writeNew(required(given, "out"), writeProposal(combined));
  tell([`${signatures.length} signatures put together`]);
}

async function install(given: Given): Promise<void> {
  const stateDir = required(given, "state");
  const proposal = await proposalOf(given);
  const passphrase = await passphraseOf(given);
  if (await isInitialised(stateDir)) {
    const { version } = await installNextRoot(placesOf(stateDir), proposal, passphrase);
    tell([`Root ${version} is signed by enough holders; the authority publishes it within a minute.`]);
    return;
  }
  await installFirstRoot(placesOf(stateDir), proposal, passphrase);
  tell([`Anchor for every server: ${placesOf(stateDir).anchor}`]);
}

async function proposalOf(given: Given): Promise<RootProposal> {
  const path = required(given, "proposal");
  return parseProposal(await readFile(path), path);
}

function roleOf(name: string): OnlineRole {
  const role = onlineRoles.find((one) => one === name);
  if (role === undefined) throw new UsageError(`--replace ${name}: no such role`, onlineRoles.join(", "));
  return role;
}

function required(given: Given, name: "state" | "registry" | "proposal" | "key" | "out"): string {
  const value = given[name];
  if (value === undefined) throw new UsageError(`--${name} is required here`);
  return value;
}

async function passphraseOf(given: Given): Promise<string | undefined> {
  const path = given["passphrase-file"];
  return path === undefined ? undefined : readPassphrase(path);
}

/** What was signed must not be written over unnoticed. */
function writeNew(path: string, bytes: Buffer): Promise<void> {
  return writeFile(path, bytes, { flag: "wx" });
}

function tell(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
