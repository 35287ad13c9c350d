import { parseServiceAct } from "../catalogue/acts/service-act.ts";
import { SealwayError } from "../core/errors.ts";
import type { ServiceId } from "../core/ids.ts";
import { parseSignedAct, signAct } from "../message/service-act-record.ts";
import type { Signer } from "../pki/signer.ts";
import { orderService } from "./order-service.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { ServiceReports } from "./service-orders.ts";

/** What two officers of a server allow: that a version's answers are only observed for a while. */
export interface Observation {
  readonly service: ServiceId;
  readonly version: string;
  readonly reason: string;
  /** Milliseconds. */
  readonly until: number;
}

type Server = Pick<ServerConfiguration, "stateDirectory">;

/** The first officer's signature. @param time milliseconds @returns the record, for the second one */
export async function beginObservation(
  server: Server,
  officer: Signer,
  { service, version, reason, until }: Observation,
  time: number,
): Promise<Buffer> {
  const head = await orderService(server, { order: "service head", service, version });
  const payload = { ...head, time, service, version, reason, until };
  parseServiceAct("observe", payload);
  return signAct(officer, "observe", payload);
}

/** What the first officer signed; anybody may have written it. @throws SealwayError `malformed_statement`, `bad_request` */
export function parseObservation(record: Buffer): Observation {
  const { payload, word } = parseSignedAct(record);
  const act = parseServiceAct("observe", payload);
  if (word !== "observe" || act.word !== "observe")
    throw new SealwayError("bad_request", "it is no record of an officer who lets a version be observed");
  return act;
}

/** The second officer signs the same; then the running server does, and submits it. */
export async function confirmObservation(
  server: Server,
  officer: Signer,
  record: Buffer,
  submitted: { readonly authority?: string; readonly dryRun: boolean },
): Promise<ServiceReports["service observe"]> {
  const { payload } = parseSignedAct(record);
  const signed = Buffer.concat([record, await signAct(officer, "observe", payload)]).toString("latin1");
  return orderService(server, { order: "service observe", signed, ...submitted });
}
