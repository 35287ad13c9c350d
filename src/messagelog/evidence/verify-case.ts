import type { Findings } from "./finding.ts";
import type { MessageFolder } from "./package-layout.ts";
import type { Manifest, MessageEntry } from "./package-manifest.ts";
import type { Trust } from "./verify-trust.ts";

/** One message under verification, as it lies in a package. */
export interface MessageCase {
  readonly manifest: Pick<Manifest, "instance" | "exchangeId">;
  readonly entry: Pick<MessageEntry, "head">;
  readonly folder: MessageFolder;
  /** Files of its folder, by their names there. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly trust: Trust;
  /** Milliseconds since the epoch: the present of this verification. */
  readonly at: number;
  readonly findings: Findings;
}
