import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { RegisteredClient } from "../../src/dev/identity-provider/authorization-request.ts";
import { publicPart } from "../../src/dev/identity-provider/id-token.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { clients } from "../exchange/country/plan.ts";
import type { RawAnswer } from "../exchange/country/raw-http.ts";
import { pathOf, type SmallCountry } from "../exchange/country.ts";
import { bank, json, record, scheme, service } from "../exchange/permissions/permission-scene.ts";
import { newDirectory } from "../new-directory.ts";
import { openPeople, openPortal, type People, type Portal, substantial } from "../portal/portal-scene.ts";
import { startChromium } from "./chromium.ts";
import { Visitor, type VisitorOptions } from "./visitor.ts";

/** What no page may run: whoever sees it as more than text has it open a dialog, load something or change the title. */
export const smuggled = `"><img src=x onerror=alert(1)><script>alert(2)</script><a href=javascript:alert(3)>'`;

interface Teardown {
  teardown(close: () => unknown): void;
}

/** One country for all that is done in a browser: gateways, portal, management server and identity provider are real. */
export class BrowserScene {
  readonly admin: AdminScene;
  readonly people: People;
  readonly portal: Portal;
  readonly #browser: Browser;

  private constructor(browser: Browser, admin: AdminScene, people: People, portal: Portal) {
    this.#browser = browser;
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
    const admin = await AdminScene.start(
      t,
      {
        more: {
          services: [service],
          agreements: [{ id: "bank", consumer: bank, service: service.id, terms }],
        },
        asking: { portals },
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
    return new BrowserScene(browser, admin, people, portal);
  }

  get country(): SmallCountry {
    return this.admin.country;
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

  /** The bank asks the register about the parent. */
  use(): Promise<RawAnswer> {
    return this.#call(pathOf(service, "/find"), { code: this.people.cast.parent }, [
      "Sealway-Purpose",
      "onboarding",
    ]);
  }

  /** The bank asks the parent to permit it. @returns where the parent reads that */
  async askPermission(): Promise<string> {
    const person = { scheme, value: this.people.cast.parent };
    const path = `/r1/${clients.population}/sealway.permission/requests`;
    const asked = { service: service.id, purpose: "onboarding", person, days: 30 };
    return ((await this.#call(path, asked)).json() as unknown as { url: string }).url;
  }

  #call(path: string, body: object, headers: readonly string[] = []): Promise<RawAnswer> {
    return this.country.ask({
      ...{ method: "POST", client: bank, path, body: JSON.stringify(body) },
      headers: [...json, ...headers],
    });
  }
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
