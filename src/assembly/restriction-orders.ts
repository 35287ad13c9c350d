import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, type MemberId, parseClientId, parseServiceId } from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { isUuidV7 } from "../core/uuid.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** What a command orders of the running server of an ordering authority. Times are milliseconds. */
export type RestrictionOrder =
  | {
      readonly order: "restriction order";
      readonly provision: string;
      /** Of the order, in clear: what is signed has a commitment to it. */
      readonly reference: string;
      readonly ground: string;
      readonly reviewBy: number;
      readonly consumer: string;
      readonly service: string;
      readonly purpose: string;
      readonly exchanges: readonly string[];
      readonly until: number | null;
    }
  | {
      readonly order: "restriction review";
      readonly id: string;
      readonly reviewBy: number;
      readonly until: number | null;
    }
  | { readonly order: "restriction lift"; readonly id: string }
  | { readonly order: "restriction list" }
  | { readonly order: "restriction authorities" };

/** Whether the gateway of a party took an act. */
export interface Delivery {
  readonly server: string;
  /** Null when it did; else why it did not. */
  readonly failure: string | null;
}

export interface RestrictionDone {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly reviewBy: number;
  /** Opens the commitment to the order's reference, base64url; null for a later act. */
  readonly nonce: string | null;
  readonly deliveries: readonly Delivery[];
}

export interface ListedRestriction {
  readonly id: string;
  readonly revision: number;
  readonly state: "in force" | "lifted" | "review missed";
  readonly provision: string;
  readonly ground: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly exchanges: readonly string[];
  readonly from: number;
  readonly until: number | null;
  readonly reviewBy: number;
}

export interface RestrictionReports {
  readonly "restriction order": RestrictionDone;
  readonly "restriction review": RestrictionDone;
  readonly "restriction lift": RestrictionDone;
  readonly "restriction list": { readonly restrictions: readonly ListedRestriction[] };
  /** The ordering authorities that are served here. */
  readonly "restriction authorities": { readonly authorities: readonly MemberId[] };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value.trim().length > 0 && value.length <= 500;
const time: Check = (value) => Number.isSafeInteger(value);
const end: Check = (value) => value === null || time(value);
const uuid: Check = (value) => typeof value === "string" && isUuidV7(value);
const uuids: Check = (value) => Array.isArray(value) && value.length <= 500 && value.every(uuid);
const client: Check = (value) => typeof value === "string" && isInOneSpelling(value, parseClientId);
const service: Check = (value) => typeof value === "string" && isInOneSpelling(value, parseServiceId);

const members: Readonly<Record<RestrictionOrder["order"], Readonly<Record<string, Check>>>> = {
  "restriction order": {
    ...{ provision: text, reference: text, ground: text, reviewBy: time, until: end },
    ...{ consumer: client, service, purpose: text, exchanges: uuids },
  },
  "restriction review": { id: uuid, reviewBy: time, until: end },
  "restriction lift": { id: uuid },
  "restriction list": {},
  "restriction authorities": {},
};

/**
 * Reads an order.
 * @returns undefined for one that is not about restrictions
 * @throws SealwayError `bad_request` naming the member
 */
export function parseRestrictionOrder(bytes: Buffer): RestrictionOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as Readonly<Record<string, unknown>> | null;
  const name = value?.order;
  if (typeof name !== "string" || !Object.hasOwn(members, name)) return undefined;
  const checks = members[name as RestrictionOrder["order"]];
  const wrong = Object.entries(checks).find(([member, check]) => !check(value![member]))?.[0];
  const unknown = Object.keys(value!).find((member) => member !== "order" && !Object.hasOwn(checks, member));
  if (wrong !== undefined || unknown !== undefined)
    throw new SealwayError("bad_request", `the order's ${wrong ?? unknown} cannot be used`);
  return value as unknown as RestrictionOrder;
}

/**
 * Has an order carried out by the running server, which alone has the authority's seal in use.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function orderRestriction<Order extends RestrictionOrder>(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: Order,
): Promise<RestrictionReports[Order["order"]]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError("signer_unavailable", "the security server is not running: start it, it signs");
  return answered.report as RestrictionReports[Order["order"]];
}
