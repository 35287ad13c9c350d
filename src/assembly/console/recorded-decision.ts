import type { ToldRule } from "../../admin/exchange-desk.ts";
import type { Endpoint, ServiceDescription } from "../../catalogue/service-description.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import type { Agreement } from "../../policy/agreement.ts";
import { decide } from "../../policy/decide.ts";
import type { Facts } from "../../policy/decision/facts.ts";
import { traceFor } from "../../policy/decision/trace-for.ts";
import { type Purpose, purposeOf } from "../../policy/purpose.ts";

/** What a log kept of the grounds of a decision. */
export interface Grounds {
  /** The request as it was signed. */
  readonly request: ExchangeDocument;
  /** When it was answered, milliseconds: the binding decision was made before. */
  readonly answered: number;
  readonly description: ServiceDescription | undefined;
  /** The one that the request names. */
  readonly agreement: Agreement | undefined;
}

/**
 * The rules of a decision, asked again of the documents in force on that day by what decides live calls. What the log does
 * not keep (suspensions, what the authority certified, permissions, withdrawn fields) stays unknown: the rules that need
 * it say so; where none was needed no rule of permissions is told. The verdict itself is the provider's, as it signed it.
 */
export function recordedTrace({ request, answered, description, agreement }: Grounds): readonly ToldRule[] {
  const endpoint = description && endpointOf(request, description);
  if (description === undefined || endpoint === undefined || request.endpoint === null) return [];
  const purpose = purposeIn(request, description);
  const facts: Facts = {
    now: answered,
    endpoint: request.endpoint,
    version: description.version,
    purpose: purpose === undefined ? "unknown" : purpose,
    purposeSource: request.purposeSource,
    lawfulBasis: request.lawfulBasis,
    decisionUse: request.decisionUse,
    // A condition is judged by what the authority certified at that moment.
    agreements: agreement === undefined ? "unknown" : [{ ...agreement, conditions: [] }],
    named: request.agreement,
    permission: purpose?.permission === undefined ? null : "unknown",
    answers: { description, endpoint, withdrawnFields: [] },
    emergency: request.emergency && { userNamed: request.user !== null, suspended: new Set() },
  };
  const asked = traceFor(decide(facts), "auditor").filter(
    ({ code }) => facts.permission !== null || code !== "permission_required",
  );
  return asked.map(({ rule, outcome, code, mends, inputs }) => ({
    ...{ rule, code, mends },
    outcome: ofTheMoment.has(rule) ? "unknown" : outcome,
    inputs: inputs.map(({ kind, id, revision }) => `${kind} ${id} (${revision})`),
  }));
}

/** Rules whose facts are in no document that records name. */
const ofTheMoment: ReadonlySet<string> = new Set(["agreement.suspended"]);

function endpointOf({ endpoint }: ExchangeDocument, description: ServiceDescription): Endpoint | undefined {
  return description.endpoints.find(
    ({ method, template }) =>
      template.text === endpoint?.template && (method === endpoint.method || method === "*"),
  );
}

/** Undefined for one that is not, to the letter, the description's. */
function purposeIn(
  { purpose }: ExchangeDocument,
  description: ServiceDescription,
): Purpose | null | undefined {
  if (purpose === null) return null;
  const stated = purposeOf(description, purpose.id);
  return stated?.sha256 === purpose.sha256 ? stated : undefined;
}
