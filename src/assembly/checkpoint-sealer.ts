import type { Logger } from "pino";
import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import type { MemberId, ServerId } from "../core/ids.ts";
import type { Alarm } from "../http/health-interface.ts";
import { sealCheckpoint } from "../messagelog/checkpoint/checkpoint-seal.ts";
import type { TreeHead } from "../messagelog/checkpoint/merkle-tree.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import type { Batch } from "../messagelog/message-store.ts";
import type { Signer } from "../pki/signer.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { openSigner, readCertificate } from "./keys/keys-in-use.ts";
import { checkNotSuspended, readSuspended } from "./keys/suspended-keys.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

export interface CheckpointSealerOptions {
  readonly server: ServerId;
  readonly keysDirectory: string;
  readonly index: () => ConfigurationIndex;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Has the checkpoints of the log sealed by members that keep a key for it. */
export class CheckpointSealer {
  readonly #signers: ReadonlyMap<MemberId, Signer>;
  readonly #options: CheckpointSealerOptions;
  readonly #sealed = new Map<MemberId, number>();
  readonly #failures = new Map<MemberId, string>();
  #log: Pick<MessageLog, "keep"> | undefined;

  constructor(signers: ReadonlyMap<MemberId, Signer>, options: CheckpointSealerOptions) {
    this.#signers = signers;
    this.#options = options;
  }

  /** @throws SealwayError `signer_unavailable`, naming the file */
  static async open(
    { members, server, keysDirectory }: Pick<ServerConfiguration, "members" | "server" | "keysDirectory">,
    passphrase: string,
    options: Omit<CheckpointSealerOptions, "server" | "keysDirectory">,
  ): Promise<CheckpointSealer> {
    const signers = new Map<MemberId, Signer>();
    for (const { id, checkpointSeal } of members) {
      if (checkpointSeal === undefined) continue;
      const certificate = await readCertificate(checkpointSeal.certificate);
      signers.set(id, await openSigner({ certificate, files: checkpointSeal }, passphrase));
    }
    return new CheckpointSealer(signers, { server, keysDirectory, ...options });
  }

  /** Where seals are kept from now on. */
  logOpened(log: Pick<MessageLog, "keep">): void {
    this.#log = log;
  }

  /**
   * Seals a checkpoint, once for each member. One that is not sealed is told: the next one covers the same batches. A batch
   * without messages is not sealed: that of the seal itself would lead to another one, for ever.
   */
  async seal(head: TreeHead, { spans }: Pick<Batch, "spans">): Promise<void> {
    if (spans.length === 0) return;
    await Promise.all([...this.#signers].map(([member, signer]) => this.#sealOne(member, signer, head)));
  }

  alarms(): Alarm[] {
    return [...this.#failures].map(([member, reason]) => ({
      code: "checkpoint_not_sealed",
      severity: "warning",
      about: member,
      detail: `${member} has not sealed the newest checkpoint of the log: ${reason}`,
      remedy:
        "Look at the device and certificate of members[].checkpointSeal; the next checkpoint covers the same messages.",
    }));
  }

  async #sealOne(member: MemberId, signer: Signer, head: TreeHead): Promise<void> {
    if (this.#log === undefined || (this.#sealed.get(member) ?? 0) >= head.size) return;
    const { server, clock, keysDirectory, logger } = this.#options;
    try {
      checkNotSuspended(await readSuspended(keysDirectory), signer.certificate.fingerprint);
      const { instance } = this.#checked(member, signer);
      const bytes = await sealCheckpoint(signer, { instance, member, server, time: clock.now(), head });
      await this.#log.keep({ kind: "checkpoint-seal", sha256: sha256Base64Url(bytes), bytes });
      this.#sealed.set(member, head.size);
      this.#failures.delete(member);
    } catch (error) {
      const { code, detail } = asSealwayError(error);
      if (this.#failures.get(member) !== detail)
        logger.warn({ member, code, detail }, "a checkpoint is not sealed");
      this.#failures.set(member, detail);
    }
  }

  #checked(member: MemberId, { certificate }: Signer): ConfigurationIndex["content"]["parameters"] {
    const { index: indexNow, clock, server } = this.#options;
    const index = indexNow();
    const seal = index.seal(certificate.fingerprint, clock.now());
    if (seal?.member !== member || !seal.servers.includes(server))
      throw new SealwayError(
        "signer_unavailable",
        "the certificate is not bound to the member and this server in the configuration in force",
      );
    return index.content.parameters;
  }
}
