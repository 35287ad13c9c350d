import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { checkControl } from "../../messagelog/statement/control-schemas.ts";
import { DenialError } from "../problem.ts";
import type { AgreementDesk } from "./agreement-desk.ts";
import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "./built-in-client.ts";

/** `sealway.agreement`: takes the other side's acts on an agreement, and tells it those that count. */
export function answerAgreement(desk: AgreementDesk): BuiltInAnswer {
  return async (call) => {
    const parties = { asks: call.client, asked: call.subsystem };
    if (call.path === "/acts") {
      const receipt = await desk.take(readAct(call.body), parties);
      return jsonAnswer(200, { receipt: receipt.toString("latin1") });
    }
    const id = call.path.slice(call.path.lastIndexOf("/") + 1);
    const page = await desk.page(id, afterIn(call), parties);
    // One that is not there and one of others are refused alike.
    if (page === undefined)
      throw new DenialError("access_denied", "builtin.party", "no agreement of this id is between these two");
    return jsonAnswer(200, page);
  };
}

function readAct(body: Buffer): Buffer {
  const document = parseStrictJson(body) as { readonly act: string };
  checkControl("agreement act", document, "invalid_body");
  return Buffer.from(document.act, "latin1");
}

function afterIn({ query }: BuiltInCall): number {
  const match = /^(?:\?after=(\d{1,6}))?$/.exec(query);
  if (match === null) throw new SealwayError("bad_request", "the parameter is after, a number");
  return Number(match[1] ?? 0);
}
