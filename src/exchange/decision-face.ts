import { asSealwayError, SealwayError } from "../core/errors.ts";
import type { ClientId } from "../core/ids.ts";
import type { OwnReply } from "./catalogue/catalogue-face.ts";
import type { InformationSystemCall } from "./consumer-exchange.ts";
import { dryRun, parseQuestion } from "./dry-run.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { bytesOf } from "./json-body.ts";
import { authenticateCaller } from "./own-caller.ts";
import { problemOf } from "./problem.ts";
import { receiveBody } from "./receive-body.ts";

const mostBytes = 16_384;
/** How long a question may take to come, milliseconds. */
const longestArrival = 10_000;

/** `POST /decisions` at the interface for information systems: a dry run of a call, for clients that prove who they are. */
export class DecisionFace {
  /** Whether a raw target is this one. */
  takes(target: string): boolean {
    return target === "/decisions";
  }

  /** Never throws. */
  async answer(services: GatewayServices, call: InformationSystemCall): Promise<OwnReply> {
    let client: ClientId | null = null;
    try {
      const caller = authenticateCaller(services, call);
      client = caller.client;
      if (call.method !== "POST") throw new SealwayError("invalid_http_method", "send it by POST");
      const question = parseQuestion(await read(services, call));
      const credential = caller.headers.get("proxy-authorization");
      const credentials = [
        ...["X-Road-Client", client],
        ...(credential === undefined ? [] : ["Proxy-Authorization", credential]),
      ];
      const decision = await dryRun(services, question, { connection: call.connection, credentials });
      return {
        kind: "document",
        contentType: "application/json",
        body: Buffer.from(JSON.stringify(decision), "utf8"),
      };
    } catch (thrown) {
      const error = asSealwayError(thrown);
      return { kind: "problem", problem: problemOf(error, "consumer", null), queryId: null, error, client };
    }
  }
}

/** @throws SealwayError `body_too_large`, `incomplete_body`, `deadline_exceeded` */
async function read(
  { clock, spoolDirectory }: GatewayServices,
  call: InformationSystemCall,
): Promise<Buffer> {
  call.proceed();
  const body = await receiveBody(call.body, {
    ...{ passage: "consumer-in", maxBytes: mostBytes, spoolDirectory, clock },
    deadline: clock.now() + longestArrival,
  });
  return body === null ? Buffer.alloc(0) : bytesOf(body);
}
