import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { Role } from "../../src/admin/roles.ts";
import { type ClientId, parseServiceId } from "../../src/core/ids.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { members } from "../../src/dev/country/members.ts";
import type { RegisteredClient } from "../../src/dev/identity-provider/authorization-request.ts";
import { publicPart } from "../../src/dev/identity-provider/id-token.ts";
import { officersOf } from "../../src/dev/registers/officers.ts";
import { type AdminAnswer, AdminScene } from "../admin/admin-scene.ts";
import { benefitsAgency, clients, type PlannedService } from "../exchange/country/plan.ts";
import type { RawAnswer } from "../exchange/country/raw-http.ts";
import { pathOf, type SmallCountry } from "../exchange/country.ts";
import { bank, json, record, scheme, service } from "../exchange/permissions/permission-scene.ts";
import { newDirectory } from "../new-directory.ts";
import { openPeople, openPortal, type People, type Portal, substantial } from "../portal/portal-scene.ts";
import { startChromium } from "./chromium.ts";
import { Visitor, type VisitorOptions } from "./visitor.ts";

/** What no page may run: whoever sees it as more than text has it open a dialog, load something or change the title. */
export const smuggled = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;

/** The service of the stories, with a name to be read. */
const readable = {
  ...service,
  described: {
    ...service.described,
    title: { en: "Person and address", zh: "人员和地址" },
    responsibleAuthority: "Population Register",
  },
};

/** A service whose texts would do harm where they are more than texts. */
export const hostile: PlannedService = {
  id: parseServiceId(`${clients.population}/hostile`),
  ...{ contentKind: "opaque", endpoints: [["GET", "/x"]], target: "register" },
  described: {
    ...{ title: { en: smuggled, zh: smuggled }, description: { en: smuggled, zh: smuggled } },
    ...{ domain: smuggled, responsibleAuthority: smuggled, classification: smuggled },
    contacts: {
      steward: { name: smuggled, telephone: "+372 555" },
      incidents: { name: smuggled, telephone: "+372 555" },
    },
    lawfulBases: [{ basis: "public-task", provision: smuggled }],
    purposes: [{ id: "harm", title: { en: smuggled, zh: smuggled }, elements: ["person.name"] }],
    source: { register: `"><script>alert(3)</script>`, elements: ["income.taxable"], territory: smuggled },
  },
};

/** A service of the console's own member, to which persons permit the bank. */
export const permitted: PlannedService = {
  id: parseServiceId(`${clients.benefits}/permitted`),
  ...{ contentKind: "opaque", target: "register" },
  endpoints: [["GET", "/find", { in: "query", name: "code" }]],
  described: {
    purposes: [
      { id: "onboarding", title: { en: smuggled }, elements: ["person.name"], permission: "consent" },
    ],
  },
};

interface Teardown {
  teardown(close: () => unknown): void;
}

/** One country for all that is done in a browser: gateways, portal, management server and identity provider are real. */
export class BrowserScene {
  readonly admin: AdminScene;
  readonly people: People;
  readonly portal: Portal;
  readonly #browser: Browser;
  readonly #officers: readonly Identity[];
  #users = 0;

  private constructor(
    browser: Browser,
    admin: AdminScene,
    people: People,
    portal: Portal,
    officers: readonly Identity[],
  ) {
    this.#browser = browser;
    this.#officers = officers;
    this.admin = admin;
    this.people = people;
    this.portal = portal;
  }

  static async start(t: Teardown): Promise<BrowserScene> {
    const browser = await startChromium(t);
    const people = await openPeople();
    const { issuer } = people.provider;
    const keysFile = join(newDirectory(), "keys.jwks");
    writeFileSync(keysFile, JSON.stringify({ keys: [publicPart(people.key)] }));
    const portals = [{ id: clients.inspection, scheme }];
    const identityProviders = [{ issuer, audience: "portal", acr: [substantial], scheme, keysFile }];
    const terms = { purposes: [{ id: "onboarding" }] };
    const ownTerms = { purposes: [{ id: "register" }] };
    let officers: readonly Identity[] = [];
    const admin = await AdminScene.start(
      t,
      {
        moreSeals: (ca) => {
          officers = ["One", "Two"].map((name) => ca.issueSeal(benefitsAgency, name));
          return [];
        },
        more: {
          services: [readable, hostile, permitted],
          agreements: [
            { id: "bank", consumer: bank, service: service.id, terms },
            { id: "permitted", consumer: clients.onboarding, service: permitted.id, terms },
            { id: "register", consumer: clients.benefits, service: service.id, terms: ownTerms },
          ],
        },
        asking: { portals },
        registry: (whole) => ({
          ...{ ...whole, members: whole.members.map(withName) },
          registration: {
            officers: officers.map(({ certificate }) => ({ der: certificate.der.toString("base64") })),
            persons: { "subsystem-add": 1 },
          },
        }),
        registration: "taken",
        answering: {
          portals,
          permissions: { portalUrl: `${people.url}/permissions/{id}`, identityProviders },
        },
      },
      async (publicUrl) => ({ identityProvider: registerConsole(people, publicUrl) }),
    );
    const { asking, register } = admin.country;
    const body = JSON.stringify({ ...record, name: smuggled, code: people.cast.parent });
    register.answer({ headers: json, body });
    const url = `http://127.0.0.1:${asking.gateway.ports.http}`;
    const portal = await openPortal(people, { url, client: clients.inspection });
    t.teardown(() => portal.close());
    return new BrowserScene(browser, admin, people, portal, officers);
  }

