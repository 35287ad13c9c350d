import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  type MemberId,
  parseClientId,
  parseMemberId,
  parseServiceId,
} from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { ToldDecision } from "../../exchange/decisions.ts";
import { orderServer } from "./order-server.ts";

/** What the console asks of the running server, which has the whole catalogue in use and calls other servers. */
export type CatalogueOrder =
  /** A page of the catalogue, as people of these members see it. */
  | {
      readonly order: "catalogue page";
      readonly members: readonly MemberId[];
      readonly path: string;
      readonly query: string;
    }
  /** A dry run of a call, in a subsystem's name. Nobody is named in it. */
  | {
      readonly order: "catalogue decision";
      readonly client: ClientId;
      readonly service: string;
      readonly method: string;
      readonly path: string;
      readonly purpose?: string;
      readonly decisionUse?: string;
    }
  /** A form, held against what a subsystem may see; recorded as its member's. */
  | {
      readonly order: "catalogue form-check";
      readonly client: ClientId;
      readonly name?: string;
      readonly contentType: string;
      readonly form: string;
    };

export interface CatalogueReports {
  readonly "catalogue page": Json;
  readonly "catalogue decision": ToldDecision;
  readonly "catalogue form-check": Json;
}

/** Longest form that is taken, characters. */
const mostForm = 262_144;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const optional = (value: unknown) => value === undefined || text(value);
const client: Check = (value) => typeof value === "string" && isInOneSpelling(value, parseClientId);

const members: Readonly<Record<CatalogueOrder["order"], Readonly<Record<string, Check>>>> = {
  "catalogue page": {
    ...{ path: text, query: text },
    members: (value) =>
      Array.isArray(value) &&
      value.every((one) => typeof one === "string" && isInOneSpelling(one, parseMemberId)),
  },
  "catalogue decision": {
    ...{ client, method: text, path: text, purpose: optional, decisionUse: optional },
    service: (value) => typeof value === "string" && isInOneSpelling(value, parseServiceId),
  },
  "catalogue form-check": {
    ...{ client, name: optional, contentType: text },
    form: (value) => typeof value === "string" && value.length <= mostForm,
  },
};

/**
 * Reads an order.
 * @returns undefined for one that is about something else
 * @throws SealwayError `bad_request`
 */
export function parseCatalogueOrder(bytes: Buffer): CatalogueOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as Readonly<Record<string, unknown>> | null;
  const name = value?.order;
  if (typeof name !== "string" || !Object.hasOwn(members, name)) return undefined;
  const checks = members[name as CatalogueOrder["order"]];
  const wrong = Object.entries(checks).find(([member, check]) => !check(value![member]));
  const unknown = Object.keys(value!).find((member) => member !== "order" && !Object.hasOwn(checks, member));
  if (wrong !== undefined || unknown !== undefined)
    throw new SealwayError("bad_request", `the order's ${wrong?.[0] ?? unknown} cannot be used`);
  return value as unknown as CatalogueOrder;
}

/** @throws as `orderServer` */
export function orderCatalogue<Order extends CatalogueOrder>(
  { stateDirectory }: { readonly stateDirectory: string },
  order: Order,
): Promise<CatalogueReports[Order["order"]]> {
  return orderServer(stateDirectory, order);
}
