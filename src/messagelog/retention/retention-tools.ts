import type { Clock } from "../../core/clock.ts";
import type { MemberId } from "../../core/ids.ts";
import type { Signer } from "../../pki/signer.ts";
import type { BodyFiles } from "../body-files.ts";
import type { MessageLog, RetentionPeriod } from "../message-record.ts";
import type { LogReader, MessageStore } from "../message-store.ts";
import type { KeyVault } from "../vault.ts";
import type { HeldRecord } from "./hold-statement.ts";

/** What erasures and holds work with; built by the composition root. */
export interface RetentionTools {
  readonly instance: string;
  /** The owner of the server, who signs for members that are not served here any more. */
  readonly owner: MemberId;
  readonly log: Pick<MessageLog, "keep">;
  readonly store: Pick<MessageStore, "eraseContent" | "replaceContent" | "holdsSealing">;
  /** How many of the records that holds cover a report may tell of: it must not betray one that the law hides. */
  countTold(log: LogReader, held: readonly HeldRecord[]): Promise<number>;
  /** A read connection; whoever opens it closes it. */
  openReader(): LogReader;
  readonly vault: KeyVault;
  readonly bodies: BodyFiles;
  /** The member's own, or the owner's. @throws SealwayError `signer_unavailable` */
  signerOf(member: string): Signer;
  /** The period of a class by the rules in force; undefined for one that no rule names. */
  periodOf(member: string, retentionClass: string): RetentionPeriod | undefined;
  /** Whether a member is served here, so that records of it still come. */
  isServed(member: string): boolean;
  readonly clock: Clock;
  /**
   * A time that a time-stamping authority vouches for, milliseconds: nothing is destroyed for good on the word of one
   * clock alone. @throws Error when none is to be had
   */
  trustedTime(log: LogReader): Promise<number>;
}
