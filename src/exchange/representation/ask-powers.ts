import { Readable } from "node:stream";
import { SealwayError } from "../../core/errors.ts";
import { encodePart } from "../../core/ids.ts";
import { type Power, parsePowers } from "../../policy/representation/power.ts";
import { consume } from "../consume.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { bytesOf } from "../json-body.ts";
import type { AskedPower, FetchedPowers } from "./power-desk.ts";
import type { PowerSource } from "./representation-settings.ts";

/** The longest answer that is read, and remembered: what somebody may do for one other fits. */
const mostBytes = 16_384;

/**
 * Fetches powers from their authentic source by an ordinary exchange: signed, recorded, minimised and verified like any.
 * @throws SealwayError `representation_unknown` whatever it is by which there is no answer that can be read
 */
export async function askPowers(services: GatewayServices, asked: AskedPower): Promise<FetchedPowers> {
  const { client, source, representative, represented } = asked;
  const purpose = source.purpose === undefined ? [] : ["Sealway-Purpose", source.purpose];
  const reply = await consume(services, {
    method: "GET",
    target: `/r1/${source.service}/${encodePart(representative.value)}/${encodePart(represented.value)}`,
    rawHeaders: ["X-Road-Client", client, "Sealway-Decision-Use", "automated", ...purpose],
    body: Readable.from([]),
    connection: { kind: "gateway" },
    proceed: () => {},
  });
  if (reply.kind === "problem")
    throw unknown(source, reply.error?.code ?? reply.problem.code, reply.error ?? undefined);
  const { body, exchangeId, status } = reply;
  try {
    if (status !== 200 || body === null || body.length > mostBytes)
      throw unknown(source, `it answered ${status}`);
    const answer = await bytesOf(body);
    return { powers: normalised(services, source, parsePowers(answer)), exchange: exchangeId, answer };
  } finally {
    body?.discard();
  }
}

/** As the vocabulary spells them; what is no identifier of the scheme names nobody. */
function normalised({ trust }: GatewayServices, source: PowerSource, powers: readonly Power[]): Power[] {
  const { vocabulary } = trust();
  return powers.flatMap((power) => {
    const represented = vocabulary.normalise(source.represented, power.represented);
    return represented === undefined ? [] : [{ ...power, represented }];
  });
}

function unknown({ service }: PowerSource, why: string, cause?: unknown): SealwayError {
  return new SealwayError("representation_unknown", `${service} could not be asked: ${why}`, { cause });
}
