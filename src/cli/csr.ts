import { keyNamed, makeRequest, organizationOf } from "../assembly/keys/make-key.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { certifiedFlags, keyOperand, keyPlaceFlags, openBench, readCertified } from "./key-bench.ts";

export const summary = "Writes the request for a key's certificate anew";

export const description =
  "`keys generate` has written one already: this is for other names, or for a certificate after it of the same key. It " +
  "lies in the key's folder, too.";

export const flags = [...keyPlaceFlags, ...certifiedFlags] as const satisfies readonly Flag[];

export const operands = keyOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const facts = readCertified(given);
  const bench = await openBench(given);
  const key = await keyNamed(bench, named[0]!);
  const organization = given.organization ?? organizationOf(bench.index, key.of);
  if (organization === undefined)
    throw new UsageError(
      "--organization NAME is required",
      "No registered name of the member is known here.",
    );
  await makeRequest(bench, key, { ...facts, organization, server: bench.server });
  process.stdout.write(`${key.files.request}\n`);
  return exitCodes.ok;
}
