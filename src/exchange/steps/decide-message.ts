import type { Agreement } from "../../policy/agreement.ts";
import { decide } from "../../policy/decide.ts";
import type { Purpose } from "../../policy/purpose.ts";
import { ungrantedFields } from "../../policy/ungranted-fields.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { denialFor } from "../judge-request.ts";
import { knownFacts } from "../known-facts.ts";
import { isMessage } from "../message-pattern.ts";
import { DenialError } from "../problem.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";

/** More fields than these are not named. */
const mostNamed = 20;

/**
 * Step 5, of messages: who sends one discloses what is in it, so that the sender's gateway decides, and its verdict
 * binds, before anything is signed. What it does not know it does not permit.
 */
export function decideMessage(x: ConsumerExchange): void {
  if (!isMessage(x)) return;
  const { services, trust } = x;
  const description = required(x.description);
  const facts = knownFacts(x);
  const { agreements } = facts;
  const decision = decide({ ...facts, agreements: agreements === "unknown" ? [] : agreements });
  const { purpose = null } = x.purpose ?? {};
  switch (decision.verdict) {
    case "permit":
      x.agreement = decision.agreement;
      checkFields(x, decision.agreement, purpose);
      return;
    case "deny": {
      const call = { client: x.client, description, endpoint: required(x.endpoint), method: x.call.method };
      throw denialFor(services, trust, call, { decision, purpose });
    }
    case "open":
      // Permissions are held where data is disclosed; none of messages are held yet.
      throw new DenialError(
        "permission_required",
        "permission.exists",
        `Request is not allowed: ${description.id}`,
      );
  }
}

/** Step 11, of messages: the recipient's gateway checks what it sees, by the same rule; it cannot undo the sender's word. */
export function checkMessage(x: ProviderExchange): void {
  if (!isMessage(x)) return;
  // An agreement that the sender did not name it did not decide by.
  if (x.verified.document.agreement === null)
    throw new DenialError(
      "agreement_mismatch",
      "agreement.named",
      "a message names the agreement of its sender",
    );
  checkFields(x, x.agreement, x.purpose);
}

function checkFields(
  x: ConsumerExchange | ProviderExchange,
  agreement: Agreement | null,
  purpose: Purpose | null,
): void {
  const description = required(x.description);
  const grounds = { agreement, purpose, withdrawnFields: [] };
  const endpoint = required(x.endpoint);
  const { query } = x.target;
  const told = { body: x.asked, parameters: x.parameters, query };
  x.asked = undefined;
  const fields = ungrantedFields(description, endpoint, grounds, told);
  if (fields.length === 0) return;
  const named = fields.slice(0, mostNamed).map((field) => field || "the body as a whole");
  const more = fields.length > named.length ? `, and ${fields.length - named.length} more` : "";
  throw new DenialError("fields_not_granted", "message.fields", `${named.join(", ")}${more}`);
}
