import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import t from "tap";
import { RestrictionBook, type RestrictionBookParts } from "../../src/assembly/restriction-book.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { type MemberId, unsafeId } from "../../src/core/ids.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { restrictionType, restrictionUse } from "../../src/exchange/restriction-document.ts";
import {
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../../src/message/signed-statement.ts";
import type { ContextDocument } from "../../src/messagelog/message-record.ts";
import { openVault } from "../../src/messagelog/vault.ts";
import { openEnvelope, pointOf } from "../../src/pki/hybrid-envelope.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";
import type { RestrictionAct } from "../../src/policy/restrictions/restriction-act.ts";
import {
  authority,
  day,
  now,
  other,
  sampleAct,
  sampleFacts,
  service,
} from "../policy/restrictions/sample-act.ts";

/* What a gateway takes of acts on restrictions: real seals, a real vault, the law's rules, and what the log then has. */

const clock = {
  time: now,
  now() {
    return this.time;
  },
};
const ca = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:1/" });
const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const [authorityKey, supervisoryKey] = [newKey(), newKey()];
const members = [authority, other];
const seals = new Map(members.map((member) => [member, ca.issueSeal(member, member)]));
const stranger = ca.issueSeal(unsafeId<MemberId>("DEV/COM/1"), "Stranger");

const parameters = {
  instance: "DEV",
  orderingAuthorities: members.map((member) => ({ member, encryptionKey: pointOf(authorityKey) })),
  supervisoryKey: pointOf(supervisoryKey),
  ...{ restrictablePurposes: sampleFacts().law.restrictablePurposes },
};

async function newBook() {
  const documents: ContextDocument[] = [];
  const vault = await openVault(join(t.testdir({}), "vault"), createSecretKey(randomBytes(32)));
  const seal = (fingerprint: string) => {
    const found = [...seals].find(([, { certificate }]) => certificate.fingerprint === fingerprint);
    return found && { member: found[0], issuer: ca.issuing.certificate };
  };
  const parts = {
    ...{ clock, vault, owner: unsafeId<MemberId>("DEV/GOV/10000001"), judge: { checkChain: () => {} } },
    log: { keep: async (document: ContextDocument) => void documents.push(document) },
    trust: () => ({ configuration: { parameters }, directory: { seal } }) as never,
    openReader: () => ({
      documentsOf: async (kind: string) => documents.filter((document) => document.kind === kind),
      close: () => {},
    }),
  } satisfies RestrictionBookParts;
  return { parts, documents, book: await RestrictionBook.open(parts, "one") };
}

function sign(
  act: object,
  by: MemberId | "stranger" = authority,
  typ: StatementType = restrictionType,
): Promise<Buffer> {
  const { certificate, privateKey } = by === "stranger" ? stranger : seals.get(by)!;
  const signer = new SignerPool(certificate, keyOperation(privateKey as KeyObject));
  return signStatement(signer, typ, act as StatementPayload);
}

const exchange = {
  exchangeId: "0197a0c4-5e00-7000-8000-00000000000a",
  ...{ consumer: sampleAct().covers.consumer, service, purpose: "investigation", time: now },
};

t.test("what is taken is in force, encrypted in the log, and there again after a restart", async (t) => {
  const { book, documents, parts } = await newBook();
  t.equal(book.covering(exchange, now), undefined);
  const signed = await sign(sampleAct());
  await book.take(signed, authority);
  t.equal(book.covering(exchange, now)?.act.id, sampleAct().id);
  const [document] = documents;
  t.equal(document?.kind, "restriction");
  t.equal(document?.sha256, sha256Base64Url(document!.bytes));
  const text = document!.bytes.toString();
  for (const clear of [authority, service, "investigation", "Criminal"]) t.notMatch(text, clear);
  const { envelope } = JSON.parse(text);
  for (const key of [authorityKey, supervisoryKey])
    t.ok(openEnvelope(Buffer.from(envelope), restrictionUse, key).equals(signed));
  const again = await RestrictionBook.open(parts, "one");
  t.equal(again.covering(exchange, now)?.act.id, sampleAct().id);
  t.ok(again.signedActs(again.get(sampleAct().id)!)[0]!.equals(signed));
});

t.test("a lift shows what was covered, at once and after a restart", async (t) => {
  const { book, parts } = await newBook();
  const ordered = await sign(sampleAct());
  await book.take(ordered, authority);
  const lift = { state: "lifted", revision: 2, previous: sha256Base64Url(ordered) } as const;
  await book.take(await sign(sampleAct(lift)), authority);
  t.equal(book.covering(exchange, now), undefined);
  t.equal((await RestrictionBook.open(parts, "one")).covering(exchange, now), undefined);
});

t.test("a missed review lifts it by itself", async (t) => {
  const { book } = await newBook();
  await book.take(await sign(sampleAct()), authority);
  t.ok(book.covering(exchange, now + 30 * day - 1));
  t.equal(book.covering(exchange, now + 30 * day), undefined);
});

const refused: [what: string, act: () => Promise<Buffer>, sender: MemberId, expected: object][] = [
  ["forged by a non-authority", () => sign(sampleAct(), other), other, { rule: "restriction.authority" }],
  ["sent by another than signed it", () => sign(sampleAct()), other, { rule: "restriction.authority" }],
  ["signed by a stranger", () => sign(sampleAct(), "stranger"), authority, { code: "certificate_unknown" }],
  [
    "over 12 months",
    () => sign(sampleAct({ reviewBy: now + 367 * day })),
    authority,
    { rule: "restriction.review" },
  ],
  ["without provision", () => sign(without("provision")), authority, { code: "malformed_statement" }],
  [
    "of another type",
    () => sign(sampleAct(), authority, "sealway-hold+jws"),
    authority,
    { code: "malformed_statement" },
  ],
  ["altered", altered, authority, { code: "invalid_signature" }],
];

for (const [what, act, sender, expected] of refused) {
  t.test(`refused, and nothing is kept: ${what}`, async (t) => {
    const { book, documents } = await newBook();
    t.match(await act().then((signed) => refusalOf(book.take(signed, sender))), expected);
    t.equal(documents.length, 0);
    t.equal(book.covering(exchange, now), undefined);
  });
}

t.test("replayed act", async (t) => {
  const { book, documents } = await newBook();
  const signed = await sign(sampleAct());
  const outcomes = await Promise.allSettled([book.take(signed, authority), book.take(signed, authority)]);
  t.match(outcomes, [{ status: "fulfilled" }, { reason: { rule: "restriction.replayed" } }]);
  t.equal(documents.length, 1);
});

t.test("lifted by another authority", async (t) => {
  const { book } = await newBook();
  const ordered = await sign(sampleAct());
  await book.take(ordered, authority);
  const lift = {
    state: "lifted",
    revision: 2,
    previous: sha256Base64Url(ordered),
    authority: other,
  } as const;
  t.match(await refusalOf(book.take(await sign(sampleAct(lift), other), other)), {
    rule: "restriction.party",
  });
  t.ok(book.covering(exchange, now));
});

/** Why it was refused; undefined when it was taken. */
function refusalOf(taking: Promise<unknown>): Promise<unknown> {
  return taking.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function without(member: keyof RestrictionAct): object {
  const { [member]: _, ...rest } = sampleAct();
  return rest;
}

async function altered(): Promise<Buffer> {
  const [header, , signature] = (await sign(sampleAct())).toString().split(".");
  const [, payload] = (await sign(sampleAct({ ground: "defence" }))).toString().split(".");
  return Buffer.from(`${header}.${payload}.${signature}`);
}
