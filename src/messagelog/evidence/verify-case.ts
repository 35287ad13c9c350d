import type { Findings } from "./finding.ts";
import type { MessageFolder } from "./package-layout.ts";
import type { Manifest, MessageEntry } from "./package-manifest.ts";
import type { Trust } from "./verify-trust.ts";

/** One message of a package under verification. */
export interface MessageCase {
  readonly manifest: Manifest;
  readonly entry: MessageEntry;
  readonly folder: MessageFolder;
  /** Files of its folder, by their names there. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly trust: Trust;
  /** Milliseconds since the epoch: the present of this verification. */
  readonly at: number;
  readonly findings: Findings;
}
