import { type Flag, readArguments } from "./arguments.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { askAndTell, firstFlags, managementPlace } from "./management-flags.ts";
import { readStandardInput } from "./standard-input.ts";

export const summary = "Makes the first administrator of a security server, and prints an API key once";

export const description =
  "Standard input has the code that `sealway console` printed at its start. The key is good for a week: make another one " +
  "by `users key me`, or other administrators.";

export const flags = [
  ...firstFlags,
  { kind: "required", name: "name", value: "NAME", description: "A working name; no personal code." },
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const body = { code: await readStandardInput("code"), name: given.name };
  return askAndTell(
    managementPlace(given),
    { method: "POST", path: "/first-administrator", body },
    (made: { readonly user: string; readonly secret: string }) =>
      given.json ? toJson(made) : `${made.secret}\n`,
  );
}
