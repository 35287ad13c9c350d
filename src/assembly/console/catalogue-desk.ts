import type { AdminServices } from "../../admin/admin-services.ts";
import type { CatalogueAccess } from "../../admin/catalogue-access.ts";
import type { Json } from "../../core/canonical-json.ts";
import { orderService } from "../order-service.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { orderCatalogue } from "./catalogue-orders.ts";

/** The catalogue that the running server has in use, by its order socket. */
export function catalogueDesk(configuration: ServerConfiguration): CatalogueAccess {
  return {
    page: (members, path, query) =>
      orderCatalogue(configuration, { order: "catalogue page", members, path, query }),
    history: (service) => orderService(configuration, { order: "service history", service }),
    decide: async (question) => {
      const told = await orderCatalogue(configuration, { order: "catalogue decision", ...question });
      return told as unknown as Json;
    },
    checkForm: (form) => orderCatalogue(configuration, { order: "catalogue form-check", ...form }),
  };
}

/** The information systems that ask through this server, and where. */
export function askingSide({
  clients,
  consumerInterface: { host, httpPort, httpsPort },
}: ServerConfiguration): Pick<AdminServices, "callAddress" | "clients"> {
  const [scheme, port] = httpPort ? ["http", httpPort] : ["https", httpsPort];
  const isAny = host === "0.0.0.0" || host === "::";
  const name = isAny ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return {
    clients: clients.map(({ id, authentication }) => ({ id, authentication })),
    callAddress: port ? `${scheme}://${name}:${port}` : null,
  };
}
