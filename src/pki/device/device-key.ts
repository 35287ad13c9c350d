import { createPublicKey, type KeyObject } from "node:crypto";
import { hashOf } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { algorithmOf } from "../algorithms.ts";
import { ecdsaRawToDer } from "../ecdsa-signature.ts";
import type { KeyOperation } from "../signer.ts";
import { DeviceError } from "./device-error.ts";
import type { DevicePublicKey, KeyName, TokenAddress } from "./device-question.ts";
import { type DeviceLoss, DeviceToken } from "./device-token.ts";

/** A key on a device, as the configuration names it. */
export interface DeviceKey extends TokenAddress, KeyName {
  /** Signatures that the device makes at once. */
  readonly sessions: number;
}

/** The DER before a SHA-256 digest in RSASSA-PKCS1-v1_5 (RFC 8017 §9.2, note 1). */
const digestInfo = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** A process has one login at a token, however many keys of it are used. */
const tokens = new Map<string, DeviceToken>();

/**
 * The token at an address, opened at the first question. Its sessions and its PIN are those that its first key named.
 * @throws SealwayError `signer_unavailable` for another PIN: who does not know it may not use the login of who does
 */
export function deviceToken({ module, token, slot, sessions }: DeviceKey, pin: string): DeviceToken {
  const name = JSON.stringify([module, token, slot]);
  let known = tokens.get(name);
  if (known === undefined) {
    known = new DeviceToken({
      module,
      pin,
      sessions,
      ...(token && { token }),
      ...(slot !== undefined && { slot }),
    });
    tokens.set(name, known);
  }
  if (!known.hasPin(pin))
    throw new SealwayError("signer_unavailable", `the device ${known.name} is in use here with another PIN`);
  return known;
}

/** The devices that this process uses and that cannot be used now. */
export function lostDevices(): DeviceLoss[] {
  return [...tokens.values()].flatMap(({ loss }) => loss ?? []);
}

/**
 * The driver of a key on a device. The digest is made here: the device signs 32 bytes.
 * @param expected the public key, where a certificate tells it: then a device that is away now is no hindrance, and its key
 * is compared when it is there
 * @throws SealwayError `signer_unavailable` when there is no such key; `certificate_unfit` for one that may not sign messages
 */
export async function deviceKeyOperation(
  key: DeviceKey,
  pin: string,
  expected?: KeyObject,
): Promise<KeyOperation> {
  const token = deviceToken(key, pin);
  const named: KeyName = { ...(key.label && { label: key.label }), ...(key.id && { id: key.id }) };
  const find = async () => keyObjectOf((await token.ask({ ask: "find", key: named })).publicKey);
  let isFound = false;
  const publicKey = await find().then(
    (found) => {
      isFound = true;
      return found;
    },
    (cause: Error) => {
      const isAway = cause instanceof DeviceError && cause.fault === "device";
      if (isAway && expected !== undefined) return expected;
      throw new SealwayError("signer_unavailable", `the device ${token.name}: ${cause.message}`, { cause });
    },
  );
  const algorithm = algorithmOf(publicKey);
  const kind = algorithm.keyType;
  const checkKey = async () => {
    isFound ||= (await find()).equals(publicKey);
    if (!isFound)
      throw new SealwayError("signer_unavailable", `${token.name} has another key than the certificate`);
  };
  return {
    publicKey,
    algorithm,
    concurrency: token.sessions,
    problem: () => token.loss && `the device ${token.name}: ${token.loss.error.message}`,
    async signDer(data) {
      if (!isFound) await checkKey();
      const digest = hashOf("sha256", data);
      const input = kind === "ec" ? digest : Buffer.concat([digestInfo, digest]);
      const signature = await token.ask({ ask: "sign", key: named, kind, input });
      return kind === "ec" ? ecdsaRawToDer(signature) : Buffer.from(signature);
    },
  };
}

/** @throws SealwayError `certificate_unfit` for another form */
export function keyObjectOf(key: DevicePublicKey): KeyObject {
  try {
    return createPublicKey({ key: jwkOf(key), format: "jwk" });
  } catch (cause) {
    throw new SealwayError("certificate_unfit", "the device's key is neither P-256 nor RSA", { cause });
  }
}

function jwkOf(key: DevicePublicKey) {
  if (key.kind === "rsa") return { kty: "RSA", n: base64Url(key.modulus), e: base64Url(key.exponent) };
  // CKA_EC_POINT is an OCTET STRING; some libraries leave its header out.
  const point = key.point.subarray(key.point.length === 67 ? 2 : 0);
  if (point.length !== 65 || point[0] !== 4) throw new Error("not an uncompressed point of 256 bits");
  return { kty: "EC", crv: "P-256", x: base64Url(point.subarray(1, 33)), y: base64Url(point.subarray(33)) };
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
