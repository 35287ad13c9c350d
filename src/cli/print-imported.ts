import type { Imported } from "../assembly/keys/import-certificate.ts";
import { exitCodes } from "./command.ts";

/** Says what came of an import. @returns the exit code */
export function printImported(done: Imported): number {
  if (done.kind === "imported") {
    const until = new Date(done.certificate.notAfter).toISOString();
    process.stdout.write(`${done.key.name}: certificate until ${until}\n`);
    return exitCodes.ok;
  }
  for (const { code, detail, remedy } of done.findings)
    process.stdout.write(`refused (${code}): ${detail}\n  ${remedy}\n`);
  return exitCodes.failed;
}
