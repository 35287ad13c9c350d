import type { TlsIdentity } from "../exchange/tls-identity.ts";
import { authorityName, originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { chooseWitnesses } from "../messagelog/checkpoint/choose-witnesses.ts";
import { type NamedKey, publicKeyOf } from "../messagelog/checkpoint/signed-note.ts";
import type { ConfigurationContent } from "../trust/global-configuration.ts";
import { callAuthority, callPeer, type WitnessAnswer, type WitnessQuestion } from "./witness-calls.ts";

/** A witness of this server's log, and the way to it. */
export interface WitnessPlace {
  /** In words, for an operator. */
  readonly title: string;
  /** What its cosignatures are verified with. */
  readonly keys: readonly NamedKey[];
  /** @throws Error when it cannot be reached */
  call(question: WitnessQuestion): Promise<WitnessAnswer>;
}

export interface WitnessWays {
  readonly self: string;
  readonly mirrors: readonly string[];
  /** What this server shows to peers. */
  readonly identity: TlsIdentity;
}

/** The witnesses of a server by the configuration: the governing authority, when it is one, and the chosen peers. */
export function witnessPlaces(
  { parameters, servers }: Pick<ConfigurationContent, "parameters" | "servers">,
  { self, mirrors, identity }: WitnessWays,
): WitnessPlace[] {
  const authority = {
    title: "the governing authority",
    keys: named(authorityName(parameters.instance), parameters.witnessKeys),
    call: (question: WitnessQuestion) => callAuthority(mirrors, question),
  };
  const peers = chooseWitnesses(servers, self).map((server) => ({
    title: server.id,
    keys: named(originOf(server.id), server.logKeys ?? []),
    call: (question: WitnessQuestion) => callPeer(server, identity, question),
  }));
  return authority.keys.length === 0 ? peers : [authority, ...peers];
}

/** The keys of a server's log, under the name of its origin. */
export function logKeysOf(
  { servers }: Pick<ConfigurationContent, "servers">,
  self: string,
): readonly NamedKey[] {
  return named(originOf(self), servers.find(({ id }) => id === self)?.logKeys ?? []);
}

function named(name: string, keys: readonly string[]): NamedKey[] {
  return keys.map((key) => ({ name, key: publicKeyOf(key) }));
}
