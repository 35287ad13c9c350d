import { SealwayError } from "../../core/errors.ts";
import type { Connection } from "./database.ts";

interface Settings {
  readonly synchronous_commit: string;
  readonly standbys: string;
  readonly fsync: string;
  readonly encoding: string;
  readonly standby: boolean;
  readonly read_only: string;
}

/** What makes a database unfit for the log, and what to say of it. */
const faults: readonly (readonly [(settings: Settings) => boolean, string])[] = [
  [({ fsync }) => fsync !== "on", "fsync is off: a commit would not reach the disk"],
  [({ synchronous_commit }) => synchronous_commit === "off", "synchronous_commit is off"],
  [
    ({ synchronous_commit, standbys }) =>
      standbys !== "" && (synchronous_commit === "local" || synchronous_commit === "remote_write"),
    "synchronous_commit does not wait until the synchronous standby has the commit on disk",
  ],
  [({ encoding }) => encoding !== "UTF8", "the database's encoding is not UTF8"],
  [({ standby }) => standby, "the database is a standby"],
  [({ read_only }) => read_only !== "off", "the database is read-only"],
];

/**
 * A record that was acknowledged must outlive the loss of power. What was found is fixed for this session, so that a
 * change of the server's configuration cannot weaken it.
 * @throws SealwayError `log_unavailable` naming the setting
 */
export async function checkDurability(connection: Connection): Promise<void> {
  const [settings] = await connection.query<Settings>(
    `SELECT current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('synchronous_standby_names') AS standbys, current_setting('fsync') AS fsync,
       current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
       current_setting('transaction_read_only') AS read_only`,
  );
  const fault = faults.find(([isFault]) => isFault(settings!));
  if (fault !== undefined) throw new SealwayError("log_unavailable", fault[1]);
  await connection.query("SELECT set_config('synchronous_commit', $1, false)", [
    settings!.synchronous_commit,
  ]);
}
