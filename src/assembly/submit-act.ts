import type { ToldFinding } from "../catalogue/told-finding.ts";
import { parseSignedAct } from "../message/service-act-record.ts";
import { type Answered, askAuthority, isPlainText } from "./ask-authority.ts";

/** What the authority said. */
export type ActAnswer =
  | {
      readonly kind: "taken";
      /** SHA-256 (base64url) of the act. */
      readonly act: string;
      /** Version of the configuration that has it; null while the authority cannot publish it. */
      readonly configuration: number | null;
      readonly findings: readonly ToldFinding[];
    }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly detail: string;
      readonly remedy: string;
      readonly findings: readonly ToldFinding[];
    };

export interface ActToSubmit {
  readonly signed: Buffer;
  readonly description: Buffer | undefined;
  readonly mode: "for good" | "dry run";
}

/**
 * Submits an act to the governing authority.
 * @param places base URLs, tried in turn: a mirror only serves files and says that there is no such path
 * @throws SealwayError `authority_unreachable`
 */
export async function submitAct(places: readonly string[], act: ActToSubmit): Promise<ActAnswer> {
  const body = JSON.stringify({
    act: act.signed.toString("latin1"),
    ...(act.description && { description: act.description.toString("base64") }),
  });
  const digest = parseSignedAct(act.signed).sha256;
  const path = `/services/acts${act.mode === "dry run" ? "?dryRun=1" : ""}`;
  return askAuthority(places, { method: "POST", path, body }, (status, answer) =>
    readAnswer(status, answer, digest),
  );
}

const texts = { code: isPlainText, detail: isPlainText, remedy: isPlainText } as const;
const finding = { ...texts, severity: isPlainText, place: isPlainText, title: isPlainText } as const;

/** A mirror may say anything: only what an authority could say of this act is taken for an answer. */
function readAnswer(status: number, answer: Answered, act: string): ActAnswer | undefined {
  const findings = answer?.findings;
  if (!Array.isArray(findings) || !findings.every((one) => hasMembers(one, finding))) return undefined;
  if (status < 300) {
    const { configuration } = answer!;
    const isVersion = configuration === null || Number.isSafeInteger(configuration);
    if (answer!.act !== act || !isVersion) return undefined;
    return { kind: "taken", act, configuration: configuration as number | null, findings };
  }
  return hasMembers(answer, texts) ? ({ kind: "refused", ...answer } as ActAnswer) : undefined;
}

function hasMembers(value: unknown, members: Readonly<Record<string, (value: unknown) => boolean>>): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(members).every(([name, check]) => check((value as Answered)?.[name]));
}
