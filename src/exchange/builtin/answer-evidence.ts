import { asBuffer } from "../../core/bytes.ts";
import { type ClientId, memberOf } from "../../core/ids.ts";
import { keepAccess } from "../../messagelog/access-record.ts";
import { type ExchangePart, ownSubsystem, peerSubsystem } from "../../messagelog/desk/find-parts.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { DenialError } from "../problem.ts";
import { required } from "../required.ts";
import type { ServiceAnswer } from "../service-client.ts";
import { type BuiltInAnswer, type BuiltInCall, bytesAnswer, jsonAnswer } from "./built-in-client.ts";

/** How soon evidence that waits for its time-stamp is worth asking for again, seconds. */
const pendingFor = "30";

/**
 * `sealway.evidence`: this side's package of an exchange, for a subsystem of the member on the other side. Heads are
 * left out: whoever took part holds both in its own log, and their digests are signed.
 */
export function answerEvidence(services: () => GatewayServices): BuiltInAnswer {
  return async (call) => {
    const { evidence } = services();
    const exchangeId = exchangeIdIn(call);
    const part = partBetween(await evidence.parts(exchangeId), call);
    const { client, role } = part;
    const packed = await evidence.pack([
      { exchangeId, disclosure: { role, client, heads: { openings: [] } } },
    ]);
    if (packed.outcome !== "packed") return pending();
    await record(services(), call, exchangeId);
    return bytesAnswer("application/zip", asBuffer(packed.bytes));
  };
}

/** `sealway.status`: what became of an exchange, for a subsystem of the member that began it. */
export function answerStatus(services: () => GatewayServices): BuiltInAnswer {
  return async (call) => {
    const exchange = exchangeIdIn(call);
    const parts = await services().evidence.parts(exchange);
    const { state, code } = partBetween(
      parts.filter(({ role }) => role === "provider"),
      call,
    );
    return jsonAnswer(200, { exchange, state, code });
  };
}

function exchangeIdIn({ path }: BuiltInCall): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * The exchange between the member asked and the member that asks. One that is not there and one of others are refused
 * alike: nobody learns who asked whom.
 */
function partBetween(parts: readonly ExchangePart[], { client, subsystem }: BuiltInCall): ExchangePart {
  const isOf = (one: ClientId, other: ClientId) => memberOf(one) === memberOf(other);
  const found = parts.find(
    (part) => isOf(ownSubsystem(part), subsystem) && isOf(peerSubsystem(part), client),
  );
  if (found !== undefined) return found;
  throw new DenialError(
    "access_denied",
    "builtin.party",
    "no exchange of this id was between the member that asks and the member asked",
  );
}

async function record(
  { clock, log, seals, trust }: GatewayServices,
  { client, subsystem }: BuiltInCall,
  exchangeId: string,
): Promise<void> {
  const seal = required(seals.get(memberOf(subsystem)));
  await keepAccess(log, seal.signer, {
    instance: trust().configuration.parameters.instance,
    time: clock.now(),
    who: client,
    why: "evidence for the other side of the exchange",
    what: [exchangeId],
  });
}

function pending(): ServiceAnswer {
  const answer = jsonAnswer(503, { code: "evidence_pending" });
  return { ...answer, headers: [...answer.headers, ["Retry-After", pendingFor]] };
}
