import type { DigestName } from "../../pki/algorithms.ts";
import { parseCertificate } from "../../pki/certificate.ts";
import { groupHash } from "../../pki/hash-tree.ts";
import type { LogReader } from "../message-store.ts";
import { type Coverage, coverage } from "./coverage.ts";
import { tokenGroup } from "./leaf-chunk.ts";
import type { Covered } from "./renewal-document.ts";
import { RenewalHistory } from "./renewal-history.ts";
import type { BuiltTree, RenewalStep, RenewalTask } from "./renewal-steps.ts";
import { type RenewalRules, TokenAges, type TokenSigner } from "./token-ages.ts";
import { TreeAssembly } from "./tree-assembly.ts";

/** Batches between two words about the progress. */
const progressEvery = 1024;

/** A token that is the last one of some evidence. */
interface LastToken {
  readonly token: Buffer;
  readonly covered: Covered;
  /** No batch beyond this one is proven through it. */
  readonly lastBatch: number;
}

/**
 * Renews every token that is the last one of some evidence and whose certificates are about to expire: one tree over
 * all of them, for each digest in which they were made (RFC 4998 §5.2, time-stamp renewal).
 */
export async function* buildTimestampRenewal(
  log: LogReader,
  { anchors, at }: RenewalTask,
  rules: RenewalRules,
): AsyncGenerator<RenewalStep> {
  const history = new RenewalHistory(log);
  await history.refresh();
  const covered = await coverage(log, history.renewals);
  const ages = new TokenAges(
    anchors.map((der) => parseCertificate(Buffer.from(der))),
    at,
    rules,
  );
  const after = history.renewals.at(-1)?.sha256 ?? null;
  for (const digest of ["sha256", "sha384", "sha512"] as const) {
    const assembly = new TreeAssembly(digest);
    const signers = new Map<string, TokenSigner>();
    let lastBatch = 0;
    const end = () => assembly.finish({ method: "time-stamp", after, lastBatch, ...summaryOf(signers) });
    for await (const one of lastTokens(log, covered, digest)) {
      if ("step" in one) {
        yield one;
        continue;
      }
      const signer = ages.signerOf(one.token);
      if (signer === undefined || !ages.isDue(signer)) continue;
      signers.set(signer.certificate.fingerprint, signer);
      lastBatch = Math.max(lastBatch, one.lastBatch);
      yield* assembly.add(groupHash(tokenGroup(one.token, digest), digest), one.covered);
      if (assembly.isFull) yield* end();
    }
    yield* end();
  }
}

async function* lastTokens(
  log: LogReader,
  { isRenewed, ends }: Coverage,
  digest: DigestName,
): AsyncGenerator<LastToken | RenewalStep> {
  // Batches are made with SHA-256.
  const last = digest === "sha256" ? await lastBatchNumber(log) : 0;
  for (let number = 1; number <= last; number++) {
    if (number % progressEvery === 0) yield { step: "progress", done: number, of: last };
    const batch = isRenewed(number) ? undefined : await log.batch(number);
    if (batch === undefined) continue;
    const covered = { kind: "tokens", first: number, last: number } as const;
    yield { token: batch.token, covered, lastBatch: number };
  }
  for (const { sha256, tokenDer, lastBatch, digest: own } of ends) {
    if (own === digest) yield { token: tokenDer, covered: { kind: "renewal", renewal: sha256 }, lastBatch };
  }
}

/** The number of the newest batch, 0 when there is none. */
export async function lastBatchNumber(log: Pick<LogReader, "unsealed">): Promise<number> {
  return (await log.unsealed(0)).previous?.number ?? 0;
}

function summaryOf(signers: ReadonlyMap<string, TokenSigner>): Pick<BuiltTree, "expires" | "signers"> {
  const all = [...signers.values()];
  const named = all.flatMap(({ certificate, issuer }) =>
    issuer === undefined ? [] : [{ certificate: certificate.der, issuer: issuer.der }],
  );
  return { expires: Math.min(...all.map(({ expires }) => expires)), signers: named };
}
