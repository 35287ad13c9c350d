import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { placesOf, proposeNextRoot } from "../../src/authority/authority-state.ts";
import { installNextRoot } from "../../src/authority/ceremony/install-root.ts";
import { loadOnlineKeys } from "../../src/authority/ceremony/online-keys.ts";
import {
  parseProposal,
  type RootProposal,
  writeProposal,
} from "../../src/authority/ceremony/root-proposal.ts";
import { combineSignatures, signProposal } from "../../src/authority/ceremony/root-signature.ts";
import { signTimestamp } from "../../src/authority/sign-metadata.ts";
import { createKeys, loadKeys, type OnlineRole, type RoleKey } from "../../src/authority/signing-keys.ts";
import { runCommandLine } from "../../src/cli/command-line.ts";
import type { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { newDirectory } from "../new-directory.ts";
import { PublishedCountry } from "../trust/published-country.ts";
import { SampleCountry } from "./sample-registry.ts";

const minute = 60_000;

/** The holders of the first root of a demonstration, whose keys were made beside it. */
function firstHolders({ stateDir }: PublishedCountry): Promise<RoleKey[]> {
  return loadKeys(join(stateDir, "root-keys/1"), undefined);
}

function propose(
  { stateDir, country }: PublishedCountry,
  replaced: readonly OnlineRole[],
  holders?: readonly RoleKey[],
): Promise<RootProposal> {
  const change = { replaced, holders, threshold: undefined };
  return proposeNextRoot(stateDir, change, country.clock, undefined);
}

function signed(proposal: RootProposal, keys: readonly RoleKey[]): RootProposal {
  return combineSignatures(
    proposal,
    keys.map((key) => [key.id, signProposal(proposal, key)]),
  );
}

function install({ stateDir }: PublishedCountry, proposal: RootProposal): Promise<unknown> {
  return installNextRoot(placesOf(stateDir), proposal, undefined);
}

/** A client that looks now has this root, and nothing to complain of. */
async function follows(t: Test, published: PublishedCountry, client: ConfigurationClient, root: number) {
  await published.poll(client);
  t.match(client.status(), { state: "fresh", problems: { length: 0 } });
  t.ok(client.configuration().files.has(`metadata/${root}.root.json`), `root ${root} is followed`);
}

t.test("every role gets another key by itself, while the authority runs and clients follow", async (t) => {
  const published = await PublishedCountry.start(t);
  const { clock } = published.country;
  const client = await published.startClient();
  let holders = await firstHolders(published);
  const changes: readonly (readonly [OnlineRole[], "same holders" | "new holders"])[] = [
    [["timestamp"], "same holders"],
    [["snapshot"], "same holders"],
    [["targets"], "same holders"],
    [[], "new holders"],
    [["timestamp"], "same holders"],
  ];
  for (const [i, [replaced, who]] of changes.entries()) {
    const successors =
      who === "same holders"
        ? undefined
        : Object.values(await createKeys(newDirectory(), ["anna", "bert", "cleo"], undefined));
    const proposal = await propose(published, replaced, successors);
    const signers = [...holders.slice(0, 2), ...(successors ?? [])];
    await install(published, signed(proposal, signers));
    holders = successors ?? holders;
    clock.time += minute;
    await follows(t, published, client, i + 1);
    await published.authority.renew();
    t.notOk(existsSync(join(published.stateDir, "next-root.json")), "it waits no longer");
    await follows(t, published, client, i + 2);
  }
  await published.publishMore("archive");
  await follows(t, published, client, 6);
  t.ok(client.current().isRegistered("DEV/GOV/10000001/archive" as never));

  const slept = await published.startClient({ directory: newDirectory() });
  t.match(
    slept.status(),
    { state: "fresh", problems: { length: 0 } },
    "from the anchor on, all roots in turn",
  );
  t.ok(slept.configuration().files.has("metadata/6.root.json"));
  await published.authority.close();
  await published.startAuthority();
  clock.time += minute;
  await published.authority.renew();
  await follows(t, published, client, 6);
});

t.test("while the new root is not at a mirror yet, what both sign verifies there", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const holders = await firstHolders(published);
  await install(published, signed(await propose(published, ["timestamp", "targets"]), holders));
  await published.authority.renew();
  published.mirror.tampered.set("metadata/2.root.json", 404);
  published.country.clock.time += minute;
  await published.publishMore("archive");
  await follows(t, published, client, 1);
  published.mirror.tampered.clear();
  published.country.clock.time += minute;
  await follows(t, published, client, 2);
});

