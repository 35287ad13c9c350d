import type { LogReader } from "../message-store.ts";
import type { HourStatement } from "./hour-statement.ts";
import { type PairHour, pairHourName } from "./pair-hour.ts";

/** Statements are made within minutes: one that was made stands among the newest. */
const looked = 5_000;

/**
 * This side's statement of an hour, when the log has one: another node of the same log may have made it.
 * @returns the compact JWS, as this log's own servers wrote it
 */
export async function findStatement(log: LogReader, hour: PairHour): Promise<Uint8Array | undefined> {
  const name = pairHourName(hour);
  const documents = await log.documentsOf("statement", looked);
  return documents.find(({ bytes }) => {
    const payload = Buffer.from(bytes.toString("latin1").split(".")[1] ?? "", "base64url");
    return pairHourName(JSON.parse(payload.toString("utf8")) as HourStatement) === name;
  })?.bytes;
}
