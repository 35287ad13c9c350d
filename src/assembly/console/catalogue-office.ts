import { CatalogueDesk } from "../../catalogue/catalogue-desk.ts";
import type { Viewer } from "../../catalogue/visibility.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import { shownCatalogue } from "../../exchange/catalogue/catalogue-face.ts";
import { CollectionDesk } from "../../exchange/catalogue/collected.ts";
import { dryRun } from "../../exchange/dry-run.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import type { CatalogueOrder, CatalogueReports } from "./catalogue-orders.ts";

type OrderOf<Name extends CatalogueOrder["order"]> = Extract<CatalogueOrder, { order: Name }>;
type Desks = {
  readonly [Name in CatalogueOrder["order"]]: (order: OrderOf<Name>) => Promise<CatalogueReports[Name]>;
};

/** Answers what the console asks of the catalogue. Who asked, and whether they may, the console has looked at. */
export class CatalogueOffice {
  readonly #services: GatewayServices;
  readonly #pages = new CatalogueDesk();
  readonly #collection: CollectionDesk;
  readonly #desks: Desks = {
    "catalogue page": (order) => this.#page(order),
    "catalogue decision": (order) => this.#decide(order),
    "catalogue form-check": (order) => this.#checkForm(order),
  };

  constructor(services: GatewayServices) {
    this.#services = services;
    this.#collection = new CollectionDesk(services);
  }

  /** @throws SealwayError why it is not answered */
  execute(order: CatalogueOrder): Promise<CatalogueReports[CatalogueOrder["order"]]> {
    return (this.#desks[order.order] as (order: CatalogueOrder) => Promise<never>)(order);
  }

  async #page({ members, path, query }: OrderOf<"catalogue page">): Promise<Json> {
    const viewer = viewerFor(this.#services, members);
    const { value } = await this.#pages.answer(shownCatalogue(this.#services), viewer, { path, query });
    return value;
  }

  #decide({ client, order: _, ...question }: OrderOf<"catalogue decision">) {
    const credentials = ["X-Road-Client", client];
    return dryRun(this.#services, question, { connection: { kind: "gateway" }, credentials });
  }

  async #checkForm({ client, contentType, form, name }: OrderOf<"catalogue form-check">): Promise<Json> {
    const seal = this.#services.seals.get(memberOf(client));
    if (seal === undefined || !this.#services.clients.has(client))
      throw new SealwayError("client_not_served", `${client} is not served here`);
    const handedIn = { name, contentType, bytes: Buffer.from(form, "utf8") };
    const verdict = await this.#collection.checkForm({ client, seal }, handedIn);
    return JSON.parse(verdict.toString("utf8")) as Json;
  }
}

function viewerFor(
  { agreements, clock }: Pick<GatewayServices, "agreements" | "clock">,
  members: readonly MemberId[],
): Viewer {
  const now = clock.now();
  const own = new Set(members);
  const services = new Set(
    [...agreements.all()]
      .filter(({ consumer, validity }) => own.has(memberOf(consumer)) && now < validity.to)
      .map(({ service }) => service),
  );
  return { kind: "members", members, isParty: (service) => services.has(service) };
}
