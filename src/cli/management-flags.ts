import {
  askManagement,
  type ManagementAnswer,
  type ManagementCall,
  type ManagementPlace,
} from "../assembly/ask-management.ts";
import type { Flag, FlagValues } from "./arguments.ts";
import { exitCodes } from "./command.ts";

const placeFlags = [
  {
    kind: "required",
    name: "url",
    value: "URL",
    env: "SEALWAY_MANAGEMENT",
    description: "The management server: its `management.publicUrl`.",
  },
  {
    kind: "text",
    name: "tls-certificate",
    value: "FILE",
    env: "SEALWAY_MANAGEMENT_CERTIFICATE",
    description: "The certificate that it shows, PEM, where no known authority vouches for it.",
  },
] as const satisfies readonly Flag[];

/** Where a management server is, and who asks it. */
export const managementFlags = [
  ...placeFlags,
  {
    kind: "required",
    name: "api-key-file",
    value: "FILE",
    env: "SEALWAY_API_KEY_FILE",
    description: "Holds an API key in its first line; its owner alone may read it.",
  },
] as const satisfies readonly Flag[];

/** The same for what needs no key yet. */
export const firstFlags = placeFlags;

export function managementPlace(
  given: FlagValues<typeof placeFlags> & Partial<FlagValues<typeof managementFlags>>,
): ManagementPlace {
  const { url, "tls-certificate": certificateFile, "api-key-file": keyFile } = given;
  return {
    url,
    ...(keyFile !== undefined && { keyFile }),
    ...(certificateFile !== undefined && { certificateFile }),
  };
}

/**
 * Asks, and prints what was done.
 * @param print of the answer's body, for people or as JSON
 * @returns the exit code
 */
export async function askAndTell(
  place: ManagementPlace,
  call: ManagementCall,
  print: (body: never) => string,
): Promise<number> {
  const answer = await askManagement(place, call);
  if (answer.kind === "refused") return tellRefused(answer);
  process.stdout.write(print(answer.body as never));
  return exitCodes.ok;
}

export function tellRefused({ problem }: Extract<ManagementAnswer, { kind: "refused" }>): number {
  process.stderr.write(`${problem.code}: ${problem.detail}\n${problem.remedy}\n`);
  return exitCodes.failed;
}
