import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

/** Equal files make equal packages: the order is given, and every entry has this time, the first that zip knows. */
const entryTime = new Date(1980, 0, 1);

/** Packs files in the order of the map. */
export async function writePackage(files: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, bytes] of files) {
    zip.addBuffer(bytes, path, { mtime: entryTime, mode: 0o100644, forceDosTimestamp: true });
  }
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadStream);
}
