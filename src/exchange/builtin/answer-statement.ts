import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { checkControl } from "../../messagelog/statement/control-schemas.ts";
import { parseHourStatement } from "../../messagelog/statement/hour-statement.ts";
import type { IdRange, PairHour } from "../../messagelog/statement/pair-hour.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { required } from "../required.ts";
import type { ServiceAnswer } from "../service-client.ts";
import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "./built-in-client.ts";
import { checkHour, checkQuestionHour } from "./check-hour-statement.ts";
import type { HourDesk, HourStatements } from "./hour-statements.ts";

/**
 * `sealway.statement`: takes the other side's statement of an hour and gives ours, and what narrows a difference.
 * Everything is about exchanges between the member that asks and the member asked, and nobody else's.
 */
export function answerStatement(
  services: () => GatewayServices,
  statements: HourStatements,
  desk: HourDesk,
): BuiltInAnswer {
  const answers: Readonly<Record<string, (call: BuiltInCall) => Promise<ServiceAnswer>>> = {
    "/statements": async (call) => {
      const bytes = readStatement(call.body);
      const { from } = parseHourStatement(bytes).statement;
      checkHour(from, services().clock.now());
      const hour = hourOf(services(), call, from);
      await statements.take(bytes, hour);
      const own = await statements.own(hour);
      return jsonAnswer(200, { statement: own.bytes.toString("latin1") });
    },
    "/ranges": async (call) => {
      const { from, ranges } = readQuestion(call.body);
      checkQuestionHour(from, services().clock.now());
      const sums = await desk.ranges({ ...hourOf(services(), call, from), ranges });
      return jsonAnswer(200, { sums });
    },
    "/entries": async (call) => {
      const { from, ranges } = readQuestion(call.body);
      checkQuestionHour(from, services().clock.now());
      const entries = await desk.entries({ ...hourOf(services(), call, from), ranges });
      return jsonAnswer(200, { entries });
    },
  };
  return (call) => required(answers[call.path])(call);
}

/** The pair is the one of the two servers that speak; only the hour is the asker's choice. */
function hourOf({ self, trust }: GatewayServices, call: BuiltInCall, from: number): PairHour {
  const { client, subsystem } = call;
  const peerServer = required(trust().directory.serverOf(client)).id;
  return { member: memberOf(subsystem), server: self, peer: memberOf(client), peerServer, from };
}

function readStatement(body: Buffer): Buffer {
  const document = parseStrictJson(body) as { readonly statement: string };
  checkControl("statement", document, "invalid_body");
  return Buffer.from(document.statement, "latin1");
}

function readQuestion(body: Buffer): { readonly from: number; readonly ranges: readonly IdRange[] } {
  const question = parseStrictJson(body) as ReturnType<typeof readQuestion>;
  checkControl("question", question, "invalid_body");
  if (question.ranges.some(({ from, to }) => from >= to))
    throw new SealwayError("invalid_body", "question: a range ends before it begins");
  return question;
}
