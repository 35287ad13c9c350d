import { type Flag, readArguments } from "./arguments.ts";
import { jsonFlag } from "./json-flag.ts";
import { askAndTell, managementFlags, managementPlace } from "./management-flags.ts";
import { printedUsers, type ShownUser } from "./users-lines.ts";

export const summary = "Lists the users of a security server";

export const description = "Those of the members whose administrator or security officer asks.";

export const flags = [...managementFlags, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  return askAndTell(
    managementPlace(given),
    { method: "GET", path: "/users" },
    ({ users }: { readonly users: readonly ShownUser[] }) => printedUsers(users, given),
  );
}
