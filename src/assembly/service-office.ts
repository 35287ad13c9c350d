import { setTimeout as rest } from "node:timers/promises";
import { type ActWord, parseServiceAct, payloadOf, type ServiceAct } from "../catalogue/acts/service-act.ts";
import { parseServiceDescription } from "../catalogue/service-description.ts";
import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { memberOf, type ServiceId } from "../core/ids.ts";
import type { MemberSeal } from "../exchange/gateway-services.ts";
import { parseSignedAct, signAct } from "../message/service-act-record.ts";
import type { StatementPayload } from "../message/signed-statement.ts";
import type { Agreements } from "../policy/agreements/agreements.ts";
import { inVersionRange } from "../policy/version-range.ts";
import type { ServiceOrder, ServiceReports } from "./service-orders.ts";
import type { ServiceTargets } from "./service-targets.ts";
import { submitAct } from "./submit-act.ts";
import type { TrustInUse } from "./trust-in-use.ts";

export interface ServiceOfficeParts {
  /** Where the authority may be, unless an order says it. */
  readonly mirrors: readonly string[];
  readonly seals: ReadonlyMap<string, MemberSeal>;
  readonly trust: TrustInUse;
  readonly targets: ServiceTargets;
  readonly agreements: Agreements;
  readonly clock: Clock;
}

type OrderOf<Name extends ServiceOrder["order"]> = Extract<ServiceOrder, { order: Name }>;
type Desks = {
  readonly [Name in ServiceOrder["order"]]: (order: OrderOf<Name>) => Promise<ServiceReports[Name]>;
};

/** Milliseconds until an act that was taken must be in use here, and between two looks. */
const longestWait = 30_000;
const pause = 50;

