import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, parseClientId, parseServiceId } from "../core/ids.ts";
import { parseAgreement } from "../policy/agreement.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

interface Pair {
  readonly consumer: string;
  readonly service: string;
  readonly endpoints: { readonly method: string; readonly path: string }[];
}

/**
 * Writes access rights as agreements into the agreements directory: one for each pair, for twelve months. One that is
 * there already stays as it is: its twelve months do not begin anew.
 * @param lines `CONSUMER SERVICE [METHOD PATH]` each
 * @param from when they begin, milliseconds
 * @throws SealwayError `bad_request` naming the line, before anything is written
 */
export async function importRights(
  { agreementsDirectory: directory }: Pick<ServerConfiguration, "agreementsDirectory">,
  lines: string,
  from: number,
): Promise<{ readonly written: number; readonly there: number }> {
  if (directory === undefined)
    throw new SealwayError("bad_request", "the server's configuration names no agreementsDirectory");
  const agreements = pairsIn(lines).map((pair) => migrated(pair, from));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let written = 0;
  for (const { id, bytes } of agreements) {
    const path = join(directory, `${id}.json`);
    if (await isThere(path)) continue;
    await writeFileAtomically(path, bytes, "private");
    written++;
  }
  return { written, there: agreements.length - written };
}

function pairsIn(lines: string): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  for (const [i, line] of lines.split(/\r?\n/).entries()) {
    const words = line.replace(/#.*$/, "").trim();
    if (words === "") continue;
    const { consumer, service, endpoint } = rightIn(words.split(/[\s,;]+/), i + 1);
    const key = `${consumer} ${service}`;
    const pair = pairs.get(key) ?? { consumer, service, endpoints: [] };
    const isKnown = pair.endpoints.some(
      ({ method, path }) => method === endpoint.method && path === endpoint.path,
    );
    if (!isKnown) pair.endpoints.push(endpoint);
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

function rightIn(words: readonly string[], line: number) {
  const [consumer = "", service = "", method = "*", path = "/**", more] = words;
  const isNamed = isInOneSpelling(consumer, parseClientId) && isInOneSpelling(service, parseServiceId);
  if (!isNamed || more !== undefined || words.length === 3)
    throw new SealwayError("bad_request", `line ${line} is not CONSUMER SERVICE [METHOD PATH]`);
  return { consumer, service, endpoint: { method, path } };
}

/** @throws SealwayError `bad_request` for endpoints that are none */
function migrated(
  { consumer, service, endpoints }: Pair,
  from: number,
): { readonly id: string; readonly bytes: Buffer } {
  const id = `migrated-${sha256(`${consumer} ${service}`).toString("hex").slice(0, 16)}`;
  const end = new Date(from);
  end.setUTCFullYear(end.getUTCFullYear() + 1);
  const validity = { from: new Date(from).toISOString(), to: end.toISOString() };
  const document = { v: 1, id, revision: 1, consumer, service, endpoints, validity, state: "migrated" };
  const bytes = Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
  parseAgreement(bytes);
  return { id, bytes };
}

async function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}
