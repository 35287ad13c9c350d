import fastify, { type FastifyInstance } from "fastify";

/** Something that an operator should know; it stands as long as its cause. */
export interface Alarm {
  readonly code: string;
  readonly severity: "warning" | "critical";
  readonly detail: string;
  readonly remedy: string;
}

export interface Health {
  readonly status: "ok" | "degraded" | "unable";
  readonly server: string;
  /** The instance is a demonstration: nothing it signs proves anything. */
  readonly demonstration: boolean;
  readonly alarms: readonly Alarm[];
  readonly [figure: string]: unknown;
}

/** `GET /health`: 200 while exchanges are taken, 503 when they are not; the body says why. */
export function createHealthInterface(health: () => Health): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get("/health", (_request, reply) => {
    const current = health();
    reply
      .code(current.status === "unable" ? 503 : 200)
      .header("cache-control", "no-store")
      .send(current);
  });
  return app;
}
