import { randomBytes } from "node:crypto";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadOrCreateLogKey } from "../../messagelog/checkpoint/log-key.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import { readTrust } from "../read-trust.ts";
import { readPassphrase } from "../secrets.ts";
import { loadServerConfiguration } from "../server-configuration.ts";
import { serverFileOf } from "./init-answers.ts";
import { InitStopped, type InitWork, type PlacedWork } from "./init-work.ts";

/** Where a new server has its configuration file. */
export function serverFilePath(directory: string): string {
  return join(directory, "server.json");
}

/**
 * Writes what the server starts from: passphrase, anchor, configuration file, the key of its log. What is there already
 * stays as it is.
 * @throws InitStopped when the folder is another server's, or the anchor another instance's
 */
export async function placeServer(work: InitWork): Promise<PlacedWork> {
  const { directory, answers, tell } = work;
  const { instance, purpose } = await loadAnchor(answers.anchor);
  if (answers.server.split("/")[0] !== instance)
    throw new InitStopped(`the anchor is of the instance ${instance}, and the server is ${answers.server}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(directory, name);
  await writeOnce(at("passphrase"), `${randomBytes(24).toString("base64url")}\n`, 0o600);
  if (answers.anchor !== at("anchor.json")) await copyFile(answers.anchor, at("anchor.json"));
  const file = serverFilePath(directory);
  const written = await writeOnce(file, `${JSON.stringify(serverFileOf(answers), undefined, 2)}\n`, 0o644);
  const configuration = await loadServerConfiguration(file);
  if (configuration.server !== answers.server)
    throw new InitStopped(`${file} is of ${configuration.server}: choose another folder`);
  await mkdir(configuration.stateDirectory, { recursive: true, mode: 0o700 });
  await loadOrCreateLogKey(configuration.logKeyFile, await readPassphrase(configuration.passphraseFile));
  tell(`${written ? "written" : "there already"}: ${file}`);
  const { version, members } = (await readTrust(configuration, work.clock)).content;
  tell(`${purpose} instance ${instance}: configuration ${version} fetched, ${members.length} members`);
  return { ...work, configuration };
}

/** @returns whether it was not there */
async function writeOnce(path: string, text: string, mode: number): Promise<boolean> {
  try {
    await writeFile(path, text, { mode, flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
