import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

/** Something that an operator should know; it stands as long as its cause. */
export interface Alarm {
  readonly code: string;
  /** `critical` is for now, `warning` for office hours; whether exchanges are taken is the status's business. */
  readonly severity: "warning" | "critical";
  /** The member, server or service that it is about, where it is about one. */
  readonly about?: string;
  readonly detail: string;
  readonly remedy: string;
}

export interface StandingAlarm extends Alarm {
  /** When it was first seen, milliseconds since the epoch. */
  readonly since: number;
}

/** How a service that is provided here has fared. */
export interface ServiceState {
  readonly service: string;
  /** `ok` and `failing` by its last call, `out` while it is not called because it could not be reached. */
  readonly state: "unused" | "ok" | "failing" | "out";
  readonly running: number;
  readonly concurrency: number;
  /** Milliseconds since the epoch. */
  readonly lastSuccess: number | null;
  readonly lastFailure: number | null;
  /** A code of the table of errors. */
  readonly lastFailureCode: string | null;
  /** Since the server started. */
  readonly brokenAnswers: BrokenAnswers;
}

/** Answers of a service that broke its description. Nothing here comes from an answer. */
export interface BrokenAnswers {
  readonly delivered: number;
  readonly refused: number;
  readonly last: {
    /** Milliseconds since the epoch. */
    readonly time: number;
    readonly version: string;
    readonly endpoint: string;
    /** JSON pointer, and the keyword of the schema that is broken there. */
    readonly place: string;
    readonly keyword: string;
  } | null;
}

export interface Health {
  readonly status: "ok" | "degraded" | "unable";
  readonly server: string;
  /** The instance is a demonstration: nothing it signs proves anything. */
  readonly demonstration: boolean;
  readonly alarms: readonly StandingAlarm[];
  readonly services: readonly ServiceState[];
  readonly [figure: string]: unknown;
}

/** What an operator's tools are told. */
export interface HealthSources {
  health(): Health;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/**
 * For operators and their tools, no one else: it authenticates nobody.
 * - `GET /health`, `/health/ready`: 200 while exchanges are taken, 503 when they are not; the body says why
 * - `GET /health/live`: 200 while the process runs at all: a reason to restart it is no answer only
 * - `GET /metrics`: Prometheus
 */
export function createHealthInterface({ health, metrics }: HealthSources): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook("onSend", async (_request, reply) => void reply.header("cache-control", "no-store"));
  const tell = (_request: FastifyRequest, reply: FastifyReply) => {
    const current = health();
    reply.code(current.status === "unable" ? 503 : 200).send(current);
  };
  app.get("/health", tell);
  app.get("/health/ready", tell);
  app.get("/health/live", async () => ({ status: "ok" }));
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return app;
}
