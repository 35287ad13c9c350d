import { readFile } from "node:fs/promises";
import type { KeyDesk } from "../../admin/key-desk.ts";
import { SealwayError } from "../../core/errors.ts";
import { slotOf } from "../keys/keys-in-use.ts";
import { keyNamed } from "../keys/make-key.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
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
      const { files, of, use } = await keyNamed(configuration, name);
      if (slotOf(use === "seal" ? of : undefined) !== slot)
        throw new SealwayError("nothing_here", `the key ${name} is none of ${slot}`);
      return readFile(files.request, "utf8");
    },
  };
}
