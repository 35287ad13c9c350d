import type { MemberId, ServerId } from "../../core/ids.ts";
import { checkValidity } from "../../pki/chain.ts";
import { type ConfigurationIndex, stateAt } from "../../trust/configuration-index.ts";
import { type ParsedCheckpointSeal, parseCheckpointSeal } from "../checkpoint/checkpoint-seal.ts";
import type { TreeHead } from "../checkpoint/merkle-tree.ts";
import type { ContextDocument } from "../message-record.ts";
import type { Damage } from "./damage.ts";

/** A tree head that a member sealed. */
export interface SealedHead extends TreeHead {
  readonly by: string;
}

/** What the seals of a log's checkpoints say. */
export interface CheckpointSeals {
  readonly heads: readonly SealedHead[];
  /** By member: how many, and the newest. */
  readonly newest: ReadonlyMap<
    MemberId,
    { readonly count: number; readonly size: number; readonly time: number }
  >;
  readonly damages: readonly Damage[];
}

/**
 * Reads the seals of a log's checkpoints and judges whose they are, by the configuration at hand.
 * @param documents of kind `checkpoint-seal`, oldest first; whoever can write to the store wrote them
 */
export function readCheckpointSeals(
  documents: readonly Pick<ContextDocument, "bytes">[],
  index: ConfigurationIndex,
  server: ServerId,
): CheckpointSeals {
  const { instance } = index.content.parameters;
  const heads: SealedHead[] = [];
  const damages: Damage[] = [];
  const newest = new Map<MemberId, { count: number; size: number; time: number }>();
  for (const { bytes } of documents) {
    try {
      const seal = parseCheckpointSeal(bytes, { instance, server });
      checkWhose(seal, index);
      const { member, head, time } = seal;
      heads.push({ ...head, by: `the seal of ${member}` });
      const { count = 0, size = 0 } = newest.get(member) ?? {};
      if (head.size >= size) newest.set(member, { count: count + 1, size: head.size, time });
      else newest.set(member, { ...newest.get(member)!, count: count + 1 });
    } catch (error) {
      damages.push({ kind: "checkpoint-seal-wrong", detail: (error as Error).message });
    }
  }
  return { heads, newest, damages };
}

function checkWhose({ certificate, member, server, time }: ParsedCheckpointSeal, index: ConfigurationIndex) {
  const seal = index.sealOfAnyState(certificate.fingerprint);
  if (seal?.member !== member) throw new Error(`its certificate is no seal of ${member}`);
  if (!seal.servers.includes(server)) throw new Error(`its certificate may not be used on ${server}`);
  if (stateAt(seal.history, time) !== "granted") throw new Error("its certificate was not granted then");
  checkValidity(certificate, time);
}
