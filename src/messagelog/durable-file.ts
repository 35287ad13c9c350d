import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a small file for its owner only, so that after a crash it is there as a whole or not at all. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/**
 * Puts another content in a file's place and overwrites the old one where it lay. A file system that copies on
 * write may still have the old blocks.
 */
export async function replaceForGood(path: string, text: string): Promise<void> {
  const old = await open(path, "r+");
  try {
    const { size } = await old.stat();
    await writeDurably(path, text);
    await old.write(Buffer.alloc(size), 0, size, 0);
    await old.sync();
  } finally {
    await old.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