t.test("a timestamp signed by the previous key after its end is refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const { clock } = published.country;
  const client = await published.startClient();
  const root = { bytes: published.authority.anchor.root };
  const stolen = await loadOnlineKeys(published.stateDir, [root], undefined);
  const holders = await firstHolders(published);
  await install(published, signed(await propose(published, ["timestamp"]), holders));
  await published.authority.renew();
  clock.time += minute;
  await published.poll(client);
  const snapshot = JSON.parse(published.file("metadata/timestamp.json").toString()).signed.meta[
    "snapshot.json"
  ];
  const vouched = {
    version: snapshot.version,
    bytes: published.file(`metadata/${snapshot.version}.snapshot.json`),
  };
  const forged = signTimestamp(99, clock.time, vouched, stolen.timestamp);
  published.mirror.tampered.set("metadata/timestamp.json", forged.bytes);
  clock.time += minute;
  await published.poll(client);
  t.match(client.status(), {
    state: "alarm",
    problems: [{ kind: "refused", detail: /signed by 0\/1 keys/ }],
  });
});

t.test("a root that the threshold did not sign is not installed", async (t) => {
  const published = await PublishedCountry.start(t);
  const [anna, bert, cleo] = await firstHolders(published);
  const successors = Object.values(await createKeys(newDirectory(), ["a", "b", "c"], undefined));
  const proposal = await propose(published, ["timestamp"]);
  const waits = () => existsSync(join(published.stateDir, "next-root.json"));
  const refused = { message: /too few of its holders have signed it/ };
  await t.rejects(install(published, proposal), refused, "nobody");
  await t.rejects(install(published, signed(proposal, [anna!])), refused, "one of two");
  await t.rejects(install(published, signed(proposal, [anna!, anna!])), refused, "one, twice");
  t.throws(() => signProposal(proposal, successors[0]!), { message: /of no holder/ });
  const signature = signProposal(proposal, bert!);
  const altered = { ...signature, sig: signature.sig.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) };
  t.throws(() => combineSignatures(proposal, [["b.sig", altered]]), { message: /b\.sig at \/sig/ });
  const handed = await propose(published, [], successors);
  await t.rejects(install(published, signed(handed, successors)), refused, "new holders alone");
  await t.rejects(install(published, signed(handed, [anna!, bert!])), refused, "old holders alone");
  t.notOk(waits());

  await install(published, signed(handed, [bert!, cleo!, ...successors.slice(0, 2)]));
  await published.authority.renew();
  await t.rejects(install(published, signed(proposal, [anna!, bert!])), {
    message: /root 2 is in force, which is not the one that this proposal follows/,
  });
  t.equal(published.authority.health().problem, undefined);
  await t.rejects(propose(published, [], successors.slice(0, 1)), { message: /2 of 1 holders cannot sign/ });
});

