import { fullFormats } from "ajv-formats/dist/formats.js";
import schema from "../../schemas/agreement/v1.schema.json" with { type: "json" };
import { sha256, toBase64Url } from "../core/bytes.ts";
import { parseEndpointTemplate } from "../core/endpoint-template.ts";
import { SealwayError } from "../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  parseClientId,
  parseServiceId,
  type ServiceId,
} from "../core/ids.ts";
import { ownSchema } from "../core/own-schema.ts";
import { parseStrictJson } from "../core/strict-json.ts";

/** The terms of access of one consumer to one service. */
export interface Agreement {
  readonly id: string;
  readonly revision: number;
  /** base64url SHA-256 of the document's bytes. */
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** Methods (or `*`) and endpoint templates (`/**` for all of them). */
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  /** Milliseconds since the epoch; the first belongs to the validity, the last does not. */
  readonly validity: { readonly from: number; readonly to: number };
  /** Range of versions for which it holds (`version-range.ts`); null for all. */
  readonly serviceVersions: string | null;
  /** Of the description's purposes those for which it grants; null when a call need not name one. */
  readonly purposes: readonly GrantedPurpose[] | null;
  /** Whether a call must state its purpose itself, although there is only one for which it could be. */
  readonly statedPurpose: "required" | "optional";
  /** Fields of answers with everything below them: JSON pointers, `*` for every element; null for all. */
  readonly fields: readonly string[] | null;
  /** Why the full record is needed although a yes or no would do. */
  readonly reason: string | null;
}

export interface GrantedPurpose {
  readonly id: string;
  /** The only one that is meant; any one when it is missing. */
  readonly revision?: number;
}

type Optional = "serviceVersions" | "purposes" | "statedPurpose" | "fields" | "reason";

type AgreementDocument = Omit<Agreement, "sha256" | "bytes" | "validity" | Optional> &
  Partial<Pick<Agreement, Optional>> & {
    readonly validity: { readonly from: string; readonly to: string };
  } & { readonly [name: string]: unknown };

const validate = ownSchema<AgreementDocument>(schema, {
  allowUnionTypes: true,
  formats: { "date-time": fullFormats["date-time"] },
});

/** Terms that a document may state in its final shape and that nothing enforces yet. */
const notYetEvaluated = ["quota", "conditions"];

/**
 * Reads an agreement.
 * @throws SealwayError `bad_request` naming the place; also for a document that states more than is enforced, since
 *   a term that is ignored is a promise broken
 */
export function parseAgreement(bytes: Buffer): Agreement {
  const document = parseStrictJson(bytes, "bad_request");
  if (!validate(document)) {
    const error = validate.errors?.[0];
    throw new SealwayError("bad_request", `agreement: ${error?.instancePath || "/"} ${error?.message}`);
  }
  const stated = notYetEvaluated.filter((name) => document[name] !== undefined && document[name] !== null);
  if (stated.length > 0) {
    throw new SealwayError(
      "bad_request",
      `agreement ${document.id} states ${stated.join(", ")}, which this release cannot enforce`,
    );
  }
  const { id, revision, consumer, service, endpoints } = document;
  const { serviceVersions = null, purposes = null, fields = null, reason = null } = document;
  const statedPurpose = document.statedPurpose ?? "optional";
  if (!isInOneSpelling(consumer, parseClientId) || !isInOneSpelling(service, parseServiceId))
    throw new SealwayError("bad_request", `agreement ${id}: consumer or service is not in its one spelling`);
  for (const { path } of endpoints) parseEndpointTemplate(path);
  const validity = { from: Date.parse(document.validity.from), to: Date.parse(document.validity.to) };
  // Not `>=`: a leap second passes the schema and is no time here.
  if (!(validity.from < validity.to))
    throw new SealwayError("bad_request", `agreement ${id} ends before it begins`);
  const parties = { id, revision, sha256: toBase64Url(sha256(bytes)), bytes, consumer, service };
  const data = { purposes, statedPurpose, fields, reason };
  return { ...parties, endpoints, validity, serviceVersions, ...data };
}

/** The agreements that a gateway holds, by consumer and service. */
export class Agreements {
  readonly #byPair = new Map<string, Agreement[]>();

  /** @throws SealwayError `bad_request` when two documents have the same id */
  constructor(agreements: readonly Agreement[]) {
    const ids = new Set<string>();
    for (const agreement of agreements) {
      if (ids.has(agreement.id))
        throw new SealwayError("bad_request", `two agreements have the id ${agreement.id}`);
      ids.add(agreement.id);
      const key = pair(agreement.consumer, agreement.service);
      this.#byPair.set(key, [...(this.#byPair.get(key) ?? []), agreement]);
    }
  }

  *all(): Generator<Agreement> {
    for (const agreements of this.#byPair.values()) yield* agreements;
  }

  between(consumer: ClientId, service: ServiceId): readonly Agreement[] {
    return this.#byPair.get(pair(consumer, service)) ?? [];
  }
}

function pair(consumer: ClientId, service: ServiceId): string {
  return `${consumer} ${service}`;
}
