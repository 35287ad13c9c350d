import definitions from "../../../schemas/configuration/v1/definitions.schema.json" with { type: "json" };
import schema from "../../../schemas/registration/request.schema.json" with { type: "json" };
import { sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { type OwnSchema, ownSchema } from "../../core/own-schema.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Signer } from "../../pki/signer.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../signed-statement.ts";
import type { Change, ChangeKind } from "./registration-change.ts";

/** What a registration request states (`schemas/registration/request.schema.json`). */
export interface RegistrationRequest {
  readonly v: 1;
  /** UUIDv7. */
  readonly id: string;
  readonly instance: string;
  /** SHA-256 (base64url) of the root metadata in the anchor: a request for another authority means nothing. */
  readonly anchor: string;
  /** Milliseconds. */
  readonly time: number;
  readonly note?: string;
  readonly changes: readonly Change[];
}

export const registrationRequestType: StatementType = "sealway-registration-request+jws";

/** Signatures of a request, each of another key. */
const mostSignatures = 40;
/** Longest body of a request as it is sent, bytes (attacker-controlled). */
export const mostRequestBytes = 2 * 1024 * 1024;

/** A request, and who signed it. */
export interface SignedRequest {
  readonly request: RegistrationRequest;
  /** Whose certificates they are, the reader judges. */
  readonly signatures: readonly { readonly text: string; readonly certificate: Certificate }[];
}

/**
 * Signs a request with one key of those that must.
 * @returns a compact JWS
 * @throws SealwayError `signer_unavailable`
 */
export async function signRegistrationRequest(signer: Signer, request: RegistrationRequest): Promise<string> {
  const signed = await signStatement(signer, registrationRequestType, request as unknown as StatementPayload);
  return signed.toString("latin1");
}

/**
 * Reads signatures over one request, which anybody may have made, and verifies them with the certificates in them.
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseSignedRequest(texts: readonly string[]): SignedRequest {
  if (texts.length === 0 || texts.length > mostSignatures)
    throw malformed(`it has no signature, or more than ${mostSignatures}`);
  const said = texts[0]!.split(".")[1];
  const signatures = texts.map((text) => {
    if (text.split(".")[1] !== said) throw malformed("not all signed the same");
    const { payload, certificate } = parseStatement(Buffer.from(text, "latin1"), registrationRequestType);
    return { text, certificate, payload };
  });
  if (new Set(signatures.map(({ certificate }) => certificate.fingerprint)).size !== signatures.length)
    throw malformed("a key signed twice");
  const { payload } = signatures[0]!;
  return {
    request: checkRequest(payload),
    signatures: signatures.map(({ text, certificate }) => ({ text, certificate })),
  };
}

/** SHA-256 (base64url) of a request in canonical form, by which decisions name it. */
export function requestDigest(request: RegistrationRequest): string {
  return sha256Base64Url(canonicalJson(request as unknown as Json));
}

const schemas = { schemas: [definitions, schema], strictRequired: false };
const validateRequest = ownSchema<RegistrationRequest>({ $ref: schema.$id }, schemas);
const validateChange = new Map<string, OwnSchema<Change>>();

/** The schema of one kind alone, whose faults say more than that none of thirty fits. */
function schemaOf(kind: ChangeKind): OwnSchema<Change> {
  const known = validateChange.get(kind);
  if (known !== undefined) return known;
  const made = ownSchema<Change>({ $ref: `${schema.$id}#/$defs/${kind}` }, schemas);
  validateChange.set(kind, made);
  return made;
}

function checkRequest(payload: { readonly [name: string]: Json }): RegistrationRequest {
  check(validateRequest, payload, "");
  const { changes } = payload as unknown as RegistrationRequest;
  for (const [i, change] of changes.entries()) check(schemaOf(change.kind), change, `/changes/${i}`);
  return payload as unknown as RegistrationRequest;
}

function check(validate: OwnSchema<unknown>, value: unknown, place: string): void {
  if (validate(value)) return;
  const error = validate.errors![0]!;
  const named = error.params.additionalProperty ?? error.params.missingProperty ?? "";
  throw malformed(`${place}${error.instancePath} ${error.message} ${named}`.trim());
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `registration request: ${detail}`);
}
