import { sha256, toBase64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { parseCertificate } from "../../pki/certificate.ts";
import type { ObtainedTimestamp, RevocationSubject } from "../../pki/timestamp-client.ts";
import type { Imprint } from "../../pki/timestamp-request.ts";
import type { ContextDocument } from "../message-record.ts";
import { type Renewal, type RenewalReason, serializeRenewal } from "./renewal-document.ts";
import type { BuiltTree, RenewalStep } from "./renewal-steps.ts";

/** What a renewal is written with. */
export interface RenewalDesk {
  /** The door of the log: resolves when the document is durable. */
  keep(document: ContextDocument): Promise<unknown>;
  /** Obtains a token, with the state of others' certificates beside it. @throws when no authority gives a good one */
  stamp(imprint: Imprint, others: readonly RevocationSubject[]): Promise<ObtainedTimestamp>;
  /** Keeps the configuration in force, under which the token will be judged. @returns its digest */
  configuration(): Promise<string | null>;
  readonly clock: Clock;
  readonly reason: RenewalReason;
  /** Told of each step. */
  readonly progress?: (done: number, of: number) => void;
}

/** What was renewed. */
export interface RenewalOutcome {
  /** Digests of the renewals. */
  readonly renewals: readonly string[];
  /** Leaves under the new tokens. */
  readonly leaves: number;
}

/**
 * Renews what the steps bring: the leaves are durable before a token is asked for, and the renewal counts when its own
 * document is. What was cut short before that changes nothing, and is done again by the next run.
 * @throws whatever building, keeping and stamping throw; what was kept before stays
 */
export async function renew(steps: AsyncIterable<RenewalStep>, desk: RenewalDesk): Promise<RenewalOutcome> {
  const renewals: string[] = [];
  let leaves = 0;
  for await (const step of steps) {
    if (step.step === "progress") desk.progress?.(step.done, step.of);
    if (step.step === "leaves") await desk.keep(step.document);
    if (step.step === "tree") {
      renewals.push(await stampTree(step.tree, desk));
      leaves += step.tree.count;
    }
  }
  return { renewals, leaves };
}

async function stampTree(built: BuiltTree, desk: RenewalDesk): Promise<string> {
  const { method, digest, after, chunks, lastBatch, root, signers, expires } = built;
  const others = signers.map(({ certificate, issuer }) => {
    return { certificate: parseCertificate(certificate), issuer: parseCertificate(issuer) };
  });
  const { token, timestamp, authority } = await desk.stamp({ digest, value: root }, others);
  const newExpires = Math.min(...timestamp.chain.map(({ notAfter }) => notAfter));
  if (expires !== undefined && newExpires <= expires) {
    throw new Error(`${authority} signs with a certificate that expires no later than those to be renewed`);
  }
  const renewal: Renewal = {
    v: 1,
    ...{ method, digest, after, chunks, lastBatch, authority },
    reason: desk.reason,
    time: desk.clock.now(),
    configuration: await desk.configuration(),
    genTime: timestamp.genTime,
    token: token.toString("base64"),
  };
  const bytes = serializeRenewal(renewal);
  const name = toBase64Url(sha256(bytes));
  await desk.keep({ kind: "renewal", sha256: name, bytes });
  return name;
}
