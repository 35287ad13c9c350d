import { parentPort, workerData } from "node:worker_threads";
import { asBuffer } from "../../core/bytes.ts";
import { parseAnchor } from "../../trust/anchor.ts";
import type { PackageVerdict } from "../evidence/verify-package.ts";
import type { CountedFindings } from "./archive-findings.ts";
import type { OpenSegment } from "./segment-context.ts";
import type { RecordsFile } from "./segment-manifest.ts";
import { newestConfiguration } from "./verify-archive.ts";
import { RecordsVerifier } from "./verify-records.ts";
import { verifySome } from "./verify-some.ts";

/** A thread that verifies files of records, or packages. It answers each task in turn. */

export interface VerifyWorkerData {
  readonly anchor: Uint8Array | undefined;
  /** Of the archive, when it is one. */
  readonly last: OpenSegment | undefined;
  readonly at: number;
}

export type VerifyTask =
  | {
      readonly kind: "records";
      readonly segment: OpenSegment;
      readonly file: RecordsFile;
      readonly provenAt: ReadonlyMap<number, number>;
    }
  | { readonly kind: "packages"; readonly paths: readonly string[] };

export type VerifyAnswer =
  | { readonly kind: "records"; readonly counted: CountedFindings; readonly rows: Uint8Array | undefined }
  /** Fewer than the paths when one cannot be read. */
  | { readonly kind: "packages"; readonly verdicts: readonly PackageVerdict[] }
  | { readonly kind: "failed"; readonly reason: string };

const { anchor, last, at } = workerData as VerifyWorkerData;
let verifier: Promise<RecordsVerifier> | undefined;

async function makeVerifier(): Promise<RecordsVerifier> {
  const parsed = anchor === undefined ? undefined : parseAnchor(asBuffer(anchor));
  return new RecordsVerifier(parsed, await newestConfiguration(last, parsed), at);
}

async function answer(task: VerifyTask): Promise<VerifyAnswer> {
  try {
    if (task.kind === "packages") {
      const given = anchor === undefined ? undefined : asBuffer(anchor);
      const { verdicts } = await verifySome(task.paths, { anchor: given, at });
      return { kind: "packages", verdicts };
    }
    verifier ??= makeVerifier();
    const { counted, rows } = await (await verifier).judge(task.segment, task.file, task.provenAt);
    return { kind: "records", counted, rows };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : "unknown" };
  }
}

parentPort!.on("message", async (task: VerifyTask) => parentPort!.postMessage(await answer(task)));
