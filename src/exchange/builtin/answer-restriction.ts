import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "./built-in-client.ts";

/**
 * `sealway.restriction`: takes what an ordering authority's gateway sends about a restriction. Who may order stands in the
 * global configuration; everybody else is refused, by whichever rule the law names first.
 */
export function answerRestriction(services: () => GatewayServices): BuiltInAnswer {
  return async ({ body, client }: BuiltInCall) => {
    const { act } = await services().restrictions.take(readAct(body), memberOf(client));
    return jsonAnswer(200, { id: act.id, revision: act.revision });
  };
}

/** @throws SealwayError `invalid_body` */
function readAct(body: Buffer): Buffer {
  const { act, ...more } = Object(parseStrictJson(body, "invalid_body"));
  if (typeof act !== "string" || Object.keys(more).length > 0)
    throw new SealwayError("invalid_body", "the body is {act}: a compact JWS");
  return Buffer.from(act, "latin1");
}
