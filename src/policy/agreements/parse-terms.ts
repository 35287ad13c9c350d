import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import { type Agreement, parseAgreement } from "../agreement.ts";

/**
 * Reads the terms of an act, which are an agreement.
 * @throws SealwayError `act_refused` naming the place
 */
export function parseTerms(document: Json): Agreement {
  const bytes = Buffer.from(canonicalJson(document), "utf8");
  try {
    return parseAgreement(bytes);
  } catch (cause) {
    const { detail } = asSealwayError(cause);
    throw new SealwayError("act_refused", `the terms are no agreement: ${detail}`, { cause });
  }
}
