import type { ObservationDesk } from "../../admin/observation-desk.ts";
import type { Clock } from "../../core/clock.ts";
import { parseServiceId } from "../../core/ids.ts";
import { beginObservation, confirmObservation, parseObservation } from "../observe-service.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { toldAct } from "./gateway-desk.ts";
import { officerSigner } from "./officer-signer.ts";

/** Observations by the keys of officers, which lie beside the configuration and are opened for one signature. */
export function observationDesk(configuration: ServerConfiguration, clock: Clock): ObservationDesk {
  return {
    begin: async (officer, { service, ...terms }) => {
      const signer = await officerSigner(configuration, officer);
      const observation = { ...terms, service: parseServiceId(service) };
      const record = await beginObservation(configuration, signer, observation, clock.now());
      return record.toString("latin1").trimEnd();
    },
    read: (record) => parseObservation(lineOf(record)),
    confirm: async (officer, record) => {
      const signer = await officerSigner(configuration, officer);
      return toldAct(await confirmObservation(configuration, signer, lineOf(record), { dryRun: false }));
    },
  };
}

/** Records are lines. */
function lineOf(record: string): Buffer {
  return Buffer.from(`${record}\n`, "latin1");
}
