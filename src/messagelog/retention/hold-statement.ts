import { sha256Base64Url } from "../../core/bytes.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../../message/signed-statement.ts";
import type { Signer } from "../../pki/signer.ts";
import type { ContextKind, MessageLog } from "../message-record.ts";
import type { LogReader } from "../message-store.ts";

/** From when to when, milliseconds, `from` included; `to` null for no end. */
export type HoldPeriod = { readonly from: number; readonly to: number | null };

/** What a hold is about. A person stands here encrypted, under a key of the hold. */
export type HoldScope =
  | { readonly kind: "exchanges"; readonly ids: readonly string[] }
  /** Members or subsystems. */
  | {
      readonly kind: "pair";
      readonly consumer: string;
      readonly provider: string;
      readonly period: HoldPeriod;
    }
  | {
      readonly kind: "subject";
      readonly scheme: string;
      /** UUID of the key, and the value under it, base64url. */
      readonly key: string;
      readonly value: string;
      readonly period: HoldPeriod;
    };

/** A legal hold as it was ordered. */
export interface HoldOrder extends StatementPayload {
  readonly hold: string;
  /** The case's number at the authority. */
  readonly case: string;
  readonly authority: string;
  readonly scope: HoldScope;
  /** When somebody must ask whether it is needed still, milliseconds. */
  readonly review: number;
  /** The names of two people: who placed it, and who confirmed it. */
  readonly by: readonly string[];
}

export type HeldRecord = { readonly writer: string; readonly number: number; readonly exchange: string };

/** How far a hold was applied to the log, and what it found there since the last time. */
export interface HoldApplied extends StatementPayload {
  readonly hold: string;
  /** Everything up to these numbers was looked at. */
  readonly through: { readonly [writer: string]: number };
  readonly records: readonly HeldRecord[];
}

export interface HoldLifted extends StatementPayload {
  readonly hold: string;
  readonly reason: string;
  readonly by: readonly string[];
}

/** A hold and what became of it. */
export interface Hold {
  readonly order: HoldOrder;
  readonly lifted: HoldLifted | undefined;
  readonly through: ReadonlyMap<string, number>;
  /** By `recordName`. */
  readonly records: ReadonlyMap<string, HeldRecord>;
}

interface Payloads {
  readonly hold: HoldOrder;
  readonly "hold-applied": HoldApplied;
  readonly "hold-lifted": HoldLifted;
}

const types = {
  hold: "sealway-hold+jws",
  "hold-applied": "sealway-hold-applied+jws",
  "hold-lifted": "sealway-hold-lifted+jws",
} as const satisfies { readonly [Kind in keyof Payloads]: StatementType } & Partial<
  Record<ContextKind, string>
>;

/** @throws SealwayError `signer_unavailable`, `log_unavailable` */
export async function keepHoldStatement<Kind extends keyof Payloads>(
  log: Pick<MessageLog, "keep">,
  signer: Signer,
  kind: Kind,
  payload: Payloads[Kind],
): Promise<void> {
  const bytes = await signStatement(signer, types[kind], payload);
  await log.keep({ kind, sha256: sha256Base64Url(bytes), bytes });
}

/** All holds of a log, oldest first. */
export async function readHolds(log: Pick<LogReader, "documentsOf">): Promise<Hold[]> {
  const [orders, applied, lifted] = await Promise.all([
    read(log, "hold"),
    read(log, "hold-applied"),
    read(log, "hold-lifted"),
  ]);
  return orders.map((order) => {
    const parts = applied.filter(({ hold }) => hold === order.hold);
    return {
      order,
      lifted: lifted.find(({ hold }) => hold === order.hold),
      through: new Map(parts.flatMap(({ through }) => Object.entries(through))),
      records: new Map(
        parts.flatMap(({ records }) => records.map((record) => [recordName(record), record] as const)),
      ),
    };
  });
}

export function recordName({ writer, number }: Pick<HeldRecord, "writer" | "number">): string {
  return `${writer} ${number}`;
}

/** @throws SealwayError of a statement that cannot be read: a hold that is not understood must not be passed over */
async function read<Kind extends keyof Payloads>(
  log: Pick<LogReader, "documentsOf">,
  kind: Kind,
): Promise<Payloads[Kind][]> {
  const documents = await log.documentsOf(kind);
  return documents.map(({ bytes }) => parseStatement<Payloads[Kind]>(bytes, types[kind]).payload);
}
