import { text as readAll } from "node:stream/consumers";
import { UsageError } from "./arguments.ts";

/**
 * What a person wrote, or who that is: no argument, since those stand in the list of processes and in the shell's history.
 * @param what is read
 * @throws UsageError when there is nothing
 */
export async function readStandardInput(what: "text" | "identifier" | "code"): Promise<string> {
  const given = (await readAll(process.stdin)).trim();
  if (given === "") throw new UsageError(`standard input has no ${what}`);
  return given;
}
