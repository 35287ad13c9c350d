import { loadOfficer, type OfficerFiles } from "../assembly/load-officer.ts";
import { decideRegistrationRequest, showRegistrationRequest } from "../assembly/registration.ts";
import { systemClock } from "../core/clock.ts";
import { decidedOn, requestLines, tellRefusal, tellRequest } from "./registration-lines.ts";

/** What an officer says of a request. */
type Said =
  | { readonly decision: "approve" | "withdraw" }
  | { readonly decision: "decline"; readonly reason: string };

/** Has an officer decide on what is printed. @returns the exit code */
export async function decideOnRequest(
  id: string,
  said: Said,
  officer: OfficerFiles,
  authority: string,
): Promise<number> {
  const shown = await showRegistrationRequest([authority], id);
  if (shown.kind === "refused") return tellRefusal(shown);
  process.stdout.write(`${requestLines(shown.taken)}\n`);
  const signer = await loadOfficer(officer);
  const decision = { ...decidedOn(shown.taken), time: systemClock.now(), ...said };
  return tellRequest(await decideRegistrationRequest([authority], signer, decision));
}
