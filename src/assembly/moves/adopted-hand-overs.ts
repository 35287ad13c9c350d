import type { ClientId, ServerId } from "../../core/ids.ts";
import {
  type HandOverPayload,
  parseHandOverStatement,
} from "../../message/registration/hand-over-statement.ts";
import type { LogDesk } from "../../messagelog/desk/log-desk.ts";

export interface AdoptedHandOver {
  /** Of the statement, base64url. */
  readonly sha256: string;
  readonly payload: HandOverPayload;
}

/**
 * The hand-overs of a subsystem that a server has adopted, oldest first: both servers' logs keep the statements.
 * @throws SealwayError `log_unavailable`
 */
export async function adoptedHandOvers(
  desk: LogDesk,
  self: ServerId,
  subsystem: ClientId,
): Promise<readonly AdoptedHandOver[]> {
  const documents = await desk.ask("documents", { kind: "hand-over" });
  return documents
    .map(({ bytes, sha256 }) => {
      return { sha256, payload: parseHandOverStatement(Buffer.from(bytes).toString("latin1")).payload };
    })
    .filter(({ payload }) => payload.to === self && payload.subsystem === subsystem);
}

/** Servers of which a server took uses with what it adopted. */
export function originsTaken(
  adopted: readonly Pick<AdoptedHandOver, "payload">[],
  self: ServerId,
): readonly ServerId[] {
  const origins = adopted.flatMap(({ payload: { from, origins = [from] } }) => origins);
  return [...new Set(origins)].filter((one) => one !== self);
}
