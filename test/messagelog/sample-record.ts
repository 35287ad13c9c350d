import { createHash, randomBytes } from "node:crypto";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { GuardEntry, MessageRecord } from "../../src/messagelog/message-record.ts";

const der = randomBytes(780);
const issuerDer = randomBytes(640);
const ocspDer = randomBytes(754);
const filler = "x".repeat(1100);

export interface SampleOptions {
  readonly time: number;
  readonly exchangeId?: string;
  readonly guard?: Partial<GuardEntry>;
  readonly type?: MessageRecord["type"];
  readonly direction?: MessageRecord["direction"];
  readonly member?: string;
  readonly head?: string;
  readonly subjects?: MessageRecord["subjects"];
  readonly certificate?: MessageRecord["certificate"];
  readonly ocsp?: MessageRecord["ocsp"];
}

/** A record of the sizes that real ones have; signature and certificates are random bytes. */
export function sampleRecord(options: SampleOptions): MessageRecord {
  const { time } = options;
  const exchangeId = options.exchangeId ?? uuidV7(time);
  const signature = `${toBase64Url(randomBytes(1580))}..${toBase64Url(randomBytes(64))}`;
  return {
    exchangeId: unsafeId(exchangeId),
    direction: options.direction ?? "sent",
    type: options.type ?? "request",
    member: unsafeId(options.member ?? "DEV/GOV/10000001"),
    time,
    exchange: Buffer.from(`{"id":"${exchangeId}","filler":"${filler}"}`),
    head: Buffer.from((options.head ?? "POST /persons HTTP/1.1\r\n").padEnd(1024, "h")),
    subjects: options.subjects ?? [],
    signature,
    certificate: options.certificate ?? { sha256: digest(der), der, issuerDer },
    ocsp: options.ocsp ?? { sha256: digest(ocspDer), der: ocspDer, thisUpdate: time },
    guard: {
      role: "consumer",
      server: unsafeId("DEV/GOV/10000001/ss1"),
      effect: "open",
      digest: sha256(signature),
      expires: time + 120_000,
      ...options.guard,
    },
  };
}

/** The answer that closes the exchange of a request. */
export function sampleAnswer(request: MessageRecord, time: number): MessageRecord {
  const { role, server } = request.guard;
  return sampleRecord({
    time,
    exchangeId: request.exchangeId,
    type: "response",
    direction: request.direction === "sent" ? "received" : "sent",
    member: request.member,
    guard: { role, server, effect: "close" },
    certificate: request.certificate,
    ocsp: request.ocsp,
  });
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url");
}
