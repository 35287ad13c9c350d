import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { type ClientId, type MemberId, memberOf, parseClientId, unsafeId } from "../core/ids.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { disclosureParties } from "../exchange/message-pattern.ts";
import { type AskedPermission, checkedTerms } from "../exchange/permissions/asked-terms.ts";
import type { HeldPermission } from "../exchange/permissions/permission-book.ts";
import type { NamedPerson } from "../exchange/permissions/permission-secret.ts";
import { permissionWords } from "../exchange/permissions/permission-words.ts";
import { toldToPerson } from "../exchange/permissions/told-permission.ts";
import { commit } from "../message/commitment.ts";
import { exportDpv } from "../policy/permissions/export-dpv.ts";
import { type Permission, partiesOf, readPermission } from "../policy/permissions/permission.ts";
import { permissionText, serializeText } from "../policy/permissions/permission-text.ts";
import type { ListedPermission, PermissionOrder, PermissionReports } from "./permission-orders.ts";

type OrderOf<Name extends PermissionOrder["order"]> = Extract<PermissionOrder, { order: Name }>;
type Desks = {
  readonly [Name in PermissionOrder["order"]]: (order: OrderOf<Name>) => Promise<PermissionReports[Name]>;
};

const pageLength = 100;
/** Nothing proves it but the officer's word. */
const noProof = { token: null, key: null } as const;

/** Does what officers order about permissions, with the seals of the members that are served here. */
export class PermissionOffice {
  readonly #services: GatewayServices;
  readonly #desks: Desks = {
    "permissions declare": (order) => this.#declare(order),
    "permissions withdraw": (order) => this.#withdraw(order),
    "permissions erase": (order) => this.#erase(order),
    "permissions list": (order) => this.#list(order),
    "permissions show": (order) => this.#show(order),
    "permissions export": (order) => this.#export(order),
  };

  constructor(services: GatewayServices) {
    this.#services = services;
  }

  /** @throws SealwayError why it is not done */
  execute(order: PermissionOrder): Promise<PermissionReports[PermissionOrder["order"]]> {
    return (this.#desks[order.order] as (order: PermissionOrder) => Promise<never>)(order);
  }

  async #declare(order: OrderOf<"permissions declare">): Promise<PermissionReports["permissions declare"]> {
    const { clock, permissions, trust } = this.#services;
    const { asked, officer, proof } = order;
    const consumer = parseClientId(order.consumer);
    const description = trust().catalogue.service(asked.service);
    const { discloser } = disclosureParties(consumer, asked.service, description);
    this.#checkServed(discloser);
    if (order.holders?.includes(memberOf(discloser)) === false)
      throw new SealwayError("access_denied", "another member discloses what the service takes or gives");
    const place = { asker: consumer, discloser, now: clock.now() };
    const { person, terms } = checkedTerms(this.#services, trust(), place, asked as AskedPermission);
    const id = permissions.newId();
    const { representation, representative } = this.#represented(id, memberOf(discloser), order);
    const words = permissionWords(trust(), terms);
    const text = serializeText(permissionText("give", { ...terms, id, representation }, 1, words));
    const act = { kind: "declared", officer, text: sha256Base64Url(text), proof } as const;
    const secret = { person, representative, text, ...noProof };
    await permissions.begin({ ...terms, state: "active", act, representation }, secret, id);
    return { id };
  }

  #represented(
    id: string,
    holder: MemberId,
    { representation: stated }: OrderOf<"permissions declare">,
  ): { readonly representation: Permission["representation"]; readonly representative: NamedPerson | null } {
    if (stated === null) return { representation: null, representative: null };
    const { kind, proof, scheme } = stated;
    const { seals, trust } = this.#services;
    const value = trust().vocabulary.normalise(scheme, stated.value);
    const seal = seals.get(holder);
    if (value === undefined || seal === undefined)
      throw new SealwayError("subject_malformed", "the representative is no identifier of its scheme");
    const representative = commit(seal.commitmentKey, id, "permission", 1, scheme, value).commitment;
    return { representation: { kind, proof, representative }, representative: { scheme, value } };
  }

  async #withdraw(
    order: OrderOf<"permissions withdraw">,
  ): Promise<PermissionReports["permissions withdraw"]> {
    const { officer, reason } = order;
    const held = await this.#held(order.permission);
    this.#checkServed(partiesOf(held.permission).discloser);
    const act = { kind: "declared", officer, text: null, proof: null } as const;
    const state = reason === null ? "withdrawn" : "ended";
    const change = { state, act, reason } as const;
    const { permission } = await this.#services.permissions.revise(held, change, { text: null, ...noProof });
    return { id: permission.id, revision: permission.revision };
  }

  async #erase(order: OrderOf<"permissions erase">): Promise<PermissionReports["permissions erase"]> {
    const held = await this.#held(order.permission);
    await this.#services.permissions.erase(held, order.officer, order.why);
    return { id: held.permission.id, revision: held.permission.revision };
  }

  async #list(order: OrderOf<"permissions list">): Promise<PermissionReports["permissions list"]> {
    const { permissions, trust } = this.#services;
    const provider = parseClientId(order.provider);
    const { before, consumer, person, state } = order;
    const value = person === null ? undefined : trust().vocabulary.normalise(person.scheme, person.value);
    if (person !== null && value === undefined)
      throw new SealwayError("subject_malformed", "it is no identifier of its scheme");
    const sought =
      person === null || value === undefined
        ? {}
        : { person: await permissions.tagOf(memberOf(provider), { scheme: person.scheme, value }) };
    const found = await permissions.store.list({
      ...{ provider, limit: pageLength + 1, ...sought },
      ...(consumer !== null && { consumer }),
      ...(state !== null && { state }),
      ...(before !== null && { before }),
    });
    const page = found
      .slice(0, pageLength)
      .map(({ document }) => permissions.current(readPermission(document)));
    return { permissions: (await Promise.all(page)).map(listedOf), more: found.length > pageLength };
  }

  async #show({ permission }: OrderOf<"permissions show">): Promise<PermissionReports["permissions show"]> {
    const { permission: newest, revisions } = await this.#held(permission);
    const { used, words } = await toldToPerson(this.#services, newest);
    const { lines } = permissionText("give", newest, newest.revision + 1, words);
    return { revisions, text: lines.en, used };
  }

  async #export(order: OrderOf<"permissions export">): Promise<PermissionReports["permissions export"]> {
    const { clock, trust } = this.#services;
    const { permission, revisions, signed } = await this.#held(order.permission);
    const record = exportDpv(revisions, permissionWords(trust(), permission), clock.now());
    return { record, statement: signed.toString("latin1") };
  }

  /** What is done where calls do not come any more would count for none of them. */
  #checkServed(discloser: ClientId): void {
    const { self, trust } = this.#services;
    const server = trust().directory.serverOf(discloser)?.id;
    if (server !== self)
      throw new SealwayError("client_not_served", `${discloser} is at ${server ?? "no server"}: do it there`);
  }

  /** Of the members that are served here, or were, there are no others in the store. */
  async #held(id: string): Promise<HeldPermission> {
    const held = await this.#services.permissions.held(id);
    if (held === undefined) throw new SealwayError("not_found", "there is no such permission");
    return held;
  }
}

function listedOf(permission: Permission): ListedPermission {
  const { id, revision, kind, consumer, service, purpose, state, validity } = permission;
  return { id, revision, kind, consumer, service: unsafeId(service), purpose: purpose.id, state, validity };
}
