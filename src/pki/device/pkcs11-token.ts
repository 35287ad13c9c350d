import { randomBytes } from "node:crypto";
import pkcs11js, { type Attribute, type Handle, type PKCS11 } from "pkcs11js";
import { leastRsaBits } from "../algorithms.ts";
import { DeviceError } from "./device-error.ts";
import type { DeviceAnswers, DevicePublicKey, DeviceStart, FoundKey, KeyName } from "./device-question.ts";

/** DER of the OBJECT IDENTIFIER prime256v1. */
const p256 = Buffer.from("06082a8648ce3d030107", "hex");
/** Bytes; an RSA key of 8,192 bits makes as many. */
const longestSignature = 1024;
/** More keys of a token are not listed. */
const mostKeys = 1000;

// biome-ignore format: a table is read by its columns
const mechanisms = {
  ec:  { sign: pkcs11js.CKM_ECDSA!,    make: pkcs11js.CKM_EC_KEY_PAIR_GEN!,       type: pkcs11js.CKK_EC!,  sized: [{ type: pkcs11js.CKA_EC_PARAMS!, value: p256 }] },
  rsa: { sign: pkcs11js.CKM_RSA_PKCS!, make: pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN!, type: pkcs11js.CKK_RSA!, sized: [{ type: pkcs11js.CKA_MODULUS_BITS!, value: leastRsaBits }, { type: pkcs11js.CKA_PUBLIC_EXPONENT!, value: Buffer.from([1, 0, 1]) }] },
} as const;

/** What a token says of the PIN, worst first; each is a reason not to log in. */
const pinStates = [
  [pkcs11js.CKF_USER_PIN_LOCKED!, "the PIN is locked: the token's security officer must unlock it"],
  [pkcs11js.CKF_USER_PIN_FINAL_TRY!, "one try is left before the PIN is locked: log in by hand once"],
  [pkcs11js.CKF_USER_PIN_COUNT_LOW!, "an earlier login failed: log in by hand once, with the right PIN"],
] as const;

/** Each further try with a wrong PIN brings the token closer to its lock. */
const pinCodes = new Set(
  ["CKR_PIN_INCORRECT", "CKR_PIN_LOCKED", "CKR_PIN_EXPIRED", "CKR_PIN_INVALID", "CKR_PIN_LEN_RANGE"].map(
    (name) => pkcs11js[name as `CK${string}`],
  ),
);

/** One token through its vendor's library, logged in; its calls block this process. PKCS#11 2.40. */
export class Pkcs11Token {
  readonly about: DeviceAnswers["open"];
  readonly #library: PKCS11;
  /** Those that sign, and behind them the one for everything else. */
  readonly #sessions: readonly Handle[];
  readonly #desk: Handle;
  readonly #keys = new Map<string, Handle>();

  private constructor(library: PKCS11, about: DeviceAnswers["open"], sessions: readonly Handle[]) {
    this.about = about;
    this.#library = library;
    this.#sessions = sessions;
    this.#desk = sessions.at(-1)!;
  }