/** Makes the acts that commands order, with the seals of the members that are served here, and submits them. */
export class ServiceOffice {
  readonly #parts: ServiceOfficeParts;
  readonly #desks: Desks = {
    "service publish": (order) => this.#publish(order),
    "service act": (order) => this.#act(order),
    "service observe": (order) => this.#observe(order),
    "service head": async ({ service, version }) => this.#head(service, version),
    "service wait": (order) => this.#wait(order),
    "service history": async ({ service }) => this.#history(service),
    "service list": async () => this.#list(),
    "service target": (order) => this.#target(order),
  };

  constructor(parts: ServiceOfficeParts) {
    this.#parts = parts;
  }

  /** @throws SealwayError why it is not done; what the authority refuses is told in the report */
  execute(order: ServiceOrder): Promise<ServiceReports[ServiceOrder["order"]]> {
    return (this.#desks[order.order] as (order: ServiceOrder) => Promise<never>)(order);
  }

  async #publish(order: OrderOf<"service publish">): Promise<ServiceReports["service publish"]> {
    const { trust, targets } = this.#parts;
    const description = Buffer.from(order.description, "base64");
    const digest = sha256Base64Url(description);
    const { id: service, version } = parseServiceDescription(description, digest);
    const previous = trust.published.historyOf(service).head;
    const signed = await this.#sign("publish", { service, version, description: digest, previous });
    const { target, concurrency = 64 } = order;
    const place = target === undefined ? undefined : { id: service, target, concurrency };
    if (place !== undefined) targets.check(place);
    const before = targets.settings.get(service);
    // Before it is published, so that the first call finds it; it stays when nobody knows whether it was.
    const isMoved = place !== undefined && !order.dryRun;
    if (isMoved) await targets.set(place);
    const answer = await this.#submit(order, signed, description);
    if (answer.kind === "refused" && isMoved) await targets.putBack(service, before);
    return { service, version, answer };
  }

  async #act(order: OrderOf<"service act">): Promise<ServiceReports["service act"]> {
    const { word, service, version } = order;
    const { description, previous } = this.#head(service, version);
    const counted = word === "archive" ? { liveAgreements: this.#liveAgreements(service, version) } : {};
    const signed = await this.#sign(word, {
      service,
      version,
      description,
      previous,
      ...order.states,
      ...counted,
    });
    return { answer: await this.#submit(order, signed) };
  }

  /** The member signs what its officers signed; the authority judges who they are. */
  async #observe(order: OrderOf<"service observe">): Promise<ServiceReports["service observe"]> {
    const byOfficers = parseSignedAct(Buffer.from(order.signed, "latin1"));
    if (byOfficers.word !== "observe")
      throw new SealwayError("bad_request", "the officers signed something else");
    const { service, version } = parseServiceAct("observe", byOfficers.payload);
    const { signer } = this.#sealOf(service);
    const signed = Buffer.concat([await signAct(signer, "observe", byOfficers.payload), byOfficers.bytes]);
    return { service, version, answer: await this.#submit(order, signed) };
  }

  async #sign(word: ActWord, states: Readonly<Record<string, unknown>>): Promise<Buffer> {
    const { clock, trust } = this.#parts;
    const { instance } = trust.snapshot().configuration.parameters;
    const act: ServiceAct = parseServiceAct(word, { instance, time: clock.now(), ...states });
    return signAct(this.#sealOf(act.service).signer, word, payloadOf(act) as unknown as StatementPayload);
  }

  #sealOf(service: ServiceId): MemberSeal {
    const member = memberOf(service);
    const seal = this.#parts.seals.get(member);
    if (seal === undefined) throw new SealwayError("unknown_member", `${member} is not served here`);
    return seal;
  }

  #submit(
    { authority, dryRun }: { readonly authority?: string; readonly dryRun: boolean },
    signed: Buffer,
    description?: Buffer,
  ) {
    const places = authority === undefined ? this.#parts.mirrors : [authority];
    return submitAct(places, { signed, description, mode: dryRun ? "dry run" : "for good" });
  }

  #head(service: ServiceId, version: string): ServiceReports["service head"] {
    const { trust } = this.#parts;
    const { instance } = trust.snapshot().configuration.parameters;
    const { head, versions } = trust.published.historyOf(service);
    const known = versions.get(version);
    if (known === undefined || head === null) {
      const names = [...versions.keys()].join(", ") || "none";
      throw new SealwayError(
        "unknown_service",
        `${service} has no published version ${version}; there are: ${names}`,
      );
    }
    return { instance, description: known.description, previous: head };
  }

  /** Agreements in force, now or later, that would be left without a version: those that no other one answers. */
  #liveAgreements(service: ServiceId, version: string): number {
    const { agreements, clock, trust } = this.#parts;
    const now = clock.now();
    const { catalogue } = trust.snapshot();
    const others = catalogue
      .versions(service)
      .filter((one) => one.version !== version && catalogue.standingOf(one).state !== "suspended");
    const isLeft = (range: string | null) =>
      (range === null || inVersionRange(range, version)) &&
      !others.some((one) => range === null || inVersionRange(range, one.version));
    const live = [...agreements.all()].filter((one) => one.service === service && now < one.validity.to);
    return live.filter(({ serviceVersions }) => isLeft(serviceVersions)).length;
  }

  async #wait({ service, act }: OrderOf<"service wait">): Promise<ServiceReports["service wait"]> {
    const { trust } = this.#parts;
    const began = performance.now();
    const isInUse = () => trust.published.actsOf(service).some(({ record }) => record.sha256 === act);
    while (!isInUse()) {
      if (performance.now() - began > longestWait)
        throw new SealwayError("authority_unreachable", "the act is taken, but not in use here yet");
      await rest(pause);
      trust.snapshot();
    }
    const milliseconds = Math.round(performance.now() - began);
    return { configuration: trust.snapshot().configuration.version, milliseconds };
  }

  async #target(order: OrderOf<"service target">): Promise<ServiceReports["service target"]> {
    const { service: id, target, concurrency } = order;
    this.#sealOf(id);
    await this.#parts.targets.set({ id, target, concurrency });
    return { target };
  }

  #list(): ServiceReports["service list"] {
    const { seals, trust } = this.#parts;
    const { catalogue } = trust.snapshot();
    return [...catalogue.services()]
      .filter(({ id }) => seals.has(memberOf(id)))
      .flatMap(({ id }) => catalogue.versions(id))
      .map((one) => ({
        ...{ id: one.id, version: one.version, title: one.document.title.en },
        state: catalogue.standingOf(one).state,
      }));
  }

  #history(service: ServiceId): ServiceReports["service history"] {
    const { published } = this.#parts.trust;
    const versions = [...published.historyOf(service).versions.values()].map(({ version, standing }) => ({
      ...{ version, state: standing.state, withdrawnFields: standing.withdrawnFields },
      ...{ sunset: standing.deprecation?.sunset ?? null, observedUntil: standing.observedUntil ?? null },
    }));
    const acts = published.actsOf(service).map(({ act, record }) => ({
      ...{ word: act.word, version: act.version, accepted: record.accepted, act: record.sha256 },
      reason: "reason" in act ? act.reason : null,
    }));
    return { versions, acts };
  }
}
