import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SignJWT } from "jose";
import type { Test } from "tap";
import { parseServiceId } from "../../../src/core/ids.ts";
import type { Permission } from "../../../src/policy/permissions/permission.ts";
import { newDirectory } from "../../new-directory.ts";
import { clients, type MorePlans, type PlannedService } from "../country/plan.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import { recordSchema } from "../country/records.ts";
import { type Ask, pathOf, SmallCountry } from "../country.ts";

/*
 * A country in which the bank may ask the population register about persons who permit it. The portal is a subsystem of
 * the benefits agency; its identity provider is a key of this process.
 */

export const scheme = "urn:dev:personal-code";
export const mari = { scheme, value: "38001010000" };
export const jaan = { scheme, value: "38001010011" };
export const portal = clients.inspection;
export const bank = clients.onboarding;

const purposes = [
  {
    id: "onboarding",
    title: { en: "Opening an account", zh: "开户" },
    elements: ["person.name", "person.residence.address"],
    permission: "consent",
  },
  { id: "lending", title: { en: "A loan" }, elements: ["income"], permission: "consent" },
  { id: "register", title: { en: "Keeping the register" }, elements: ["person.name"] },
];

const query = {
  ...{ type: "object", additionalProperties: false, required: ["code"] },
  properties: { code: { type: "string", maxLength: 100 }, other: { type: "string", maxLength: 100 } },
};

function personal(code: string): PlannedService {
  return {
    id: parseServiceId(`${clients.population}/${code}`),
    ...{
      contentKind: "json",
      target: "register",
      endpoints: [["POST", "/find", { in: "body", name: "/code" }]],
    },
    described: { validation: "enforce", purposes },
    firstEndpoint: {
      parameters: { "query:from": { schema: { type: "string", format: "date" }, use: "key" } },
      request: { schema: query },
      responses: { "200": { schema: recordSchema } },
    },
  };
}

export const service = personal("personal");
/** Another one of the same provider, with the same purposes. */
export const otherService = personal("personal-too");

/** One that the bank may call three times a day. */
export const limitedService = personal("personal-limited");

const granted = { purposes: [{ id: "onboarding" }, { id: "lending" }, { id: "register" }] };
export const permissionPlans: MorePlans = {
  services: [service, otherService, limitedService],
  agreements: [
    { id: "bank", consumer: bank, service: service.id, terms: granted },
    { id: "bank-too", consumer: bank, service: otherService.id, terms: granted },
    {
      ...{ id: "bank-limited", consumer: bank, service: limitedService.id },
      terms: { ...granted, quota: { perDay: 3, over: "block" } },
    },
    { id: "benefits-too", consumer: clients.benefits, service: service.id, terms: granted },
  ],
};

const issuer = "https://identity.example";
const audience = "portal";

export class PermissionScene {
  readonly country: SmallCountry;
  /** At whose gateway permissions are asked for and given. */
  discloser: string = clients.population;
  /** Who asks for them. */
  asker: string = bank;
  readonly #key: KeyObject;

  private constructor(country: SmallCountry, key: KeyObject) {
    this.country = country;
    this.#key = key;
  }

  /**
   * @param more services and agreements beside the register's
   * @param answeringToo spread over the answering server's configuration
   */
  static async start(
    t: Test,
    more: MorePlans = { services: [], agreements: [] },
    answeringToo: object = {},
  ): Promise<PermissionScene> {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const keysFile = join(newDirectory(), "jwks.json");
    writeFileSync(
      keysFile,
      JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one" }] }),
    );
    const provider = { issuer, audience, acr: ["high"], scheme, keysFile };
    const portalUrl = "https://portal.example/permissions/{id}";
    const both = {
      portals: [{ id: portal, scheme }],
      permissions: { portalUrl, identityProviders: [provider] },
    };
    const all = {
      services: [...permissionPlans.services, ...more.services],
      agreements: [...permissionPlans.agreements, ...more.agreements],
    };
    const country = await SmallCountry.start(t, {
      more: all,
      asking: both,
      answering: { ...both, ...answeringToo },
    });
    country.register.answer({
      headers: ["Content-Type", "application/json"],
      body: JSON.stringify(record),
    });
    return new PermissionScene(country, privateKey);
  }

