import { loadOfficer } from "../assembly/load-officer.ts";
import { listRegistrationRequests } from "../assembly/registration.ts";
import { systemClock } from "../core/clock.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";
import { anchorFlag, authorityFlag } from "./registration-flags.ts";
import { requestLines, tellRefusal } from "./registration-lines.ts";

export const summary = "Lists the registration requests that wait for the governing authority's officers";

export const description =
  "An officer of the authority sees all requests. Whoever gives a member's seal instead of an officer's certificate sees " +
  "those that concern the member.";

export const flags = [
  authorityFlag,
  anchorFlag,
  ...officerFlags,
  { kind: "switch", name: "all", description: "Lists those, too, that are over." },
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const { instance } = await loadAnchor(given.anchor);
  const query = { instance, time: systemClock.now(), show: given.all ? "all" : "open" } as const;
  const signer = await loadOfficer(officerFiles(given));
  const answer = await listRegistrationRequests([given.authority], signer, query);
  if (answer.kind === "refused") return tellRefusal(answer);
  const { taken } = answer;
  process.stdout.write(given.json ? toJson(taken) : taken.map(requestLines).join("\n") || "none\n");
  return exitCodes.ok;
}
