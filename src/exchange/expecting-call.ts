import type { IncomingMessage } from "node:http";
import { type Agent, request } from "node:https";
import { SealwayError } from "../core/errors.ts";
import { type Body, maxInlineBody } from "./body.ts";
import { startDeadline } from "./deadline-timer.ts";
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
  /** Breaks it off, also while it waits for a connection. */
  readonly givenUp: AbortSignal;
}

/**
 * One POST whose body is sent only after `100 Continue` (RFC 9110 §10.1.1), which undici does not offer over
 * HTTP/1.1. A final answer instead of 100 is the answer, and costs the connection.
 * @param milliseconds until the deadline of the answer; a body that is handed out as a stream has its reader's
 * @throws SealwayError in the words given
 */
export function expectingCall(
  words: CallWords,
  { body, givenUp, ...to }: ExpectingRequest,
  milliseconds: number,
): Promise<CallAnswer> {
  const headers = { ...to.headers, "content-length": String(body.length), expect: "100-continue" };
  return new Promise((resolve, reject) => {
    const call = request({ ...to, method: "POST", headers });
    const late = new SealwayError(words.late, `${words.who} did not answer in time`);
    const timer = startDeadline(() => fail(late), milliseconds);
    let connected = false;
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(told(error, words, connected));
      call.destroy(error);
    };
    const breakOff = () => fail(new Error("the connections are given up"));
    givenUp.addEventListener("abort", breakOff, { once: true });
    call.once("close", () => givenUp.removeEventListener("abort", breakOff));
    call.on("socket", () => {
      connected = true;
    });
    call.on("continue", () => {
      sendBody(body, call).catch((error) => call.destroy(error));
    });
    call.on("response", (answer) => {
      answer.once("close", () => call.destroy());
      bodyOf(answer).then((received) => {
        clearTimeout(timer);
        resolve(answerOf(answer, received));
      }, fail);
    });
    call.on("error", fail);
    call.flushHeaders();
  });
}

/** Short answers are taken in at once; what is longer, or does not say how long it is, streams. */
async function bodyOf(answer: IncomingMessage): Promise<CallAnswer["body"]> {
  const length = Number(answer.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  return length > maxInlineBody ? answer : Buffer.concat(await answer.toArray());
}

function answerOf(
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
  body: CallAnswer["body"],
): CallAnswer {
  return { status: statusCode ?? 0, reason: statusMessage ?? "", rawHeaders, body };
}

function told(cause: Error, { who, unreachable, cutOff }: CallWords, connected: boolean): SealwayError {
  if (cause instanceof SealwayError) return cause;
  if (!connected) return new SealwayError(unreachable, `no connection to ${who}`, { cause });
  return new SealwayError(cutOff, `the connection to ${who} broke`, { cause });
}
