import { readFile } from "node:fs/promises";
import type { KeyDesk } from "../../admin/key-desk.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { heldKey } from "./held-key.ts";
import type { KeyWorkOrder, KeyWorkReports } from "./key-work-orders.ts";
import { orderServer } from "./order-server.ts";

/** The keys of the running server, by its order socket. */
export function keyDesk(configuration: ServerConfiguration): KeyDesk {
  const order = <Order extends KeyWorkOrder>(one: Order) =>
    orderServer<KeyWorkReports[Order["order"]]>(configuration.stateDirectory, one);
  return {
    make: (slot, algorithm, facts) => order({ order: "key make", slot, algorithm, facts }),
    request: ({ slot, name }, facts) => order({ order: "key request", slot, name, facts }),
    importCertificate: ({ slot, name }, certificate) =>
      order({ order: "key import", slot, name, certificate }),
    enrol: (slot, name) => order({ order: "key enrol", slot, ...(name !== undefined && { name }) }),
    register: ({ slot, name }) => order({ order: "key register", slot, name }),
    compromised: (fingerprint, from) => order({ order: "key compromised", fingerprint, from }),
    // What is public of a key lies beside it.
    requestOf: async ({ slot, name }) => {
      const key = await heldKey(configuration, slot, name);
      const request = key && (await readFile(key.files.request, "utf8").catch(() => undefined));
      if (request === undefined) throw new SealwayError("nothing_here", `no request for ${name} of ${slot}`);
      return request;
    },
  };
}