  /** An ID token of the identity provider, as it would be for a sign-in just now. */
  token(nonce: string, changes: TokenChanges = {}): Promise<string> {
    const now = Math.floor(this.country.clock.now() / 1000);
    const { key = this.#key, header = {}, ...claims } = changes;
    return new SignJWT({
      ...{ iss: issuer, aud: audience, sub: mari.value, acr: "high" },
      ...{ auth_time: now, iat: now, exp: now + 300, nonce, ...claims },
    })
      .setProtectedHeader({ alg: "ES256", kid: "one", ...header })
      .sign(key);
  }

  /** A call of `sealway.permission` at the register, or at another subsystem that would disclose. */
  async call(client: string, path: string, body?: object, at = this.discloser): Promise<RawAnswer> {
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: json };
    const isThere = client === clients.population || client === clients.business;
    const server = isThere ? this.country.answering : this.country.asking;
    const ask = { client, path: `/r1/${at}/sealway.permission${path}`, ...sent };
    return this.country.ask(ask, { port: server.gateway.ports.http! });
  }

  /** What the bank asks for. */
  request(changes: object = {}, client: string = this.asker): Promise<RawAnswer> {
    return this.call(client, "/requests", { ...wanted, ...changes });
  }

  act(act: object): Promise<RawAnswer> {
    return this.call(portal, "/acts", { person: mari, ...act });
  }

  /** Asks for a permission, and gives it as the person. */
  async given(
    changes: { readonly person?: typeof mari; readonly [name: string]: unknown } = {},
  ): Promise<Permission> {
    const { person = mari } = changes;
    const asked = told(await this.request(changes));
    const { id, revision } = asked.permission;
    const token = await this.token(asked.digest, { sub: person.value });
    return told(await this.act({ act: "give", person, permission: id, revision, token })).permission;
  }

  async withdraw({ id, revision }: Permission): Promise<RawAnswer> {
    return this.act({ act: "withdraw", permission: id, revision, token: await this.token("session") });
  }

  /** The bank's call for the data. */
  use(changes: UseChanges = {}): Promise<RawAnswer> {
    return this.country.ask(useOf(changes));
  }
}

/** What the service answers, as far as it does. */
interface Told {
  readonly permission: Permission;
  readonly statement: string;
  readonly text: { readonly en: readonly string[]; readonly zh: readonly string[] };
  readonly digest: string;
  readonly url: string | null;
  readonly permissions: readonly { readonly permission: Permission; readonly used: number | null }[];
}

export function told(answer: RawAnswer): Told {
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return answer.json() as unknown as Told;
}

export interface TokenChanges {
  readonly [claim: string]: unknown;
  readonly key?: KeyObject;
  readonly header?: object;
}

export interface UseChanges {
  readonly client?: string;
  readonly service?: PlannedService;
  readonly purpose?: string;
  readonly permission?: string;
  readonly code?: string;
  readonly query?: string;
}

export const json = ["Content-Type", "application/json"];

export const wanted = { service: service.id, purpose: "onboarding", person: mari, days: 30 };

export const record = {
  code: mari.value,
  name: "Mari",
  income: 1200,
  address: { city: "Harbour", street: "Quay 1" },
};

export function useOf(changes: UseChanges = {}): Ask {
  const { client = bank, purpose = "onboarding", permission, code = mari.value } = changes;
  const named = permission === undefined ? [] : ["Sealway-Permission", permission];
  return {
    ...{ method: "POST", client, path: pathOf(changes.service ?? service, `/find${changes.query ?? ""}`) },
    headers: [...json, "Sealway-Purpose", purpose, ...named],
    body: JSON.stringify({ code }),
  };
}
