import { buildHashTree } from "../pki/hash-tree.ts";
import { batchGroups, indexRoot, indexRow, leafOf } from "./batch.ts";
import { upperNodes } from "./batch-tree.ts";
import { LeafWriter } from "./leaf-writer.ts";
import type {
  Batch,
  LogReader,
  RefreshedOcsp,
  SealableRecord,
  StoredCertificate,
  StoredOcsp,
  Unsealed,
} from "./message-store.ts";
import { unprotectedPart } from "./signature-file.ts";

export interface BuildRequest {
  /** At most so many records. */
  readonly limit: number;
  /** OCSP responses made before this, milliseconds, want a fresher one beside them. */
  readonly freshSince: number;
  /** What was found out about them in an earlier round: the extra response, or that there is none. */
  readonly settled: readonly SettledOcsp[];
}

export type SettledOcsp = Omit<RefreshedOcsp, "extra"> & { readonly extra: string | undefined };

/** A certificate whose stapled response has become old. */
export interface StaleOcsp {
  readonly certificate: StoredCertificate;
  readonly ocsp: StoredOcsp;
}

export type Built =
  | {
      readonly outcome: "nothing";
      readonly oldestBeyond: number | undefined;
      /** Documents that wait, when nothing was to be built. */
      readonly documents: number;
    }
  | { readonly outcome: "stale"; readonly stale: readonly StaleOcsp[] }
  | {
      readonly outcome: "built";
      readonly batch: Omit<Batch, "token" | "genTime" | "authority">;
      readonly oldestBeyond: number | undefined;
    };

/** Builds the next batch from what is in the log: nothing is written. */
export async function buildBatch(reader: LogReader, request: BuildRequest): Promise<Built> {
  const unsealed = await reader.unsealed(request.limit);
  const statements = request.limit === 0 ? 0 : unsealed.documents.length;
  if (unsealed.spans.length === 0 && statements === 0) {
    const { documents, oldestBeyond } = unsealed;
    return { outcome: "nothing", oldestBeyond, documents: documents.length };
  }
  const forms = new SignatureForms(request, await extraResponses(reader, request.settled));
  const leaves: Buffer[] = [];
  const rows: Buffer[] = [];
  for (const span of unsealed.spans) {
    const before = leaves.length;
    for await (const records of reader.sealable(span)) {
      for (const record of records) {
        rows.push(
          indexRow({ writer: span.writer, number: span.first + leaves.length - before }, record.tags),
        );
        leaves.push(forms.leafOf(record));
      }
    }
    if (leaves.length - before !== span.last - span.first + 1) {
      throw new Error(`the log has a gap in ${span.writer} from ${span.first} to ${span.last}`);
    }
  }
  if (forms.stale.length > 0) return { outcome: "stale", stale: forms.stale };
  leaves.push(...batchGroups(unsealed, indexRoot(rows)).map(leafOf));
  return { outcome: "built", batch: assemble(unsealed, leaves, forms), oldestBeyond: unsealed.oldestBeyond };
}

function assemble(unsealed: Unsealed, leaves: Buffer[], forms: SignatureForms) {
  const tree = buildHashTree(leaves);
  return {
    number: (unsealed.previous?.number ?? 0) + 1,
    root: tree.root,
    spans: unsealed.spans,
    through: unsealed.through,
    refreshed: forms.refreshed,
    leaves: tree.levels[0]!,
    upper: upperNodes(tree),
  };
}

async function extraResponses(reader: LogReader, settled: readonly SettledOcsp[]) {
  const responses = new Map<string, StoredOcsp | undefined>();
  for (const { certificate, ocsp, extra } of settled) {
    const response = extra === undefined ? undefined : await reader.ocsp(extra);
    responses.set(`${certificate} ${ocsp}`, response);
  }
  return responses;
}

/** The unprotected parts of a batch's signature files: few, shared by many records. */
class SignatureForms {
  readonly stale: StaleOcsp[] = [];
  readonly refreshed: RefreshedOcsp[] = [];
  readonly #freshSince: number;
  readonly #extras: ReadonlyMap<string, StoredOcsp | undefined>;
  readonly #writer = new LeafWriter();

  constructor(request: BuildRequest, extras: ReadonlyMap<string, StoredOcsp | undefined>) {
    this.#freshSince = request.freshSince;
    this.#extras = extras;
  }

  /** The leaf of a record: its signature file as it is frozen here, and the two objects that it signs. */
  leafOf({ certificate, ocsp, signature, exchangeSha256, headSha256 }: SealableRecord): Buffer {
    const part = this.#writer.partOf(certificate, ocsp, () => this.#make(certificate, ocsp));
    return this.#writer.leafOf(signature, part, exchangeSha256, headSha256);
  }

  #make(certificate: StoredCertificate, ocsp: StoredOcsp): Buffer {
    const name = `${certificate.sha256} ${ocsp.sha256}`;
    if (ocsp.thisUpdate >= this.#freshSince) return unprotectedPart(certificate, [ocsp]);
    if (!this.#extras.has(name)) this.stale.push({ certificate, ocsp });
    const extra = this.#extras.get(name);
    if (extra === undefined) return unprotectedPart(certificate, [ocsp]);
    this.refreshed.push({ certificate: certificate.sha256, ocsp: ocsp.sha256, extra: extra.sha256 });
    return unprotectedPart(certificate, [ocsp, extra]);
  }
}
