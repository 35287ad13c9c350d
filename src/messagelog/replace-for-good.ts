import { open } from "node:fs/promises";
import { writeFileAtomically } from "../trust/atomic-file.ts";

/**
 * Puts another content in a file's place and overwrites the old one where it lay. A file system that copies on
 * write may still have the old blocks.
 */
export async function replaceForGood(path: string, text: string): Promise<void> {
  const old = await open(path, "r+");
  try {
    const { size } = await old.stat();
    await writeFileAtomically(path, Buffer.from(text), "private");
    await old.write(Buffer.alloc(size), 0, size, 0);
    await old.sync();
  } finally {
    await old.close();
  }
}
