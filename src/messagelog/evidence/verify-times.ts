import type { ExchangeDocument } from "../../message/exchange-document.ts";
import type { MessageCase } from "./verify-case.ts";

/** Clocks of signers and authorities may differ by this much, milliseconds. */
const skew = 60_000;
/** Beyond this the gap between the signer's word and the proof is told, milliseconds. */
const longGap = 12 * 3_600_000;

/**
 * Whether what the signer says of the time agrees with what is proven.
 * @param claimed in the signature, milliseconds
 */
export function judgeTimes(
  { findings, folder }: MessageCase,
  document: ExchangeDocument,
  claimed: number,
  provenAt: number | undefined,
): void {
  const place = `${folder}/signature.jws.json`;
  // iat is ts in whole seconds, taken a moment later.
  if (document.ts < claimed - skew || document.ts > claimed + 2000)
    findings.add("times-contradict", place, "ts and iat are too far apart");
  if (provenAt === undefined) findings.add("time-claimed-only", place, new Date(claimed).toISOString());
  else if (claimed > provenAt + skew)
    findings.add("times-contradict", place, "it claims to be younger than its time-stamp");
  else if (provenAt - claimed > longGap)
    findings.add("time-stamped-late", place, `${Math.round((provenAt - claimed) / 3_600_000)} hours later`);
}
