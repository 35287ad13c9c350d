import { appendFile, readFile, writeFile } from "node:fs/promises";

/** Reads the lines of JSON that earlier runs appended; one that a crash cut short is taken away. None when there is no file. */
export async function readLines<Line>(path: string): Promise<Line[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await writeFile(path, whole);
  const lines = whole.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Line);
}

export async function appendLines<Line>(path: string, lines: readonly Line[]): Promise<void> {
  await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { mode: 0o644 });
}
