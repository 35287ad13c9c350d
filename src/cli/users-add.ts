import { type Flag, readArguments } from "./arguments.ts";
import { jsonFlag } from "./json-flag.ts";
import { askAndTell, managementFlags, managementPlace } from "./management-flags.ts";
import { readStandardInput } from "./standard-input.ts";
import { printedUsers, type ShownUser } from "./users-lines.ts";

export const summary = "Makes a user of a security server";

export const description =
  "A user has no role at first: `users give` gives one. Users sign in at the identity provider, as the person whom " +
  "--signs-in reads from standard input, or by API keys (`users key`).";

export const flags = [
  ...managementFlags,
  { kind: "required", name: "name", value: "NAME", description: "A working name; no personal code." },
  {
    kind: "text",
    name: "of",
    value: "MEMBER",
    default: "*",
    description: "The member whose user it is, INSTANCE/CLASS/MEMBER; * for the server itself.",
  },
  {
    kind: "switch",
    name: "signs-in",
    description: "Reads from standard input as whom the identity provider knows the person.",
  },
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const { name, of: place } = given;
  const subject = given["signs-in"] ? await readStandardInput("identifier") : undefined;
  const body = { name, place, ...(subject !== undefined && { subject }) };
  return askAndTell(managementPlace(given), { method: "POST", path: "/users", body }, (user: ShownUser) =>
    printedUsers([user], given),
  );
}