t.test(
  "a root that cannot be published is told, and the timestamp goes on; so is one that expires",
  async (t) => {
    const published = await PublishedCountry.start(t);
    const { clock } = published.country;
    const { authority } = published;
    const waiting = join(published.stateDir, "next-root.json");
    writeFileSync(waiting, "{");
    clock.time += minute;
    await authority.renew();
    t.match(authority.health(), { status: "degraded", problem: /a root waits that cannot be published/ });
    t.equal(authority.health().timestampMade, new Date(clock.time).toISOString());
    rmSync(waiting);
    await authority.renew();
    t.match(authority.health(), { status: "ok", problem: undefined });
    clock.time += 340 * 24 * 60 * minute;
    await authority.renew();
    t.match(authority.health(), {
      status: "degraded",
      problem: /root 1 expires in 24 days: its holders must sign/,
    });
  },
);

t.test("a proposal whose keys the authority does not hold is not installed", async (t) => {
  const published = await PublishedCountry.start(t);
  const other = await PublishedCountry.start(t);
  const foreign = await propose(other, ["timestamp"]);
  const { current } = await propose(published, []);
  const mixed = parseProposal(writeProposal({ ...foreign, current }), "mixed");
  const holders = [...(await firstHolders(published)), ...(await firstHolders(other))];
  await t.rejects(install(published, signed(mixed, holders)), { message: /has no key of/ });
});

t.test("the commands: from a holder's key to the first root, its anchor and a change", async (t) => {
  const directory = newDirectory();
  const path = (name: string) => join(directory, name);
  writeFileSync(path("pass"), "correct horse\n", { mode: 0o600 });
  const registry = { ...new SampleCountry().registry(), purpose: "production" };
  writeFileSync(path("registry.json"), JSON.stringify(registry));
  const texts = { err: "" };
  const terminal = { out: { write: () => true }, err: { write: (text: string) => (texts.err += text) } };
  const told: string[] = [];
  t.intercept(process.stdout, "write", {
    value: (text: string) => told.push(text) > 0,
  });
  const run = async (action: string, ...flags: string[]) => {
    const pass = action === "show" || action === "combine" ? [] : ["--passphrase-file", path("pass")];
    return runCommandLine(["authority", "root", action, ...flags, ...pass], terminal);
  };
  for (const name of ["anna", "bert", "cleo"])
    t.equal(await run("key", "--key", path(`${name}.pem`), "--out", path(`${name}.pub`)), 0);
  const holders = ["anna", "bert", "cleo"].flatMap((name) => ["--holder", path(`${name}.pub`)]);
  const state = ["--state", path("state")];
  const ceremony = async (step: string, ...proposing: string[]) => {
    const proposal = ["--proposal", path(`${step}.json`)];
    t.equal(await run("propose", ...state, ...proposing, "--out", path(`${step}.json`)), 0, texts.err);
    const signatures: string[] = [];
    for (const name of ["anna", "cleo"]) {
      const out = path(`${step}-${name}.sig`);
      t.equal(await run("sign", ...proposal, "--key", path(`${name}.pem`), "--out", out), 0, texts.err);
      signatures.push("--signature", out);
    }
    t.equal(await run("install", ...state, ...proposal), 2, "not before it is signed");
    t.match(texts.err, /too few of its holders/);
    t.equal(
      await run("combine", ...proposal, ...signatures, "--out", path(`${step}-signed.json`)),
      0,
      texts.err,
    );
    const signedProposal = ["--proposal", path(`${step}-signed.json`)];
    t.equal(await run("show", ...signedProposal), 0);
    t.equal(await run("install", ...state, ...signedProposal), 0, texts.err);
  };
  await ceremony("first", "--registry", path("registry.json"), ...holders);
  t.match(told.join(""), /The first root of DEV \(production\)/);
  t.equal(JSON.parse(readFileSync(path("state/anchor.json"), "utf8")).instance, "DEV");
  await ceremony("second", "--replace", "timestamp");
  t.match(told.join(""), /timestamp: NEW {3}[0-9a-f]{64}\ntimestamp: ENDS/);
  t.ok(existsSync(path("state/next-root.json")));
  t.equal(await run("propose", ...state, "--replace", "root", "--out", path("x.json")), 2);
  t.match(texts.err, /--replace root: no such role/);
});
