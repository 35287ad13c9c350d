import { existsSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { memberOf } from "../../../src/core/ids.ts";
import { parseExchange } from "../../../src/message/exchange-document.ts";
import { parseHead } from "../../../src/message/head.ts";
import type { WireMessage } from "../../../src/message/wire.ts";
import { readPackage } from "../../../src/messagelog/evidence/package-read.ts";
import { signatureFileOf } from "../../../src/messagelog/evidence/read-once.ts";
import type { Entry, IdRange } from "../../../src/messagelog/statement/pair-hour.ts";
import { sumOf } from "../../../src/messagelog/statement/statement-tree.ts";
import { damaged, flipped, forged } from "../../messagelog/evidence-tampering.ts";
import { forgeAnswer } from "../country/forgery.ts";
import { PlayedServer, writeSigned } from "../country/peer.ts";
import { benefitsAgency, services } from "../country/plan.ts";
import { pathOf, SmallCountry } from "../country.ts";
import { asJson, copyOfFiles, LostLogScene } from "./lost-log-scene.ts";

/*
 * A registered server with good keys answers dishonestly when it is asked for what another one lost: it is named with what
 * was wrong, and nothing wrong is kept.
 */

const country = await SmallCountry.start(t);
const { asking } = country;
const scene = new LostLogScene(country, copyOfFiles(country, asking));
const rogue = await PlayedServer.start(country);
t.teardown(() => rogue.close());

/** What the rogue server says that it has, and gives for it; null stands for a refusal. */
const listed = new Map<string, { readonly entry: Entry; readonly given: Buffer | null }>();

const answers: Readonly<Record<string, (body: Buffer, isParty: boolean) => object>> = {
  "/ranges": (body, isParty) => ({
    sums: rangesIn(body).map((range) => sumOf(isParty ? entriesIn(range) : [])),
  }),
  "/entries": (body) => ({ entries: rangesIn(body).flatMap(entriesIn) }),
};

function rangesIn(body: Buffer): readonly IdRange[] {
  return (JSON.parse(body.toString()) as { ranges: IdRange[] }).ranges;
}

function entriesIn({ from, to }: IdRange): Entry[] {
  const entries = [...listed.values()].map(({ entry }) => entry).sort((a, b) => (a.id < b.id ? -1 : 1));
  const hex = ({ id }: Entry) => id.replaceAll("-", "");
  return entries.filter((entry) => hex(entry) >= from && hex(entry) < to);
}

async function answerTo(message: WireMessage, body: Buffer) {
  const { client, service } = parseExchange(message.exchange);
  if (service.id === services.rogue.id) return forgeAnswer(country, message);
  const { start } = parseHead(message.head);
  const path = start.kind === "request" ? start.target : "";
  const isParty = memberOf(client) === benefitsAgency;
  const answer = Object.entries(answers).find(([end]) => path.endsWith(end))?.[1];
  if (answer !== undefined)
    return forgeAnswer(country, message, asJson, Buffer.from(JSON.stringify(answer(body, isParty))));
  const { given } = listed.get(path.slice(path.lastIndexOf("/") + 1))!;
  return given === null
    ? forgeAnswer(country, message, { type: "refusal", status: 403 }, Buffer.from(`{"code":"access_denied"}`))
    : forgeAnswer(country, message, {}, Buffer.from(given));
}

/** Whether it breaks off when it is asked for evidence. */
let isCut = false;

rogue.play(async ({ message, body }, response) => {
  const isEvidence = parseExchange(message.exchange).service.id.endsWith("/sealway.evidence");
  if (isCut && isEvidence) response.destroy();
  else writeSigned(response, await answerTo(message, body));
});

const packages = new Map<string, Buffer>();

/** An exchange whose package this test has, as the other side would have it. */
async function packed(path?: string): Promise<string> {
  const id = await scene.exchange(path);
  await asking.gateway.sealNow();
  packages.set(id, (await country.ask({ path: `/evidence/${id}` })).body);
  return id;
}

/** As an honest provider would list it. */
async function entryOf(id: string): Promise<Entry> {
  const files = await readPackage(packages.get(id)!);
  const digest = (folder: string) => {
    const file = signatureFileOf(files.get(`${folder}/signature.jws.json`)!);
    return sha256Base64Url(file!.signature.compact);
  };
  return { id, role: "provider", request: digest("request"), answer: digest("response"), concluded: false };
}

type Lie = (id: string) => Promise<{ readonly entry?: Partial<Entry>; readonly given: Buffer | null }>;

const digestOfNothing = sha256Base64Url("nothing");

// biome-ignore format: a table is read by its columns
const lies: readonly (readonly [attack: string, reason: string, lie: Lie])[] = [
  ["bytes that are no package", "package_unusable package-unreadable", async () => ({ given: Buffer.from("no package") })],
  ["a damaged package", "package_invalid file-altered",
    async (id) => ({ given: await damaged(packages.get(id)!, (files) => files.set("request/exchange", flipped(files.get("request/exchange")!))) })],
  ["a package of another exchange between the two", "package_of_another_exchange", async (id) => ({ given: anotherThan(id) })],
  ["other messages than it named", "package_of_other_messages",
    async (id) => ({ entry: { answer: digestOfNothing }, given: packages.get(id)! })],
  ["a package in which nothing is signed by the side that lost it", "package_not_signed_here",
    async (id) => ({ entry: { request: null }, given: await withoutRequest(packages.get(id)!) })],
  ["a refusal for what it named", "access_denied", async () => ({ given: null })],
];

function anotherThan(id: string): Buffer {
  return [...packages].find(([other]) => other !== id)![1];
}

async function withoutRequest(bytes: Buffer): Promise<Buffer> {
  const remove = (files: Map<string, Buffer>) => {
    for (const path of files.keys()) if (/^(?:request|context\/agreement)\//.test(path)) files.delete(path);
  };
  return forged(bytes, remove, ({ messages }) => ({
    messages: messages.filter(({ folder }) => folder !== "request"),
  }));
}

const ids: string[] = [];
let foreign = "";

t.before(async () => {
  foreign = await packed();
  await scene.lose(async () => {
    for (const _ of [...lies, "the true one"]) ids.push(await packed(pathOf(services.rogue, "/x")));
  });
  for (const [i, [, , lie]] of lies.entries()) {
    const { entry, given } = await lie(ids[i]!);
    listed.set(ids[i]!, { entry: { ...(await entryOf(ids[i]!)), ...entry }, given });
  }
  listed.set(ids.at(-1)!, { entry: await entryOf(ids.at(-1)!), given: packages.get(ids.at(-1)!)! });
  listed.set(foreign, { entry: await entryOf(foreign), given: packages.get(foreign)! });
  await scene.declare();
  await asking.start();
});

const folder = () => join(asking.stateDirectory, "recovered");

t.test("every lie is named with the server that told it, and nothing of it is kept", async (t) => {
  const accounts = await scene.accounts(t, ({ exchanges }) => exchanges.length === listed.size);
  const of = (id: string) => accounts.find(({ exchange }) => exchange === id);
  for (const [i, [attack, reason]] of lies.entries()) {
    t.match(of(ids[i]!), { outcome: "awaited", reason, package: null, file: null }, attack);
    t.notOk(existsSync(join(folder(), `${ids[i]}.zip`)), attack);
  }
  const ofOthers = { outcome: "awaited", reason: "package_of_other_parties", package: null };
  t.match(of(foreign), ofOthers, "the exchange of somebody else");
  t.match(of(ids.at(-1)!), { outcome: "recovered", file: "verified" }, "what is true is kept");
  const { code, text } = await scene.lostCommand(t);
  t.equal(code, 1);
  t.match(
    text,
    /awaited +\S+ .* from DEV\/GOV\/66666666\/ss1: the peer's package does not verify \(file-altered\)/,
  );
  t.match(text, /1 exchanges recovered, 7 awaited/);
  const told = asking.logLines.filter((line) => line.includes("a lost exchange is not recovered"));
  t.equal(told.length, 7);
});

t.test("a peer that breaks off is named, and what it did not give is fetched after a restart", async (t) => {
  for (const id of ids) listed.set(id, { entry: await entryOf(id), given: packages.get(id)! });
  isCut = true;
  await asking.restart();
  const isNamed = ({ exchange, reason }: { exchange: string; reason: string | null }) =>
    exchange === ids[0] && reason?.startsWith("peer_");
  await scene.accounts(t, ({ exchanges }) => exchanges.some(isNamed));
  isCut = false;
  await asking.restart();
  await scene.accounts(t, ({ exchanges }) =>
    ids.every((id) => exchanges.find(({ exchange }) => exchange === id)?.file === "verified"),
  );
});

t.test("what a peer once named stays named, also when it says no more that it has it", async (t) => {
  listed.delete(foreign);
  await asking.restart();
  const accounts = await scene.accounts(t, ({ exchanges }) => exchanges.length > 0);
  t.equal(accounts.find(({ exchange }) => exchange === foreign)?.outcome, "awaited");
  t.equal((await scene.lostCommand(t)).code, 1);
});