  get country(): SmallCountry {
    return this.admin.country;
  }

  /** Has both gateways time-stamp what they recorded. */
  async sealNow(): Promise<void> {
    const { answering, asking } = this.country;
    await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
  }

  /** Somebody comes with a browser of their own. */
  visitor(options: Omit<VisitorOptions, "origins">): Promise<Visitor> {
    const { admin, people, portal } = this;
    const origins = [admin.url, portal.url, people.provider.issuer];
    return Visitor.arrive(this.#browser, { ...options, origins });
  }

  /** Proves at the identity provider who somebody is, whose page is shown. @param code of a person */
  async prove(visitor: Visitor, code: string): Promise<void> {
    const at = visitor.page.url();
    if (!at.startsWith(this.people.provider.issuer)) throw new Error(`${at} asks nobody who they are`);
    await visitor.fill(/by personal code/, code);
    await visitor.enter();
  }

  /** Somebody with roles at the server comes to the console, and signs in at the identity provider. */
  async officer(roles: readonly Role[], options: Omit<VisitorOptions, "origins">): Promise<Visitor> {
    return this.#signIn(await this.#user(roles), options);
  }

  /** Two officers of the governing authority come, whose keys `words 0` and `words 1` open. */
  async registrars(options: Omit<VisitorOptions, "origins">): Promise<readonly [Visitor, Visitor]> {
    const users = [await this.#user(["registration-officer"]), await this.#user(["registration-officer"])];
    await this.admin.seat(users, this.#officers);
    return [await this.#signIn(users[0]!, options), await this.#signIn(users[1]!, options)];
  }

  /** Somebody with a role orders something over the management API. @throws Error when it is not made */
  async order(role: Role, path: string, body: object): Promise<AdminAnswer["body"]> {
    const { key } = await this.admin.user(role);
    const sent = { method: "POST", key, body: { ...body, reason: smuggled } };
    const done = await this.admin.call(path, sent);
    if (done.status !== 201) throw new Error(`${path}: ${done.status} ${done.bytes}`);
    return done.body;
  }

  async #signIn({ code }: { readonly code: string }, options: Omit<VisitorOptions, "origins">) {
    const visitor = await this.visitor(options);
    await visitor.open(`${this.admin.url}/`);
    await visitor.follow("link", "Sign in at the identity provider");
    await this.prove(visitor, code);
    return visitor;
  }

  /** Makes a user out of the next person who has no part. */
  async #user(roles: readonly Role[]) {
    const { admin, people } = this;
    const { person } = officersOf(people.country, people.clock.now())[this.#users++]!;
    const as = { method: "POST", key: admin.first.key };
    const name = `${person.given} ${person.family}`;
    const made = await admin.call("/users", { ...as, body: { name, place: "*", subject: person.code } });
    for (const [i, role] of roles.entries())
      await admin.call(`/users/${made.body.id}/roles`, {
        ...{ ...as, headers: { "if-match": `"${i + 1}"` } },
        body: { role, place: "*", reason: smuggled },
      });
    return { id: String(made.body.id), code: person.code };
  }

  /** The bank asks the register about the parent. */
  use(): Promise<RawAnswer> {
    return this.#find(bank, "onboarding");
  }

  /** The owner of the asking server does, which needs no permission for it. */
  useOfOwner(): Promise<RawAnswer> {
    return this.#find(clients.benefits, "register");
  }

  /** The bank asks the parent to permit it. @returns where the parent reads that */
  async askPermission(): Promise<string> {
    const person = { scheme, value: this.people.cast.parent };
    const path = `/r1/${clients.population}/sealway.permission/requests`;
    const asked = { service: service.id, purpose: "onboarding", person, days: 30 };
    return ((await this.#call(bank, path, asked)).json() as unknown as { url: string }).url;
  }

  #find(client: ClientId, purpose: string): Promise<RawAnswer> {
    const headers = ["Sealway-Purpose", purpose, "X-Road-UserId", smuggled, "X-Road-Issue", smuggled];
    return this.#call(client, pathOf(service, "/find"), { code: this.people.cast.parent }, headers);
  }

  #call(client: ClientId, path: string, body: object, headers: readonly string[] = []): Promise<RawAnswer> {
    return this.country.ask({
      ...{ method: "POST", client, path, body: JSON.stringify(body) },
      headers: [...json, ...headers],
    });
  }
}

/** As the demonstration calls the member. */
function withName<Member extends { readonly id: string; readonly name: string }>(member: Member): Member {
  const { id, name } = member;
  return { ...member, name: members.find((one) => one.id === id)?.name ?? name };
}

/** Where users of the management server sign in. */
function registerConsole(people: People, publicUrl: string) {
  const client: RegisteredClient = {
    ...{ id: "console", secret: "another secret" },
    ...{ redirectUris: [`${publicUrl}/signed-in`], postLogoutRedirectUris: [`${publicUrl}/`] },
    offers: "officers",
  };
  people.register(client);
  const clientSecretFile = join(newDirectory(), "secret");
  writeFileSync(clientSecretFile, `${client.secret}\n`, { mode: 0o600 });
  return { issuer: people.provider.issuer, clientId: client.id, clientSecretFile, acr: [substantial] };
}
