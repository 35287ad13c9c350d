import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What both sites look like, then what the site whose folder it is adds in its `style.css`, the colours among it. */
export function readSiteStyle(folder: string): Buffer {
  const files = [join(import.meta.dirname, "base.css"), join(folder, "style.css")];
  return Buffer.concat(files.map((file) => readFileSync(file)));
}
