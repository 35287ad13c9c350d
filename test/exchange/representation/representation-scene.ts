import type { Test } from "tap";
import { parseServiceId } from "../../../src/core/ids.ts";
import type { Permission } from "../../../src/policy/permissions/permission.ts";
import type { Power } from "../../../src/policy/representation/power.ts";
import { clients, type MorePlans, type PlannedService } from "../country/plan.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import type { RegisterReply } from "../country/register.ts";
import {
  bank,
  json,
  mari,
  PermissionScene,
  portal,
  record,
  scheme,
  service,
  told,
} from "../permissions/permission-scene.ts";

/*
 * The permissions' country, in which the population register also says who may act for whom: Mari is a child, Anna has
 * custody of her.
 */

export const anna = { scheme, value: "38001010022" };
/** A service of the register that says so; another one that the configuration does not name. */
export const powersService = powersAt("powers");
export const otherSource = powersAt("powers-too");

export function powersAt(code: string): PlannedService {
  const located = (name: string, role: string) => ({ in: "path", name, role, scheme });
  return {
    id: parseServiceId(`${clients.population}/${code}`),
    ...{ contentKind: "json", target: "register" },
    endpoints: [["GET", "/{representative}/{represented}"]],
    firstEndpoint: {
      subjects: [located("representative", "representative"), located("represented", "asked-about")],
      responses: { "200": { schema: true } },
    },
  };
}

export const asksSource = (consumer: string, id: string, source = powersService) =>
  ({ id, consumer, service: source.id }) as MorePlans["agreements"][number];

const askAgainAfterMinutes = 10;
export const askAgainAfter = askAgainAfterMinutes * 60_000;

export const representation = {
  sources: [
    {
      ...{ service: powersService.id, kinds: ["guardian", "curator", "heir"] },
      ...{ representative: scheme, represented: scheme },
    },
    {
      ...{ service: parseServiceId(`${clients.business}/powers`), kinds: ["employee"] },
      ...{ representative: scheme, represented: "urn:dev:company-code" },
    },
  ],
  askAgainAfterMinutes,
};

/** One with a purpose of which nobody learns who acts for the person. */
export const privateService: PlannedService = {
  ...service,
  id: parseServiceId(`${clients.population}/private`),
  described: {
    validation: "enforce",
    purposes: [
      {
        ...{ id: "counselling", title: { en: "Advice to the young" }, elements: ["person.name"] },
        ...{ permission: "consent", protectsFromRepresentative: true },
      },
    ],
  },
};

/** One of which no machine decides. */
export const casedService: PlannedService = {
  ...service,
  id: parseServiceId(`${clients.population}/cased`),
  described: {
    validation: "enforce",
    purposes: [
      {
        ...{ id: "onboarding", title: { en: "Opening an account" }, elements: ["person.name"] },
        ...{ permission: "consent", decisionUses: ["caseworker"] },
      },
    ],
  },
};

const plans: MorePlans = {
  services: [powersService, otherSource, privateService, casedService],
  agreements: [
    {
      ...{ id: "cased", consumer: bank, service: casedService.id },
      terms: { purposes: [{ id: "onboarding" }] },
    },
    {
      ...{ id: "private", consumer: bank, service: privateService.id },
      terms: { purposes: [{ id: "counselling" }] },
    },
    asksSource(clients.population, "powers"),
    asksSource(clients.population, "powers-too", otherSource),
  ],
};

/** What the register says of Anna's power over Mari unless a test changes it. */
export const custody: Power = {
  ...{ represented: mari.value, kind: "guardian", acts: ["permit", "see"] },
  ...{ from: "2020-01-01", until: "2099-05-01", ends: "majority" },
};

export class RepresentationScene {
  readonly permissions: PermissionScene;
  /** Of Anna, as the register has them. */
  powers: readonly Power[] = [custody];
  /** What the register of representatives answers instead. */
  answer: RegisterReply | undefined;
  /** How often it was asked, and how often data was. */
  readonly asked = { powers: 0, data: 0 };

  private constructor(permissions: PermissionScene) {
    this.permissions = permissions;
    this.country.register.answer(({ target }) => {
      const [, representative] = /\/([0-9]{11})\/[0-9]{11}$/.exec(target) ?? [];
      if (representative === undefined) {
        this.asked.data++;
        return { headers: json, body: JSON.stringify(record) };
      }
      this.asked.powers++;
      const powers = representative === anna.value ? this.powers : [];
      return this.answer ?? { headers: json, body: JSON.stringify({ powers }) };
    });
  }

  static async start(t: Test): Promise<RepresentationScene> {
    return new RepresentationScene(
      await PermissionScene.start(t, plans, {
        representation,
        clients: [clients.population, clients.business].map((id) => ({ id, authentication: "http" })),
      }),
    );
  }

  get country() {
    return this.permissions.country;
  }

  /** All is as it was at the beginning, and nothing is remembered of what the register said. */
  forget(): void {
    this.powers = [custody];
    this.answer = undefined;
    this.country.clock.ahead += askAgainAfter;
  }

  /** The register tells of something in Mari's life. */
  tell(event: string, client: string = clients.population): Promise<RawAnswer> {
    return this.permissions.call(client, "/events", { event, person: mari });
  }

  /** An act for Mari. */
  act(act: object, by: object = anna, source: string = powersService.id): Promise<RawAnswer> {
    const body = { person: mari, ...act, representative: { ...by, source } };
    return this.permissions.call(portal, "/acts/represented", body);
  }

  /** Asks for a permission of Mari, shows its text to Anna, and gives it as Anna. */
  async given(changes: object = {}): Promise<Permission> {
    const { id, revision } = told(await this.permissions.request(changes)).permission;
    const { digest } = told(await this.act({ act: "text", of: "give", permission: id }));
    return told(await this.give({ id, revision }, digest)).permission;
  }

  async give(
    { id, revision }: Pick<Permission, "id" | "revision">,
    digest: string,
    by = anna,
    source: string = powersService.id,
  ): Promise<RawAnswer> {
    const token = await this.permissions.token(digest, { sub: by.value });
    return this.act({ act: "give", permission: id, revision, token }, by, source);
  }
}
