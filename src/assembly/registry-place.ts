import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import schema from "../../schemas/server/v1.schema.json" with { type: "json" };
import { parseConfiguration } from "../core/configuration-file.ts";
import { ownSchema } from "../core/own-schema.ts";
import type { LogConfiguration } from "./log-store.ts";

type Postgresql = NonNullable<LogConfiguration["postgresql"]>;

const validate = ownSchema<Postgresql>(schema.properties.postgresql, {
  allErrors: true,
  verbose: true,
  useDefaults: true,
});

/**
 * Where a governing authority keeps the log of its registry: SQLite in its directory, unless a file names a database.
 * @param state the authority's directory
 * @param file JSON, as `postgresql` in the configuration of a security server; relative paths start at its folder
 * @throws ConfigurationError with every fault
 */
export async function registryPlace(state: string, file: string | undefined): Promise<LogConfiguration> {
  const stateDirectory = join(state, "registry");
  if (file === undefined) return { stateDirectory };
  const settings = parseConfiguration(file, await readFile(file, "utf8"), validate);
  const { passwordFile, trustedCertificates } = settings;
  const below = (path: string) => resolve(dirname(file), path);
  const postgresql = {
    ...settings,
    ...(passwordFile !== undefined && { passwordFile: below(passwordFile) }),
    ...(trustedCertificates !== undefined && { trustedCertificates: below(trustedCertificates) }),
  };
  return { stateDirectory, postgresql };
}
