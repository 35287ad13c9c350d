import { SealwayError } from "../../core/errors.ts";
import { type ClientId, parseClientId, type ServerId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { giveOrder } from "../order-socket.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { LeftBehind } from "./left-behind.ts";

/** What a command orders of the running server about a subsystem that moves. Files are absolute paths. */
export type MoveOrder =
  | { readonly order: "move check"; readonly subsystem: ClientId }
  /** The file that is written has the invitation. */
  | { readonly order: "move invite"; readonly subsystem: ClientId; readonly file: string }
  | { readonly order: "move hand-over"; readonly invitation: string; readonly file: string }
  | { readonly order: "move adopt"; readonly file: string };

export interface MoveReports {
  readonly "move check": { readonly leftBehind: readonly LeftBehind[] };
  readonly "move invite": { readonly from: ServerId };
  readonly "move hand-over": {
    /** The compact JWS by which the governing authority knows of it. */
    readonly statement: string;
    readonly subsystem: ClientId;
    readonly from: ServerId;
    readonly to: ServerId;
    readonly papers: number;
    readonly permissions: number;
  };
  readonly "move adopt": {
    readonly subsystem: ClientId;
    readonly agreements: number;
    readonly permissions: number;
    /** Ids of permissions of which another revision is here. */
    readonly apart: readonly string[];
  };
}

const members: Readonly<Record<MoveOrder["order"], readonly string[]>> = {
  "move check": ["subsystem"],
  "move invite": ["subsystem", "file"],
  "move hand-over": ["invitation", "file"],
  "move adopt": ["file"],
};

const readers: Readonly<Record<string, (text: string) => string>> = {
  subsystem: parseClientId,
  invitation: (text) => text,
  file: (text) => text,
};

/** @returns undefined for an order that is about something else. @throws SealwayError `bad_request` */
export function parseMoveOrder(bytes: Buffer): MoveOrder | undefined {
  const order = parseStrictJson(bytes, "bad_request") as { readonly [name: string]: unknown };
  const name = order.order as MoveOrder["order"];
  if (typeof name !== "string" || !Object.hasOwn(members, name)) return undefined;
  const read = members[name].map((member) => {
    const text = order[member];
    if (typeof text !== "string") throw new SealwayError("bad_request", `the order lacks its ${member}`);
    return [member, readers[member]!(text)] as const;
  });
  return { order: name, ...Object.fromEntries(read) } as unknown as MoveOrder;
}

/**
 * Has the running server do what a command asks about a move.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function orderMove<Order extends MoveOrder>(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: Order,
): Promise<MoveReports[Order["order"]]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError("signer_unavailable", "the security server is not running: start it");
  return answered.report as MoveReports[Order["order"]];
}
