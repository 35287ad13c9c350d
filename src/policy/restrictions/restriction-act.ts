import schema from "../../../schemas/restriction/act.schema.json" with { type: "json" };
import { SealwayError } from "../../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  type MemberId,
  parseClientId,
  parseMemberId,
  parseServiceId,
  type ServiceId,
} from "../../core/ids.ts";
import { ownSchema } from "../../core/own-schema.ts";

/** What an ordering authority signs: the whole restriction as it stands after the act. Times are milliseconds. */
export interface RestrictionAct {
  readonly v: 1;
  readonly instance: string;
  /** When the act was made. */
  readonly time: number;
  /** Of the restriction, a UUIDv7. */
  readonly id: string;
  /** 1 for the order, then one more with each act. */
  readonly revision: number;
  /** SHA-256 (base64url) of the act before it; null for the order. */
  readonly previous: string | null;
  readonly state: "ordered" | "reviewed" | "lifted";
  readonly authority: MemberId;
  /** Article of the law, with its ELI or title. */
  readonly provision: string;
  /** Commitment to the reference of the order, base64url: the reference itself stands nowhere in clear. */
  readonly order: string;
  readonly ground: string;
  /** Who does not review it until then has lifted it. */
  readonly reviewBy: number;
  readonly covers: RestrictedUse;
  readonly from: number;
  /** Outside; null for no end. */
  readonly until: number | null;
}

/** Which exchanges a restriction covers. */
export interface RestrictedUse {
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** Id of a purpose, in any revision. */
  readonly purpose: string;
  /** Single ones, whenever they were made; empty for all that are made from `from` until `until`. */
  readonly exchanges: readonly string[];
}

/** What the name of an authority's parts is: SHA-256 of nonce, scheme and the reference. */
export const orderScheme = "urn:sealway:restriction-order";

const validate = ownSchema<RestrictionAct>(schema, { allowUnionTypes: true });

/**
 * Reads what an act states; anybody may have written it.
 * @throws SealwayError `malformed_statement` naming the place, never a value
 */
export function parseRestrictionAct(payload: unknown): RestrictionAct {
  if (!validate(payload)) {
    const error = validate.errors?.[0];
    throw malformed(`${error?.instancePath || "/"} ${error?.message}`);
  }
  const { authority, covers } = payload;
  if (!isInOneSpelling(authority, parseMemberId)) throw malformed("/authority is not in its one spelling");
  if (!isInOneSpelling(covers.consumer, parseClientId))
    throw malformed("/covers/consumer is not in its one spelling");
  if (!isInOneSpelling(covers.service, parseServiceId))
    throw malformed("/covers/service is not in its one spelling");
  return payload;
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `restriction: ${detail}`);
}
