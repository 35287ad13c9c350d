import { SealwayError } from "../../core/errors.ts";
import { giveOrder } from "../order-socket.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { type KeyStanding, readChoice, type Slot, writeChoice } from "./key-choice.ts";
import { keysWithCertificates } from "./keys-in-use.ts";

/** What a command is told of a key. */
export interface ToldKey extends KeyStanding {
  /** Of its OCSP response; missing for TLS keys, and where no server runs. */
  readonly ocsp?: string;
}

/** Has a running server look at its keys; one that is stopped does so when it starts. */
export async function tellKeysChanged({ stateDirectory }: ServerConfiguration): Promise<void> {
  await giveOrder(stateDirectory, { order: "keys review" });
}

/** @returns undefined when no server is running */
export async function askForKeys({ stateDirectory }: ServerConfiguration): Promise<ToldKey[] | undefined> {
  const answered = await giveOrder(stateDirectory, { order: "keys list" });
  return answered?.report as ToldKey[] | undefined;
}

/** What became of a choice. */
export interface Chosen {
  readonly slot: Slot;
  /** Missing where no server runs. */
  readonly standing?: KeyStanding;
}

/**
 * Chooses the key that signs, or that the server shows: at once where it runs, otherwise from its next start on.
 * @throws SealwayError `bad_request` for a key that cannot be used
 */
export async function chooseKey(
  configuration: ServerConfiguration,
  name: string,
  slot: Slot | undefined,
): Promise<Chosen> {
  const order = { order: "keys choose", name, ...(slot !== undefined && { slot }) };
  const answered = await giveOrder(configuration.stateDirectory, order);
  if (answered !== undefined) return answered.report as Chosen;
  const keys = (await keysWithCertificates(configuration)).filter(
    (key) => key.name === name && (slot === undefined || key.slot === slot),
  );
  if (keys.length !== 1)
    throw new SealwayError(
      "bad_request",
      `there is ${keys.length === 0 ? "no" : "more than one"} key ${name} with a certificate`,
    );
  const { keysDirectory } = configuration;
  const choice = await readChoice(keysDirectory);
  const chosen = { ...choice.chosen, [keys[0]!.slot]: name };
  await writeChoice(keysDirectory, { ...choice, chosen });
  return { slot: keys[0]!.slot };
}
