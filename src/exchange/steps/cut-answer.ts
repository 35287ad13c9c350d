import { STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import { uncuttablePlace } from "../../catalogue/uncuttable-place.ts";
import { cutJson, type KeptMembers } from "../../core/cut-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { forwardedResponseHeaders } from "../../core/header-table.ts";
import { canBeNamed } from "../../policy/disclosure.ts";
import { subjectsInAnswer } from "../answer-subjects.ts";
import { maxInlineBody } from "../body.ts";
import { describeBreach, tellBreach } from "../breach.ts";
import { disclosureOfAnswer, removedFromAnswers } from "../disclosure-of-answer.ts";
import { bytesOf } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";
import { receiveAnswer } from "./call-service.ts";

/**
 * Step 14: takes away what agreement and purpose do not allow, and what was withdrawn; every other byte stays. What is
 * removed is named whether it was there or not, and whatever the status: the names say nothing of the person.
 */
export async function cutAnswer(x: ProviderExchange): Promise<void> {
  const { contentKind } = required(x.description);
  if (contentKind === "json") await cutJsonAnswer(x);
  else x.answerStart = startWith(x, "pass");
  if (contentKind === "signed") await keepSigned(x);
}

/** What came into force while the service was at work, or nobody described, is found only now. */
async function keepSigned(x: ProviderExchange): Promise<void> {
  const { status } = x.serviceAnswer;
  const { kept, removed } = disclosureOfAnswer(x, String(status));
  if (kept === undefined && status >= 300) await keep(x, kept);
  else if (removed.length > 0)
    throw new SealwayError("invalid_response", "signed content would have to be cut");
}

async function cutJsonAnswer(x: ProviderExchange): Promise<void> {
  const removed = removedFromAnswers(x);
  if (!canBeNamed(removed))
    throw new SealwayError("invalid_response", "more fields are withdrawn than an answer can name");
  const { kept } = disclosureOfAnswer(x, String(x.serviceAnswer.status));
  const isCut = await keep(x, kept);
  x.fieldsRemoved = removed;
  x.answerSubjects =
    kept === undefined ? [] : subjectsInAnswer(x.endpoint, x.answered, kept, x.trust.vocabulary);
  const isWhole = kept === "whole" || (kept !== undefined && x.answerBody !== null && !isCut);
  const start = startWith(x, isWhole && !x.unknownRemoved ? "pass" : "drop");
  // What a service says in words of its own is read by nobody here.
  x.answerStart = { ...start, reason: STATUS_CODES[start.status] ?? "" };
}

/** @param validators whether those of the whole answer are true of what is delivered */
function startWith(x: ProviderExchange, validators: "pass" | "drop"): ProviderExchange["answerStart"] {
  const { status, reason, headers } = x.serviceAnswer;
  const described = x.endpoint.document.responseHeaders ?? [];
  const { contentKind } = required(x.description);
  return {
    status,
    reason,
    headers: forwardedResponseHeaders(headers, contentKind, { described, validators }),
  };
}

/** What has another form than described, and holds more than may be told, is not delivered, be it observed or not. */
function checkForm(x: ProviderExchange, place: string | undefined): void {
  if (place === undefined) return;
  const breach = { place, keyword: "cut" };
  tellBreach(x, { message: "answer", breach, fate: "refused" });
  throw new SealwayError("invalid_response", describeBreach(breach));
}

/** What a document of which nothing stays leaves is no document. @returns whether anything was cut */
async function keep(x: ProviderExchange, kept: KeptMembers | undefined): Promise<boolean> {
  if (x.answerBody === null || kept === "whole") return false;
  if (kept === undefined) {
    checkDescribed(x);
    await replaceAnswer(x, Buffer.alloc(0));
    return true;
  }
  checkForm(x, uncuttablePlace(x.answered ?? null, kept));
  return cutBody(x, kept);
}

/** Cuts the answer's body, which is JSON. @returns whether anything went */
export async function cutBody(x: ProviderExchange, kept: KeptMembers): Promise<boolean> {
  if (x.answerBody === null) return false;
  const text = (await bytesOf(x.answerBody)).toString("utf8");
  const left = cutJson(text, kept);
  if (left !== text) await replaceAnswer(x, Buffer.from(left, "utf8"));
  return left !== text;
}

/** A success that nobody described could be taken for an empty one. Of other answers the status says enough. */
function checkDescribed(x: ProviderExchange): void {
  const { status } = x.serviceAnswer;
  const isDescribed = x.endpoint.document.responses?.[status] !== undefined;
  if (!isDescribed && status < 300) checkForm(x, "");
}

/** Puts other bytes in the answer's place, in memory or on disk as the ones before. */
async function replaceAnswer(x: ProviderExchange, bytes: Buffer): Promise<void> {
  const whole = x.answerBody;
  x.answerBody = await receiveAnswer(x, bytes.length > maxInlineBody ? Readable.from([bytes]) : bytes);
  whole?.discard();
}
