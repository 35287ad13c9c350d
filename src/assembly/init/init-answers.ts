import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import schema from "../../../schemas/init/v1.schema.json" with { type: "json" };
import { ConfigurationError, parseConfiguration } from "../../core/configuration-file.ts";
import {
  type ClientId,
  type MemberId,
  memberOf,
  parseServerId,
  type ServerId,
  unsafeId,
} from "../../core/ids.ts";
import { ownSchema } from "../../core/own-schema.ts";

/** What a new security server is to be (`schemas/init/v1.schema.json`), defaults filled in. */
export interface InitAnswers {
  /** Absolute path. */
  readonly anchor: string;
  readonly mirrors: readonly string[];
  readonly server: ServerId;
  readonly name: string;
  readonly country?: string;
  readonly contact: string;
  readonly subsystems: readonly { readonly code: string; readonly name: string }[];
  readonly address: { readonly host: string; readonly port: number };
  readonly dnsNames: readonly string[];
  readonly testPath?: string;
  /** Members of `server.json`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

const validate = ownSchema<InitAnswers>(schema, { allErrors: true, verbose: true, useDefaults: true });

/** @throws ConfigurationError with every fault; SealwayError `invalid_security_server` */
export async function readInitAnswers(file: string): Promise<InitAnswers> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const problem = `cannot be read (${error.code})`;
    throw new ConfigurationError(file, [{ place: "file", problem, remedy: "Check path and permissions." }]);
  });
  return checkInitAnswers(text, file);
}

/** @param file whose folder relative paths start from */
export function checkInitAnswers(text: string, file: string): InitAnswers {
  const answers = parseConfiguration(file, text, validate);
  const anchor = resolve(dirname(file), answers.anchor);
  return { ...answers, anchor, server: parseServerId(answers.server) };
}

export function ownerOf({ server }: Pick<InitAnswers, "server">): MemberId {
  return memberOf(server);
}

/** The subsystems by their identifiers. */
export function subsystemsOf(answers: InitAnswers): { readonly id: ClientId; readonly name: string }[] {
  return answers.subsystems.map(({ code, name }) => ({ id: unsafeId(`${ownerOf(answers)}/${code}`), name }));
}

/** The configuration file of the server: keys and certificates are found in its folder of keys. */
export function serverFileOf(answers: InitAnswers): object {
  const { server, mirrors, address, settings = {} } = answers;
  return {
    ...{ server, stateDirectory: "state", anchor: "anchor.json", mirrors, passphraseFile: "passphrase" },
    peerInterface: { host: "0.0.0.0", port: address.port },
    members: [{ id: ownerOf(answers) }],
    clients: subsystemsOf(answers).map(({ id }) => ({ id, authentication: "http" })),
    ...settings,
  };
}
