import { systemClock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ServerId } from "../../core/ids.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { readTrust } from "../read-trust.ts";
import { readPassphrase } from "../secrets.ts";
import { loadServerConfiguration } from "../server-configuration.ts";
import { nameRulesOf, type Workbench } from "./make-key.ts";

/** Where keys are to lie: at a server that has its configuration file, or at one that has none yet. */
export type KeyPlace =
  | { readonly config: string }
  | { readonly directory: string; readonly passphraseFile: string };

/** A place where keys are made, and what is known there. */
export interface KeyBench extends Workbench {
  readonly server: ServerId | undefined;
  /** Undefined where there is no configuration file, or the global configuration cannot be had. */
  readonly index: ConfigurationIndex | undefined;
}

/** @param tell told why the global configuration cannot be had, so that the usual names are asked for */
export async function openKeyBench(place: KeyPlace, tell: (reason: string) => void): Promise<KeyBench> {
  const clock = systemClock;
  if ("directory" in place) {
    const passphrase = await readPassphrase(place.passphraseFile);
    const unknown = { index: undefined, server: undefined };
    return { keysDirectory: place.directory, passphrase, rules: nameRulesOf(undefined), clock, ...unknown };
  }
  const configuration = await loadServerConfiguration(place.config);
  const { keysDirectory, server } = configuration;
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const index = await readTrust(configuration, clock).catch((error: unknown) => {
    if (!(error instanceof SealwayError) && !(error instanceof DocumentError)) throw error;
    tell(error.message);
    return undefined;
  });
  return { keysDirectory, passphrase, rules: nameRulesOf(index), clock, index, server };
}
