import { SealwayError } from "../../core/errors.ts";
import { parseJsonBody } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";

/** Step 14: what an endpoint of JSON answers is whole and JSON. */
export async function validateAnswer(x: ProviderExchange): Promise<void> {
  if (required(x.description).contentKind !== "json") return;
  const { status, headers } = x.serviceAnswer;
  if (status < 200 || status === 206 || status === 304) {
    throw new SealwayError("invalid_response", `status ${status} is no whole answer`);
  }
  await parseJsonBody(x.answerBody, headers, "invalid_response");
}
