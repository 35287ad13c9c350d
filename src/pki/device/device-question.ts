import type { DeviceFault } from "./device-error.ts";

/*
 * What is asked of a device. The vendor's library runs in a process of its own (`device-process.ts`): it may crash or hang,
 * and each of its calls blocks. Shapes and bytes alone cross.
 */

/** Where a token is. */
export interface TokenAddress {
  /** Path of the vendor's PKCS#11 library. */
  readonly module: string;
  /** The label of the token, or else the number of its slot. */
  readonly token?: string;
  readonly slot?: number;
}

/** Which key of a token. One of the two; both must fit where both are given. */
export interface KeyName {
  readonly label?: string;
  /** CKA_ID, hexadecimal. */
  readonly id?: string;
}

/** The first message: what the process opens. */
export interface DeviceStart extends TokenAddress {
  /** Never in arguments or environment, where others could read it. */
  readonly pin: string;
  /** Signatures that the token makes at once. */
  readonly sessions: number;
}

/** A public key as a token shows it. */
export type DevicePublicKey =
  | { readonly kind: "ec"; readonly point: Uint8Array }
  | { readonly kind: "rsa"; readonly modulus: Uint8Array; readonly exponent: Uint8Array };

export interface FoundKey {
  readonly label: string;
  /** Hexadecimal. */
  readonly id: string;
  readonly publicKey: DevicePublicKey;
  /** Whether the key was made on the device and has never been able to leave it, by the device's word. */
  readonly bound: "to the device" | "not to the device";
}

export type DeviceQuestion =
  | { readonly ask: "open" }
  | { readonly ask: "keys" }
  | { readonly ask: "find"; readonly key: KeyName }
  | { readonly ask: "make"; readonly label: string; readonly kind: DevicePublicKey["kind"] }
  /** @member input what the mechanism signs: the digest for ECDSA, DigestInfo for RSA (RFC 8017 §9.2) */
  | {
      readonly ask: "sign";
      readonly key: KeyName;
      readonly kind: DevicePublicKey["kind"];
      readonly input: Uint8Array;
    };

/** By question. */
export interface DeviceAnswers {
  readonly open: { readonly label: string; readonly serial: string; readonly model: string };
  readonly keys: readonly FoundKey[];
  readonly find: FoundKey;
  readonly make: FoundKey;
  /** For ECDSA r‖s, as PKCS#11 has it. */
  readonly sign: Uint8Array;
}

/** To the process; answers come in any order. */
export interface AskedQuestion {
  readonly number: number;
  readonly question: DeviceQuestion;
}

export type DeviceReply = { readonly number: number } & (
  | { readonly answer: DeviceAnswers[keyof DeviceAnswers] }
  | { readonly failure: string; readonly fault: DeviceFault }
);
