import { descriptionChanges } from "../catalogue/description-changes.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { readDescription } from "./service-files.ts";

export const summary = "Says what a newer service description changes, and what of it breaks consumers";

export const description =
  "Requests may only take more, and answers only give less of what consumers rely on; what cannot be proven compatible " +
  "counts as breaking. Exit code 1 means that something breaks: publish it as a new major version, or undo it.";

export const flags = [
  { kind: "switch", name: "json", description: "Prints the changes as JSON." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "OLD NEW",
  least: 2,
  most: 2,
  description: "The two descriptions.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const [before, after] = await Promise.all(files.map(readDescription));
  const changes = descriptionChanges(before!, after!);
  const breaks = changes.filter(({ effect }) => effect === "breaking").length;
  const lines = changes.map(({ effect, place, detail }) => `${effect} ${place}: ${detail}`);
  const text = [...lines, `${breaks} breaking, ${changes.length - breaks} compatible`].join("\n");
  process.stdout.write(
    `${given.json ? JSON.stringify({ breaking: breaks > 0, changes }, undefined, 2) : text}\n`,
  );
  return breaks === 0 ? exitCodes.ok : exitCodes.failed;
}
