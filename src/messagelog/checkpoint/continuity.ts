import { SealwayError } from "../../core/errors.ts";
import type { Discontinuity } from "./discontinuity.ts";
import type { TreeHead } from "./merkle-tree.ts";
import type { TreeFile } from "./tree-file.ts";

/** A state of the log that was cosigned. */
export interface KnownHead extends TreeHead {
  /** Who says so. */
  readonly by: string;
}

/** Whether the tree holds the one that somebody has seen. */
export function extendsHead(tree: TreeFile, { size, root }: TreeHead): boolean {
  return size <= tree.size && tree.head(size).root.equals(root);
}

/**
 * A log goes on only from what others have seen of it, or from what a discontinuity record keeps.
 * @param records verified, of this server
 * @throws SealwayError `log_discontinuous`, naming who has seen what
 */
export function checkContinuity(
  tree: TreeFile,
  known: readonly KnownHead[],
  records: readonly Discontinuity[],
): void {
  for (const head of known) {
    if (extendsHead(tree, head)) continue;
    const isGivenUp = records.some(({ lost, kept }) => {
      const covers = lost.size > head.size || (lost.size === head.size && lost.root.equals(head.root));
      return covers && extendsHead(tree, kept);
    });
    if (!isGivenUp) throw new SealwayError("log_discontinuous", describe(tree, head));
  }
}

function describe(tree: TreeFile, { by, size }: KnownHead): string {
  return tree.size < size
    ? `the log has ${tree.size} batches, but ${by} has seen ${size}: it was rolled back or cut off`
    : `the log has ${tree.size} batches, but its first ${size} are not those that ${by} has seen`;
}
