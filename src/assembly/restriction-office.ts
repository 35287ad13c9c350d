import { randomBytes } from "node:crypto";
import { sha256, toBase64Url } from "../core/bytes.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { type ClientId, type MemberId, memberOf, providerOf } from "../core/ids.ts";
import { uuidV7 } from "../core/uuid.ts";
import { callPeer, PeerSaysNo } from "../exchange/builtin/call-peer.ts";
import type { GatewayServices, MemberSeal } from "../exchange/gateway-services.ts";
import { restrictionType } from "../exchange/restriction-document.ts";
import { type StatementPayload, signStatement } from "../message/signed-statement.ts";
import { isInForce, type Restriction } from "../policy/restrictions/restriction.ts";
import {
  orderScheme,
  parseRestrictionAct,
  type RestrictionAct,
} from "../policy/restrictions/restriction-act.ts";
import type { RestrictionBook } from "./restriction-book.ts";
import type {
  Delivery,
  ListedRestriction,
  RestrictionDone,
  RestrictionOrder,
  RestrictionReports,
} from "./restriction-orders.ts";

type OrderOf<Name extends RestrictionOrder["order"]> = Extract<RestrictionOrder, { order: Name }>;
type Desks = {
  readonly [Name in RestrictionOrder["order"]]: (order: OrderOf<Name>) => Promise<RestrictionReports[Name]>;
};

/** Signs what an ordering authority that is served here orders, and brings it to the gateways of both parties. */
export class RestrictionOffice {
  readonly #services: GatewayServices;
  readonly #book: RestrictionBook;
  readonly #desks: Desks = {
    "restriction order": (order) => this.#order(order),
    "restriction review": ({ id, reviewBy, until }) =>
      this.#follow(id, { state: "reviewed", reviewBy, until }),
    "restriction lift": ({ id }) => this.#follow(id, { state: "lifted" }),
    "restriction list": async () => ({ restrictions: this.#list() }),
    "restriction authorities": async () => ({ authorities: this.#authorities().map(({ member }) => member) }),
  };

  constructor(services: GatewayServices, book: RestrictionBook) {
    this.#services = services;
    this.#book = book;
  }

  /** @throws SealwayError why it is not done; a gateway that could not be reached is told in the report */
  execute(order: RestrictionOrder): Promise<RestrictionReports[RestrictionOrder["order"]]> {
    return (this.#desks[order.order] as (order: RestrictionOrder) => Promise<never>)(order);
  }

  async #order(order: OrderOf<"restriction order">): Promise<RestrictionDone> {
    const { consumer, service, purpose, exchanges, provision, ground, reference, reviewBy, until } = order;
    const now = this.#services.clock.now();
    const nonce = randomBytes(32);
    const blinded = sha256(Buffer.concat([nonce, Buffer.from(`${orderScheme}\0${reference}`)]));
    const act = parseRestrictionAct({
      ...{ v: 1, instance: this.#instance(), time: now, id: uuidV7(now), revision: 1, previous: null },
      ...{ state: "ordered", authority: this.#authority().member, provision, ground, reviewBy },
      ...{ order: toBase64Url(blinded), from: now, until },
      covers: { consumer, service, purpose, exchanges },
    });
    return this.#submit(act, toBase64Url(nonce));
  }

  async #follow(id: string, changes: Partial<RestrictionAct>): Promise<RestrictionDone> {
    const { member } = this.#authority();
    const known = this.#book.get(id);
    if (known?.act.authority !== member)
      throw new SealwayError("bad_request", `${member} has ordered no restriction ${id}`);
    const act: RestrictionAct = {
      ...known.act,
      ...changes,
      ...{ time: this.#services.clock.now(), revision: known.act.revision + 1 },
      previous: known.acts.at(-1) ?? null,
    };
    return this.#submit(act, null);
  }

  async #submit(act: RestrictionAct, nonce: string | null): Promise<RestrictionDone> {
    const { signer, member } = this.#authority();
    const signed = await signStatement(signer, restrictionType, act as unknown as StatementPayload);
    const restriction = await this.#book.take(signed, member);
    const { id, revision, state, reviewBy } = act;
    return { id, revision, state, reviewBy, nonce, deliveries: await this.#deliver(restriction) };
  }

  /** All acts of it each time: a gateway that missed one has it then. */
  async #deliver(restriction: Restriction): Promise<Delivery[]> {
    const { consumer, service } = restriction.act.covers;
    const { directory } = this.#services.trust();
    const deliveries = new Map<string, Delivery>();
    for (const subsystem of [consumer, providerOf(service)]) {
      const server = directory.serverOf(subsystem)?.id;
      if (server === undefined || server === this.#services.self || deliveries.has(server)) continue;
      const failure = await this.#deliverTo(subsystem, this.#book.signedActs(restriction));
      deliveries.set(server, { server, failure });
    }
    return [...deliveries.values()];
  }

  async #deliverTo(subsystem: ClientId, acts: readonly Buffer[]): Promise<string | null> {
    const client = this.#subsystemOf(this.#authority().member);
    for (const act of acts) {
      const body = { act: act.toString("latin1") };
      const question = { client, subsystem, code: "sealway.restriction", path: "/acts", body } as const;
      try {
        await callPeer(this.#services, question);
      } catch (thrown) {
        if (thrown instanceof PeerSaysNo && thrown.rule === "restriction.replayed") continue;
        const { code, detail } = asSealwayError(thrown);
        return `${code}: ${detail}`;
      }
    }
    return null;
  }

  #list(): ListedRestriction[] {
    const now = this.#services.clock.now();
    return this.#book.of(this.#authority().member).map((restriction) => {
      const { id, revision, state, provision, ground, covers, from, until, reviewBy } = restriction.act;
      const standing =
        state === "lifted" ? state : isInForce(restriction, now) ? "in force" : "review missed";
      return { id, revision, state: standing, provision, ground, ...covers, from, until, reviewBy };
    });
  }

  #instance(): string {
    return this.#services.trust().configuration.parameters.instance;
  }

  /** The ordering authority that is served here. @throws SealwayError `access_denied` when there is none */
  #authority(): Pick<MemberSeal, "member" | "signer"> {
    const [seal] = this.#authorities();
    if (seal !== undefined) return seal;
    throw new SealwayError("access_denied", "no ordering authority is served by this security server");
  }

  #authorities(): MemberSeal[] {
    const { trust, seals } = this.#services;
    const { orderingAuthorities } = trust().configuration.parameters;
    return orderingAuthorities.map(({ member }) => seals.get(member)).filter((one) => one !== undefined);
  }

  #subsystemOf(member: MemberId): ClientId {
    const { trust, self } = this.#services;
    const clients = trust().directory.server(self)?.clients ?? [];
    const found = clients.filter((one) => one.split("/").length === 4 && memberOf(one) === member).sort()[0];
    if (found !== undefined) return found;
    throw new SealwayError("unknown_member", `${member} has no subsystem here that could send the act`);
  }
}
