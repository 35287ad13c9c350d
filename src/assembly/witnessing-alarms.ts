import type { Alarm } from "../http/health-interface.ts";
import type { WitnessingHealth } from "./witnessing.ts";

/** A batch that nobody has cosigned for so long is an alarm, milliseconds. */
const longestWait = 60 * 60_000;

/** What an operator should know of the witnesses of the log. */
export function witnessingAlarms(health: WitnessingHealth): Alarm[] {
  return [
    ...registrationAlarms(health),
    ...waitingAlarms(health),
    ...contradictionAlarms(health),
    ...health.sealAlarms,
  ];
}

function registrationAlarms({ registered, publicKey }: WitnessingHealth): Alarm[] {
  if (registered) return [];
  const detail = `the log has no witnesses: its key ${publicKey} is not in the global configuration`;
  const remedy = "Have the governing authority add the key to logKeys of this server in its registry.";
  return [{ code: "log_key_unregistered", severity: "warning", detail, remedy }];
}

function waitingAlarms({ waitingMs, registered, failures }: WitnessingHealth): Alarm[] {
  if (!registered || waitingMs < longestWait) return [];
  const reasons = [...failures].map(([witness, { reason }]) => `${witness}: ${reason}`).join("; ");
  const detail = `no witness has cosigned the log for ${Math.round(waitingMs / 60_000)} minutes: ${reasons}`;
  const remedy =
    "Restore the connection to the governing authority and to the peers that witness this server.";
  return [{ code: "log_not_witnessed", severity: "warning", detail, remedy }];
}

function contradictionAlarms({ failures }: WitnessingHealth): Alarm[] {
  return [...failures].flatMap(([witness, { outcome, reason }]): Alarm[] => {
    if (outcome !== "contradicted") return [];
    const detail = `${witness} refuses to cosign: ${reason}`;
    const remedy =
      "Run `sealway log check`: the log was changed or rolled back, or somebody else signs with its key.";
    return [{ code: "log_contradicted", severity: "critical", about: witness, detail, remedy }];
  });
}
