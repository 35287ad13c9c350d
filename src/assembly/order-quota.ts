import { SealwayError } from "../core/errors.ts";
import { parseSignedAct, signAct } from "../message/service-act-record.ts";
import type { StatementPayload } from "../message/signed-statement.ts";
import { parseQuotaRaise, type QuotaRaise } from "../policy/quota-raise.ts";
import { loadOfficer, type OfficerFiles } from "./load-officer.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** The word in the type of what officers sign to raise a quota. */
export const raiseWord = "raise";
/** The order to the running server. */
export const raiseOrder = "quota raise";

/** What the first officer states; the rest is the server's and the clock's. */
export type StatedRaise = Omit<QuotaRaise, "instance" | "server">;

/**
 * Makes the statement of the first officer.
 * @throws SealwayError `malformed_statement` for one that cannot be taken; `signer_unavailable`
 */
export async function signQuotaRaise(
  { server }: Pick<ServerConfiguration, "server">,
  officer: OfficerFiles,
  stated: StatedRaise,
): Promise<Buffer> {
  const payload = { ...stated, server, instance: server.split("/")[0]! } satisfies StatementPayload;
  parseQuotaRaise(payload);
  return signAct(await loadOfficer(officer), raiseWord, payload);
}

/** What a record states; to be shown to who is asked to sign it. @throws SealwayError */
export function readQuotaRaise(record: Buffer): QuotaRaise {
  const { word, payload } = parseSignedAct(record);
  if (word !== raiseWord) throw new SealwayError("malformed_statement", "it raises no quota");
  return parseQuotaRaise(payload);
}

/**
 * Adds the second officer's signature and has the record taken by the running server.
 * @throws SealwayError as the server said it; `log_unavailable` when none is running
 */
export async function confirmQuotaRaise(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  officer: OfficerFiles,
  record: Buffer,
): Promise<void> {
  const { payload } = parseSignedAct(record);
  const second = await signAct(await loadOfficer(officer), raiseWord, payload);
  const signed = Buffer.concat([record, second]).toString("latin1");
  const answered = await giveOrder(stateDirectory, { order: raiseOrder, signed });
  if (answered === undefined)
    throw new SealwayError(
      "log_unavailable",
      "the security server is not running: start it, it keeps the raise",
    );
}
