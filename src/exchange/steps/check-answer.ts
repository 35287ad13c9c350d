import { type Breach, breachOf } from "../../catalogue/compiled-schemas.ts";
import { SealwayError } from "../../core/errors.ts";
import { disclosureOf, projectionOf } from "../../policy/disclosure.ts";
import { tellBreach } from "../breach.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { parseJsonBody } from "../json-body.ts";
import { required } from "../required.ts";

/**
 * Step 18: holds the answer against what is left of its schema by description, agreement and purpose as they are known
 * here. The provider answers for what it sealed: a difference is told, and the answer is delivered.
 */
export async function checkAnswer(x: ConsumerExchange): Promise<void> {
  const breach = await breachOfDelivered(x);
  if (breach !== undefined) tellBreach(x, { message: "answer", breach, fate: "delivered" });
}

async function breachOfDelivered(x: ConsumerExchange): Promise<Breach | undefined> {
  const { document, head } = x.answer;
  const description = required(x.description);
  const endpoint = required(x.endpoint);
  if (document.type !== "response" || description.contentKind !== "json") return undefined;
  const status = head.start.kind === "response" ? String(head.start.status) : "";
  const media = endpoint.document.responses?.[status];
  // Without the agreement that permitted it nobody knows here what was to be removed.
  if (media === undefined || document.agreement?.sha256 !== x.agreement?.sha256) return undefined;
  const { withdrawnFields } = x.trust.catalogue.standingOf(description);
  const purpose = x.purpose?.purpose ?? null;
  const grounds = { agreement: x.agreement, purpose, withdrawnFields };
  const disclosure = disclosureOf(description, endpoint, status, grounds);
  const removed = document.decision?.fieldsRemoved ?? [];
  if (disclosure.removed.join() !== removed.join()) return { place: "", keyword: "fieldsRemoved" };
  if (x.answerBody === null || disclosure.kept === undefined) return undefined;
  const schema = projectionOf(media.schema, disclosure);
  try {
    return breachOf(schema, await parseJsonBody(x.answerBody, head.headers, "invalid_response"));
  } catch (error) {
    if (error instanceof SealwayError && error.code === "invalid_response")
      return { place: "", keyword: "json" };
    throw error;
  }
}
