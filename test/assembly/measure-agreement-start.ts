import { performance } from "node:perf_hooks";
import { pino } from "pino";
import { AgreementBook } from "../../src/assembly/agreement-book.ts";
import { AgreementPapers } from "../../src/assembly/agreement-papers.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { canonicalJson, type Json } from "../../src/core/canonical-json.ts";
import type { ClientId, ServiceId } from "../../src/core/ids.ts";
import { unsafeId } from "../../src/core/ids.ts";
import type { GatewayServices } from "../../src/exchange/gateway-services.ts";
import { keptText } from "../../src/message/kept-text.ts";
import type { LogDesk } from "../../src/messagelog/desk/log-desk.ts";
import type { ContextDocument } from "../../src/messagelog/message-record.ts";
import { termsDigest } from "../../src/policy/agreements/agreement-act.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";
import { answers } from "../policy/agreements/acts.ts";

/*
 * How long a provider's start takes that reads agreements made by acts: `node --expose-gc
 * test/assembly/measure-agreement-start.ts [count]`. Each was asked for and approved, and both sides have said so: two
 * acts and two receipts. What the log's thread hands over is made before, and copied as a thread does.
 */

const count = Number(process.argv[2] ?? 100_000);
const now = Date.UTC(2026, 10, 22);

function paper(payload: object): Buffer {
  const part = (value: object) => Buffer.from(canonicalJson(value as Json)).toString("base64url");
  const header = { alg: "ES256", typ: "x", x5c: ["M".repeat(1000)] };
  return Buffer.from(`${part(header)}.${part(payload)}.${"A".repeat(86)}`, "latin1");
}

const documents: Record<string, ContextDocument[]> = { "agreement-act": [], "agreement-receipt": [] };

function keep(kind: "agreement-act" | "agreement-receipt", payload: object): string {
  // Memory of its own, as a store hands it out: a slice of a pool would be copied with the whole pool.
  const bytes = Buffer.allocUnsafeSlow(paper(payload).length);
  bytes.set(paper(payload));
  const sha256 = sha256Base64Url(bytes);
  documents[kind]!.push({ kind, sha256, bytes });
  return sha256;
}

for (let i = 0; i < count; i++) {
  const consumer = unsafeId<ClientId>(`DEV/COM/${20_000_000 + (i % 1000)}/asking`);
  const service = unsafeId<ServiceId>(`DEV/GOV/10000001/population/s${Math.floor(i / 1000)}`);
  const agreement = `agreement-${i}`;
  const validity = { from: "2026-01-01T00:00:00Z", to: "2031-01-01T00:00:00Z" };
  const document = {
    ...{ v: 1, id: agreement, revision: 1, consumer, service, validity },
    ...{ endpoints: [{ method: "GET", path: "/persons/{code}" }], purposes: [{ id: "benefit-decision" }] },
    quota: { perDay: 10_000, over: "block" },
  };
  const terms = termsDigest(document as unknown as { readonly [name: string]: Json });
  const common = { instance: "DEV", time: now, agreement, consumer, service, revision: 1, terms };
  const told = (act: string, by: string) =>
    keep("agreement-receipt", {
      instance: "DEV",
      act,
      agreement,
      by,
      outcome: "taken",
      code: null,
      time: now,
    });
  const request = keep("agreement-act", {
    ...{ act: "request", by: "consumer", ...common, document, byLaw: null, previous: null, answers },
  });
  told(request, "provider");
  const approve = { act: "approve", by: "provider", ...common, document, previous: request };
  told(keep("agreement-act", approve), "consumer");
}

const desk = {
  ask: async (_: string, { kind }: { readonly kind: string }) =>
    structuredClone(documents[kind]!.map(({ sha256, bytes }) => ({ sha256, text: keptText(bytes) }))),
} as unknown as Pick<LogDesk, "ask">;
const agreements = new Agreements([]);
const services = {
  agreements,
  clock: { now: () => now },
  self: "DEV/GOV/10000001/ss1",
  trust: () => ({
    directory: {
      serverOf: (client: string) =>
        client.startsWith("DEV/GOV") ? { id: "DEV/GOV/10000001/ss1" } : undefined,
    },
  }),
} as unknown as GatewayServices;
const book = new AgreementBook(
  () => services,
  new AgreementPapers({ keep: async () => {} }, desk),
  pino({ level: "info" }, { write: () => {} }),
);
globalThis.gc?.();
const heap = process.memoryUsage();
const began = performance.now();
const cpu = process.cpuUsage();
await book.start();
const took = performance.now() - began;
const { user, system } = process.cpuUsage(cpu);
const peak = process.resourceUsage().maxRSS / 1024;
globalThis.gc?.();
const { heapUsed, arrayBuffers } = process.memoryUsage();
const mib = (bytes: number) => `${Math.round(bytes / 1_048_576)} MiB`;
process.stdout.write(
  `${count} agreements: ${Math.round(took)} ms, ${Math.round((user + system) / 1000)} ms of CPU; ` +
    `${mib(heapUsed - heap.heapUsed)} of heap and ${mib(arrayBuffers - heap.arrayBuffers)} of buffers more, ${Math.round(peak)} MiB at most\n`,
);
if ([...agreements.all()].length !== count) throw new Error("not all of them count");
