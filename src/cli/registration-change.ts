import { loadOfficer } from "../assembly/load-officer.ts";
import { makeRegistrationRequest, sendRegistrationRequest } from "../assembly/registration.ts";
import { systemClock } from "../core/clock.ts";
import { parseMemberId, parseServerId } from "../core/ids.ts";
import type { Change } from "../message/registration/registration-change.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";
import { anchorFlag, authorityFlag } from "./registration-flags.ts";
import { tellRequest } from "./registration-lines.ts";

/** Flags of what an officer, or an owner, asks for with one signature. */
export const changeFlags = [authorityFlag, anchorFlag, ...officerFlags] as const satisfies readonly Flag[];

/** Asks for changes with one signature. @returns the exit code */
export async function askForChanges(
  changes: readonly Change[],
  given: FlagValues<typeof changeFlags>,
): Promise<number> {
  const request = makeRegistrationRequest(await loadAnchor(given.anchor), changes, systemClock);
  const signer = await loadOfficer(officerFiles(given));
  return tellRequest(await sendRegistrationRequest([given.authority], request, [signer]));
}

const flags = [
  ...changeFlags,
  {
    kind: "required",
    name: "reason",
    value: "TEXT",
    description: "Why, for the other officers and the member to read; no names of persons.",
  },
] as const satisfies readonly Flag[];

const operands = {
  name: "ID",
  least: 1,
  most: 1,
  description: "A member, INSTANCE/CLASS/MEMBER, or a security server, INSTANCE/CLASS/MEMBER/CODE.",
} as const;

/** What a command does that suspends, resumes or removes a member or a server. */
export function changeOfStanding(
  word: "suspend" | "resume" | "remove",
): Required<Pick<Command, "flags" | "operands" | "run">> {
  const run = async (args: readonly string[]) => {
    const { flags: given, operands: named } = readArguments({ flags, operands }, args);
    return askForChanges([standingChange(word, named[0]!, given.reason)], given);
  };
  return { flags, operands, run };
}

function standingChange(word: "suspend" | "resume" | "remove", id: string, reason: string): Change {
  const parts = id.split("/").length;
  if (parts === 3) return { kind: `member-${word}`, member: parseMemberId(id), reason };
  if (parts !== 4) throw new UsageError(`${id} is no member and no server`, operands.description);
  const server = parseServerId(id);
  return word === "remove" ? { kind: "server-remove", server } : { kind: `server-${word}`, server, reason };
}
