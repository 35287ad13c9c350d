import { Readable } from "node:stream";
import { uncuttablePlace } from "../../catalogue/uncuttable-place.ts";
import { cutJson, type KeptMembers } from "../../core/cut-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { forwardedResponseHeaders } from "../../core/header-table.ts";
import { canBeNamed } from "../../policy/disclosure.ts";
import { subjectsInAnswer } from "../answer-subjects.ts";
import { maxInlineBody } from "../body.ts";
import { describeBreach, tellBreach } from "../breach.ts";
import { disclosureOfAnswer } from "../disclosure-of-answer.ts";
import { bytesOf } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";
import { receiveAnswer } from "./call-service.ts";

/**
 * Step 14: takes away what agreement and purpose do not allow, and what was withdrawn; every other byte stays. What is
 * removed is named whether it was there or not: the names say nothing of the person.
 */
export async function cutAnswer(x: ProviderExchange): Promise<void> {
  const { status, reason, headers } = x.serviceAnswer;
  const { contentKind } = required(x.description);
  const described = x.endpoint.document.responseHeaders ?? [];
  const disclosure = disclosureOfAnswer(x, String(status));
  const isCut = contentKind === "json" && disclosure.removed.length > 0;
  if (isCut) {
    if (!canBeNamed(disclosure))
      throw new SealwayError("invalid_response", "more fields are withdrawn than an answer can name");
    await keep(x, disclosure.kept);
    x.fieldsRemoved = disclosure.removed;
  }
  x.answerSubjects = subjectsInAnswer(x.endpoint, x.answered, x.fieldsRemoved);
  const validators = isCut || x.unknownRemoved ? "drop" : "pass";
  const kept = forwardedResponseHeaders(headers, contentKind, { described, validators });
  x.answerStart = { status, reason, headers: kept };
}

/** What has another form than described, and holds more than may be told, is not delivered, be it observed or not. */
function checkCuttable(x: ProviderExchange, kept: KeptMembers): void {
  const place = uncuttablePlace(x.answered ?? null, kept);
  if (place === undefined) return;
  const breach = { place, keyword: "cut" };
  tellBreach(x, { message: "answer", breach, fate: "refused" });
  throw new SealwayError("invalid_response", describeBreach(breach));
}

/** What a document of which nothing stays leaves is no document. */
async function keep(x: ProviderExchange, kept: KeptMembers | undefined): Promise<void> {
  const whole = x.answerBody;
  if (whole === null) return;
  if (kept !== undefined) checkCuttable(x, kept);
  const text = kept === undefined ? "" : cutJson((await bytesOf(whole)).toString("utf8"), kept);
  await replaceAnswer(x, Buffer.from(text, "utf8"));
}

/** Puts other bytes in the answer's place, in memory or on disk as the ones before. */
export async function replaceAnswer(x: ProviderExchange, bytes: Buffer): Promise<void> {
  const whole = x.answerBody;
  x.answerBody = await receiveAnswer(x, bytes.length > maxInlineBody ? Readable.from([bytes]) : bytes);
  whole?.discard();
}
