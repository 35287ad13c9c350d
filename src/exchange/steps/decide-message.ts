import { SealwayError } from "../../core/errors.ts";
import { type Decision, decide } from "../../policy/decide.ts";
import type { Grounds } from "../../policy/disclosure.ts";
import { permissionScheme } from "../../policy/permissions/permission.ts";
import { ungrantedFields } from "../../policy/ungranted-fields.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { denialFor } from "../judge-request.ts";
import { knownFacts } from "../known-facts.ts";
import { isMessage } from "../message-pattern.ts";
import { givenFor } from "../permissions/given-for.ts";
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
  const decision = decideOnMessage(x);
  if (decision?.verdict === "open")
    throw new SealwayError("access_denied", `the decision stays open: ${decision.needed.join(", ")}`);
}

/**
 * The sender's decision on a message: open where a dry run names nobody whose permission could be judged.
 * @returns undefined for what is no message. @throws DenialError
 */
export function decideOnMessage(x: ConsumerExchange): Decision | undefined {
  if (!isMessage(x)) return undefined;
  const { services, trust } = x;
  const description = required(x.description);
  const facts = knownFacts(x);
  const { agreements } = facts;
  const decision = decide({ ...facts, agreements: agreements === "unknown" ? [] : agreements });
  const { purpose = null } = x.purpose ?? {};
  x.decision = decision;
  if (decision.verdict === "deny") {
    const call = { client: x.client, description, endpoint: required(x.endpoint), method: x.call.method };
    throw denialFor(services, trust, call, { decision, purpose });
  }
  if (decision.verdict === "permit") {
    x.agreement = decision.agreement;
    checkFields(x, { agreement: decision.agreement, purpose, permission: givenFor(x) });
  }
  return decision;
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
  checkPermissionNamed(x);
  checkFields(x, { agreement: x.agreement, purpose: x.purpose });
}

/** The sender answers for what it was permitted; which permission that was, its message commits to. */
function checkPermissionNamed({ purpose, verified: { document } }: ProviderExchange): void {
  if (purpose?.permission === undefined || document.emergency !== null) return;
  if (document.permission?.scheme !== permissionScheme)
    throw new DenialError("permission_required", "person", "a message names the permission that it needs");
}

function checkFields(
  x: ConsumerExchange | ProviderExchange,
  by: Pick<Grounds, "agreement" | "purpose" | "permission">,
): void {
  const description = required(x.description);
  const grounds = { ...by, withdrawnFields: [] };
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
