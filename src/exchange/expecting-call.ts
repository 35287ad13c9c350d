import type { IncomingMessage } from "node:http";
import { type Agent, request } from "node:https";
import { SealwayError } from "../core/errors.ts";
import type { Body } from "./body.ts";
import type { CallAnswer, CallWords } from "./outgoing-call.ts";
import { sendBody } from "./send-body.ts";

export interface ExpectingRequest {
  readonly agent: Agent;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly maxHeaderSize: number;
}

/**
 * One POST whose body is sent only after `100 Continue` (RFC 9110 §10.1.1), which undici does not offer over
 * HTTP/1.1. A final answer instead of 100 is the answer, and costs the connection.
 * @param milliseconds until the deadline of the answer's head; its body has the reader's
 * @throws SealwayError in the words given
 */
export function expectingCall(
  words: CallWords,
  { body, ...to }: ExpectingRequest,
  milliseconds: number,
): Promise<CallAnswer> {
  const headers = { ...to.headers, "content-length": String(body.length), expect: "100-continue" };
  return new Promise((resolve, reject) => {
    const call = request({ ...to, method: "POST", headers });
    const late = new SealwayError(words.late, `${words.who} did not answer in time`);
    const timer = setTimeout(() => call.destroy(late), Math.max(0, milliseconds));
    let connected = false;
    call.on("socket", () => {
      connected = true;
    });
    call.on("continue", () => {
      sendBody(body, call).catch((error) => call.destroy(error));
    });
    call.on("response", (answer) => {
      clearTimeout(timer);
      answer.once("close", () => call.destroy());
      resolve(answerOf(answer));
    });
    call.on("error", (error) => {
      clearTimeout(timer);
      reject(told(error, words, connected));
    });
    call.flushHeaders();
  });
}

function answerOf(answer: IncomingMessage): CallAnswer {
  const { statusCode, statusMessage, rawHeaders } = answer;
  return { status: statusCode ?? 0, reason: statusMessage ?? "", rawHeaders, body: answer };
}

function told(cause: Error, { who, unreachable, cutOff }: CallWords, connected: boolean): SealwayError {
  if (cause instanceof SealwayError) return cause;
  if (!connected) return new SealwayError(unreachable, `no connection to ${who}`, { cause });
  return new SealwayError(cutOff, `the connection to ${who} broke`, { cause });
}
