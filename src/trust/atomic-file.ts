import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** The permissions of a file: only its owner's, or anybody's to read. */
export const fileModes = { private: 0o600, public: 0o644 } as const;

/** Writes a file so that after a crash it has either its old content or the new one, durably. */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array,
  mode: keyof typeof fileModes,
): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", fileModes[mode]);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
