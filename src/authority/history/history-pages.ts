import type { FastifyInstance, FastifyReply } from "fastify";
import type { Clock } from "../../core/clock.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import type { PastConfigurations } from "./past-configurations.ts";

type Asked = { Querystring: { at?: string } };

const timeForm = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/;

/**
 * Any configuration by time, for everybody: `GET /configuration?at=TIME` tells which it was and where its files stand,
 * `GET /verificationconf?at=TIME` is X-Road's zip of it. Without `at` it is the one in force.
 */
export function addHistoryPages(server: FastifyInstance, past: PastConfigurations, clock: Clock): void {
  server.get<Asked>("/configuration", (request, reply) =>
    answer(reply, async () => ({
      type: "application/json",
      body: Buffer.from(JSON.stringify(await past.told(timeOf(request.query.at, clock), request.ip))),
    })),
  );
  server.get<Asked>("/verificationconf", (request, reply) =>
    answer(reply, async () => ({
      type: "application/zip",
      body: await past.packed(timeOf(request.query.at, clock), request.ip),
    })),
  );
}

/** @param text attacker-controlled @throws SealwayError `bad_request` */
function timeOf(text: string | undefined, clock: Clock): number {
  if (text === undefined) return clock.now();
  const time = typeof text === "string" && timeForm.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new SealwayError("bad_request", "at is a day or a time in UTC: 2026-11-22T12:00:00Z");
  return time;
}

async function answer(
  reply: FastifyReply,
  make: () => Promise<{ readonly type: string; readonly body: Buffer }>,
): Promise<FastifyReply> {
  reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  try {
    const { type, body } = await make();
    return reply.type(type).send(body);
  } catch (thrown) {
    const { detail, entry } = asSealwayError(thrown);
    return reply.code(entry.status).send({ title: entry.title, status: entry.status, detail });
  }
}
