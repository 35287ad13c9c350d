import { loadAnchor } from "../../trust/anchor.ts";
import { buildEvidencePackage } from "../evidence/evidence-package.ts";
import { type Collected, collectEvidence, type Disclosure } from "../evidence/evidence-package-collect.ts";
import { writePackage } from "../evidence/package-write.ts";
import type { EvidenceReader } from "../evidence-reader.ts";

/** An evidence package, or why there is none. */
export type PackedEvidence =
  | { readonly outcome: "packed"; readonly bytes: Uint8Array }
  | Exclude<Collected, { readonly outcome: "collected" }>;

export type EvidenceQuestion = readonly {
  readonly exchangeId: string;
  readonly disclosure: Disclosure;
}[];

/** One package as it is; several in a zip, each under the id of its exchange. */
export async function packEvidence(
  reader: EvidenceReader,
  anchorFile: string,
  wanted: EvidenceQuestion,
): Promise<PackedEvidence> {
  const anchor = await loadAnchor(anchorFile);
  const packages = new Map<string, Buffer>();
  for (const { exchangeId, disclosure } of wanted) {
    const collected = await collectEvidence(reader, exchangeId, anchor, disclosure);
    if (collected.outcome !== "collected") return collected;
    packages.set(`${exchangeId}.zip`, await buildEvidencePackage(collected.parts));
  }
  const [first] = packages.values();
  if (first === undefined) return { outcome: "unknown" };
  return { outcome: "packed", bytes: packages.size === 1 ? first : await writePackage(packages) };
}
