import { SealwayError } from "../../core/errors.ts";
import { agreementHint } from "../../policy/agreements/agreement-hint.ts";
import { type Decision, decide, defaultPurpose } from "../../policy/decide.ts";
import { purposeOf } from "../../policy/purpose.ts";
import { authorityWord } from "../authority-word.ts";
import { checkBuiltInCaller, isReserved } from "../builtin/built-in-services.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { knownFacts } from "../known-facts.ts";
import { DenialError } from "../problem.ts";
import { required } from "../required.ts";

/**
 * Step 4: the decision on what this side knows. Only the provider's verdict binds and only the provider holds all
 * agreements, so that this one denies nothing but what this side itself suspended: it finds the purpose and the agreement that the request will name. A
 * purpose that the caller states is one of the description; a caller that states none has the one that there can be.
 * Built-in services have neither: a table says who may call them; a dry run is for the purpose that it tries.
 */
export function decideOnKnown(x: ConsumerExchange): void {
  if (x.headers.purpose !== null)
    x.purpose = { purpose: statedPurpose(x, x.headers.purpose), source: "stated" };
  if (isReserved(x.target.service)) {
    const { connection } = x.call;
    checkBuiltInCaller(x.target.service, required(x.endpoint).template.text, connection);
    if (connection.kind === "gateway") x.purpose = connection.tries ?? null;
    return;
  }
  x.purpose ??= defaultedPurpose(x);
  const decision = decide(knownFacts(x));
  if (decision.verdict === "deny") checkOwnSuspension(x, decision);
  const [first = null] = decision.verdict === "deny" ? [] : decision.agreements;
  x.agreement = first;
}

/** What this side itself suspended is not asked for: the other side may not know of it yet. @throws DenialError */
function checkOwnSuspension(
  x: ConsumerExchange,
  { failed, trace }: Extract<Decision, { verdict: "deny" }>,
): void {
  if (failed.name !== "agreement.suspended") return;
  const agreements = trace.at(-1)?.agreements ?? [];
  if (!agreements.every(({ standing }) => standing?.suspendedBy.includes("consumer"))) return;
  const word = authorityWord(x.services.trust(), x.client);
  const hint = agreementHint(failed.name, agreements, x.services.clock.now(), word);
  throw new DenialError(failed.code, failed.name, `Request is not allowed: ${x.target.service}${hint}`);
}

function defaultedPurpose(x: ConsumerExchange): ConsumerExchange["purpose"] {
  const id = defaultPurpose(knownFacts(x));
  const purpose = id === undefined ? undefined : purposeOf(required(x.description), id);
  return purpose === undefined ? null : { purpose, source: "defaulted" };
}

/** What the caller wrote is not repeated: it could be anything. */
function statedPurpose({ description }: ConsumerExchange, id: string) {
  const purpose = purposeOf(required(description), id);
  if (purpose === undefined)
    throw new SealwayError(
      "purpose_unknown",
      `the purposes of the service are: ${known(required(description))}`,
    );
  return purpose;
}

function known({
  document: { purposes = [] },
}: {
  document: { purposes?: readonly { id: string }[] };
}): string {
  return purposes.map(({ id }) => id).join(", ") || "none";
}
