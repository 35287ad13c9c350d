import { decodeJwt } from "jose";
import { unsafeId } from "../../src/core/ids.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import { noLimits, type Permission } from "../../src/policy/permissions/permission.ts";
import {
  type PermissionWords,
  permissionText,
  textDigest,
} from "../../src/policy/permissions/permission-text.ts";
import { type Answering, refuse } from "./stand-in-gateway.ts";

export const words: PermissionWords = {
  consumer: "First Savings Bank",
  provider: "Population Register",
  service: { en: "Address and next of kin", zh: "地址和近亲属" },
  purpose: { en: "Know the customer", zh: "了解客户" },
  elements: [{ en: "Address", zh: "地址" }],
};

const digest = "x".repeat(43);
const day = 86_400_000;

/** A request of the bank that waits for the person. */
export function requestedPermission(now: number, change: Partial<Permission> = {}): Permission {
  return {
    ...{ v: 1, instance: "DEV", time: now, id: uuidV7(now), revision: 1, previous: null, kind: "consent" },
    consumer: unsafeId("DEV/COM/30000001/onboarding"),
    service: unsafeId("DEV/GOV/10000001/population/next-of-kin"),
    purpose: { id: "know-your-customer", revision: 1, sha256: digest },
    elements: ["person.residence.address"],
    fields: null,
    validity: { from: now, to: now + 90 * day },
    limits: { ...noLimits, uses: 5 },
    person: { c: digest, scheme: "urn:dev:personal-code" },
    ...{ representation: null, act: null, state: "requested", reason: null },
    ...change,
  };
}

/** What was done: acts that the stand-in accepted. */
export interface Done {
  readonly act: string;
  readonly person: string;
  /** Who acted for the person. */
  readonly representative: string | undefined;
  readonly nonce: string;
  readonly to: number | undefined;
}

interface Body {
  readonly act: string;
  readonly of: "give" | "extend";
  readonly permission: string;
  readonly revision: number;
  readonly person: { readonly scheme: string; readonly value: string };
  readonly representative?: { readonly scheme: string; readonly value: string; readonly source: string };
  readonly token: string;
  readonly to?: number;
}

const states = { give: "active", extend: "active", decline: "declined", withdraw: "withdrawn" } as const;

/** A provider's `sealway.permission` as far as a portal sees it, with the permissions of one person. */
export class StandInPermissions {
  permissions: Permission[] = [];
  readonly done: Done[] = [];
  /** What it tells instead of a text. */
  falseText: ((text: object) => object) | undefined;
  readonly #person: string;

  constructor(person: string) {
    this.#person = person;
  }

  readonly answer: Answering = ({ body }, response) => {
    const asked = body as Body;
    const isOwn = asked.person.value === this.#person;
    const found = this.permissions.find(({ id }) => isOwn && id === asked.permission);
    if (asked.act === "list") {
      const list = (isOwn ? this.permissions : []).map((permission) => ({ permission, words, used: 2 }));
      return { permissions: list, more: false };
    }
    if (found === undefined) return refuse(response, 404, "not_found");
    if (asked.act === "text") {
      const text = this.#text(found, asked.of, asked.to);
      const told = { revision: found.revision, text: text.lines, digest: textDigest(text) };
      return this.falseText?.(told) ?? told;
    }
    if (asked.revision !== found.revision) return refuse(response, 409, "permission_state");
    const { nonce, sub } = decodeJwt<{ nonce: string }>(asked.token);
    const act = asked.act as keyof typeof states;
    const isGiven = act === "give" || act === "extend";
    if (
      sub !== (asked.representative?.value ?? this.#person) ||
      (isGiven && nonce !== textDigest(this.#text(found, act, asked.to)))
    )
      return refuse(response, 403, "sign_in_refused");
    const representative = asked.representative?.value;
    this.done.push({ act, person: asked.person.value, representative, nonce, to: asked.to });
    const next = { ...found, revision: found.revision + 1, state: states[act] };
    this.permissions = this.permissions.map((one) => (one === found ? next : one));
    return { permission: next, statement: "signed" };
  };

  #text(permission: Permission, act: "give" | "extend", to: number | undefined) {
    const { validity, revision } = permission;
    const terms = to === undefined ? permission : { ...permission, validity: { from: validity.from, to } };
    return permissionText(act, terms, revision + 1, words);
  }
}
