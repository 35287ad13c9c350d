import { type Flag, readArguments } from "./arguments.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { askAndTell, managementFlags, managementPlace } from "./management-flags.ts";
import { userOperand } from "./users-change.ts";

export const summary = "Makes an API key of a user, and prints its secret once";

export const description =
  "Whoever signs in at the identity provider makes their own keys: give the user `me`. The secret is printed alone, so " +
  "that it can be written to a file: `umask 077; sealway users key … > key`.";

export const flags = [
  ...managementFlags,
  { kind: "required", name: "name", value: "NAME", description: "What the key is for." },
  {
    kind: "number",
    name: "days",
    value: "DAYS",
    default: 90,
    least: 1,
    most: 366,
    description: "After so many days it ends.",
  },
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands = {
  ...userOperand,
  description: "The user's id, as `users list` shows it, or me.",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { name, days } = given;
  const path = `${pathOfUser(named[0]!)}/keys`;
  return askAndTell(
    managementPlace(given),
    { method: "POST", path, body: { name, days } },
    (made: { readonly id: string; readonly secret: string }) =>
      given.json ? toJson(made) : `${made.secret}\n`,
  );
}

/** Below `/api/v1`. @param user an id, or `me` for who asks */
export function pathOfUser(user: string): string {
  return user === "me" ? "/me" : `/users/${encodeURIComponent(user)}`;
}
