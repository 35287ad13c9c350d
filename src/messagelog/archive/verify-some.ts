import { readFileSync } from "node:fs";
import { type PackageVerdict, type VerifyOptions, verifyPackage } from "../evidence/verify-package.ts";

/** The verdicts of some packages, in their order; fewer than those when one cannot be read. */
export interface PackageAnswers {
  readonly verdicts: readonly PackageVerdict[];
  readonly failure?: Error;
}

/** Verifies packages one after another. */
export async function verifySome(paths: readonly string[], options: VerifyOptions): Promise<PackageAnswers> {
  const verdicts: PackageVerdict[] = [];
  try {
    // Reading at once costs a fraction of reading beside, and nothing else is to be done here.
    for (const path of paths) verdicts.push(await verifyPackage(readFileSync(path), options));
  } catch (failure) {
    if (!(failure instanceof Error)) throw failure;
    return { verdicts, failure };
  }
  return { verdicts };
}
