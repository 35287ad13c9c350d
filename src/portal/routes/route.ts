import type { FastifyReply } from "fastify";
import type { Visit } from "../visit.ts";

/** A page of the portal: forms are handled only when they come from a page of the same session. */
export type Route = readonly [
  method: "GET" | "POST",
  path: string,
  handle: (visit: Visit) => Promise<FastifyReply> | FastifyReply,
];
