import { randomBytes } from "node:crypto";
import { sha256, toBase64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { providerOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import type { OpenContent, SealedContent } from "../../messagelog/message-store.ts";
import { serializeSearchTags } from "../../messagelog/search-tags.ts";
import { type SyntheticExchange, servers, trust, verdicts } from "./synthetic-exchange.ts";

/*
 * Records that fill a log: what the store and the index read of them is as it is in real ones; what they only carry is
 * a quarter as long, so that ten million of them fit on a small disk: no real signature, a head that was erased, and of
 * the exchange document what is searched.
 */

/** What is exchanged, one exchange after the other. */
export interface Traffic {
  /** @param time milliseconds */
  next(time: number): SyntheticExchange;
}

export interface LeanRecord {
  readonly record: OpenContent;
  readonly sealed: SealedContent;
}

const head = { keyId: randomBytes(16), bytes: Buffer.alloc(0), sha256: randomBytes(32) };
const filler = toBase64Url(randomBytes(240));
const tagKey = "019ab000-0000-7000-8000-00000000000c";
const noTags = Buffer.alloc(0);

/**
 * The records of exchanges in the order in which a server would have written them.
 * @param beginning time of the first one, milliseconds @param gap from one to the next
 */
export function* leanRecords(
  traffic: Traffic,
  {
    exchanges,
    beginning,
    gap,
  }: { readonly exchanges: number; readonly beginning: number; readonly gap: number },
): Generator<LeanRecord> {
  /** Answers that come later than the next request. */
  let waiting: LeanRecord[] = [];
  for (let i = 0; i < exchanges; i++) {
    const time = beginning + i * gap;
    if (waiting.length > 0) {
      const due = waiting.filter(({ record }) => record.time <= time);
      waiting = waiting.filter(({ record }) => record.time > time);
      yield* due.sort((a, b) => a.record.time - b.record.time);
    }
    const [request, answer] = leanExchange(traffic.next(time));
    yield request!;
    if (answer !== undefined) waiting.push(answer);
  }
  yield* waiting.sort((a, b) => a.record.time - b.record.time);
}

function leanExchange(exchange: SyntheticExchange): LeanRecord[] {
  const { answer, role, time } = exchange;
  const isConsumer = role === "consumer";
  const request = leanRecord(exchange, {
    ...{ type: "request", time, direction: isConsumer ? "sent" : "received", effect: "open" },
    more: { decision: null, fault: null },
  });
  if (answer === undefined) return [request];
  const { type, code } = answer;
  const reply = leanRecord(exchange, {
    ...{ type, time: time + answer.after, direction: isConsumer ? "received" : "sent", effect: "close" },
    more: {
      decision: { verdict: verdicts[type], code: type === "response" ? null : code },
      fault: type === "fault" ? { code } : null,
    },
  });
  return [request, reply];
}

interface Part extends Pick<OpenContent, "type" | "time" | "direction"> {
  readonly effect: "open" | "close";
  readonly more: { readonly [name: string]: Json };
}

function leanRecord(exchange: SyntheticExchange, { type, time, direction, effect, more }: Part): LeanRecord {
  const { role, consumer, service, purpose, agreement, permission, queryId, exchangeId } = exchange;
  const isRequest = type === "request";
  const document = {
    ...{ client: consumer, purpose, agreement, queryId, id: exchangeId, ts: time, type, v: 1, ...more },
    ...{ from: servers[isRequest ? 0 : 1], to: servers[isRequest ? 1 : 0], service: { id: service } },
    permission: permission === null ? null : { c: permission },
  };
  const signature = `${filler}..${exchangeId}${type}`;
  const ours = role === "consumer" ? consumer : providerOf(service as ServiceId);
  const tags = isRequest && exchange.subjects.length > 0 ? tagsOf(exchange.subjects) : noTags;
  return {
    record: {
      ...{ type, time, direction, signature, certificate: trust.certificate, ocsp: trust.ocsp },
      exchangeId: unsafeId(exchangeId),
      member: unsafeId(ours.split("/", 3).join("/")),
      exchange: Buffer.from(canonicalJson(document)),
      guard: { role, server: servers[0], effect, digest: sha256(signature), expires: time },
    },
    sealed: { head, tags },
  };
}

function tagsOf(subjects: SyntheticExchange["subjects"]): Buffer {
  return serializeSearchTags(
    subjects.map(({ role, scheme, value }) => {
      return { key: tagKey, role, scheme, tag: toBase64Url(sha256(`tag ${value}`)) };
    }),
  );
}