  /**
   * Opens the token with as many sessions as are wanted. Each start initialises the library anew: many of them find a
   * device again in no other way.
   * @throws DeviceError
   */
  static open(library: PKCS11, start: DeviceStart): Pkcs11Token {
    attempt(() => library.C_Finalize(), "CKR_CRYPTOKI_NOT_INITIALIZED");
    attempt(() => library.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK! }));
    const { slot, info } = attempt(() => findToken(library, start));
    const refused = pinStates.find(([flag]) => (info.flags & flag) !== 0);
    if (refused !== undefined) throw new DeviceError(`${info.label.trim()}: ${refused[1]}`, "pin");
    const flags = pkcs11js.CKF_SERIAL_SESSION! | pkcs11js.CKF_RW_SESSION!;
    const sessions = Array.from({ length: start.sessions + 1 }, () =>
      attempt(() => library.C_OpenSession(slot, flags)),
    );
    attempt(() => library.C_Login(sessions[0]!, pkcs11js.CKU_USER!, start.pin));
    const { label, serialNumber, model } = info;
    const about = { label: label.trim(), serial: serialNumber.trim(), model: model.trim() };
    return new Pkcs11Token(library, about, sessions);
  }

  /** @throws DeviceError when the module is not one */
  static load(module: string): PKCS11 {
    const library = new pkcs11js.PKCS11();
    attempt(() => library.load(module));
    return library;
  }

  /** Every private key that can be used here. */
  keys(): FoundKey[] {
    return this.#find([{ type: pkcs11js.CKA_CLASS!, value: pkcs11js.CKO_PRIVATE_KEY! }], mostKeys).flatMap(
      (key) => {
        const found = this.#describe(key);
        return found === undefined ? [] : [found];
      },
    );
  }

  /** @throws DeviceError unless there is one such key, with its public key */
  key(name: KeyName): FoundKey {
    const found = this.#describe(this.#handle(name));
    if (found === undefined)
      throw new DeviceError(`${nameText(name)} has no public key on the token`, "question");
    return found;
  }

  /** Makes a key that cannot leave the device. @throws DeviceError also when there is one of this label */
  async make(label: string, kind: DevicePublicKey["kind"]): Promise<FoundKey> {
    const { make, sized } = mechanisms[kind];
    const common = [
      { type: pkcs11js.CKA_TOKEN!, value: true },
      { type: pkcs11js.CKA_ID!, value: randomBytes(16) },
      { type: pkcs11js.CKA_LABEL!, value: label },
    ];
    const isThere = this.#find([{ type: pkcs11js.CKA_LABEL!, value: label }], 1).length > 0;
    if (isThere) throw new DeviceError(`there is a key ${label} on the token already`, "question");
    const publicKey = [...common, { type: pkcs11js.CKA_VERIFY!, value: true }, ...sized];
    const privateKey = [
      ...common,
      { type: pkcs11js.CKA_PRIVATE!, value: true },
      { type: pkcs11js.CKA_SIGN!, value: true },
      { type: pkcs11js.CKA_SENSITIVE!, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE!, value: false },
    ];
    const made = this.#library.C_GenerateKeyPairAsync(this.#desk, { mechanism: make }, publicKey, privateKey);
    await made.catch((cause) => Promise.reject(deviceError(cause)));
    return this.key({ label });
  }

  /** @param session its number; one signature at a time in each. @throws DeviceError */
  async sign(
    session: number,
    name: KeyName,
    kind: DevicePublicKey["kind"],
    input: Uint8Array,
  ): Promise<Buffer> {
    const handle = this.#sessions[session]!;
    const key = this.#handle(name);
    attempt(() => this.#library.C_SignInit(handle, { mechanism: mechanisms[kind].sign }, key));
    try {
      return await this.#library.C_SignAsync(handle, Buffer.from(input), Buffer.alloc(longestSignature));
    } catch (cause) {
      throw deviceError(cause);
    }
  }

  #handle(name: KeyName): Handle {
    const text = nameText(name);
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const template: Attribute[] = [{ type: pkcs11js.CKA_CLASS!, value: pkcs11js.CKO_PRIVATE_KEY! }];
    if (name.label !== undefined) template.push({ type: pkcs11js.CKA_LABEL!, value: name.label });
    if (name.id !== undefined) template.push({ type: pkcs11js.CKA_ID!, value: Buffer.from(name.id, "hex") });
    const [key, more] = this.#find(template, 2);
    if (key === undefined) throw new DeviceError(`there is no ${text} on the token`, "question");
    if (more !== undefined)
      throw new DeviceError(`${text} names several keys on the token: give its id`, "question");
    this.#keys.set(text, key);
    return key;
  }

  #find(template: readonly Attribute[], most: number): Handle[] {
    const session = this.#desk;
    return attempt(() => {
      this.#library.C_FindObjectsInit(session, template);
      try {
        return this.#library.C_FindObjects(session, most);
      } finally {
        this.#library.C_FindObjectsFinal(session);
      }
    });
  }

  /** @returns undefined for a key of another kind, or without its public half */
  #describe(key: Handle): FoundKey | undefined {
    const [type, id, label, never, local] = this.#read(key, [
      ...([pkcs11js.CKA_KEY_TYPE!, pkcs11js.CKA_ID!, pkcs11js.CKA_LABEL!] as const),
      ...([pkcs11js.CKA_NEVER_EXTRACTABLE!, pkcs11js.CKA_LOCAL!] as const),
    ]) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const kind = (["ec", "rsa"] as const).find((one) => mechanisms[one].type === type.readUInt8(0));
    const [half] = this.#find(
      [
        { type: pkcs11js.CKA_CLASS!, value: pkcs11js.CKO_PUBLIC_KEY! },
        { type: pkcs11js.CKA_ID!, value: id },
      ],
      1,
    );
    if (kind === undefined || half === undefined) return undefined;
    const bound = never[0] === 1 && local[0] === 1 ? "to the device" : "not to the device";
    return {
      ...{ label: label.toString("utf8"), id: id.toString("hex"), bound },
      publicKey: this.#publicKey(kind, half),
    };
  }

  #publicKey(kind: DevicePublicKey["kind"], half: Handle): DevicePublicKey {
    if (kind === "ec") {
      const [point] = this.#read(half, [pkcs11js.CKA_EC_POINT!]);
      return { kind, point: point! };
    }
    const [modulus, exponent] = this.#read(half, [pkcs11js.CKA_MODULUS!, pkcs11js.CKA_PUBLIC_EXPONENT!]);
    return { kind, modulus: modulus!, exponent: exponent! };
  }

  #read(object: Handle, types: readonly number[]): Buffer[] {
    const template = types.map((type) => ({ type }));
    const values = attempt(() => this.#library.C_GetAttributeValue(this.#desk, object, template));
    return values.map(({ value }) => value);
  }
}

function findToken(library: PKCS11, { token, slot: wanted }: DeviceStart) {
  const labels: string[] = [];
  for (const slot of library.C_GetSlotList(true)) {
    const info = library.C_GetTokenInfo(slot);
    const label = info.label.trim();
    // Native order: Node runs on little-endian machines.
    const fits = token === undefined ? slot.readUIntLE(0, 6) === wanted : label === token;
    if (fits) return { slot, info };
    labels.push(`${label === "" ? "no label" : label} (slot ${slot.readUIntLE(0, 6)})`);
  }
  const there = labels.length === 0 ? "no token at all" : labels.slice(0, 10).join(", ");
  throw new DeviceError(`there is no token ${token ?? `in slot ${wanted}`}, but ${there}`, "device");
}

function nameText({ label, id }: KeyName): string {
  return `key${label === undefined ? "" : ` ${label}`}${id === undefined ? "" : ` with id ${id}`}`;
}

/** @param passed a code that is as good as success */
function attempt<Result>(work: () => Result, passed?: `CKR_${string}`): Result {
  try {
    return work();
  } catch (cause) {
    if (passed !== undefined && codeOf(cause) === pkcs11js[passed]) return undefined as Result;
    throw deviceError(cause);
  }
}

function codeOf(cause: unknown): number | undefined {
  return (cause as { readonly code?: number }).code;
}

function deviceError(cause: unknown): DeviceError {
  if (cause instanceof DeviceError) return cause;
  const fault = pinCodes.has(codeOf(cause)) ? "pin" : "device";
  return new DeviceError((cause as Error).message, fault, { cause });
}
