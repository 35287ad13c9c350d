import type { Used } from "./load-order.ts";

/** A way from the load generator to the echo register. */
export interface Route {
  readonly name: RouteName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Process ids; the direct way has no hops. */
  readonly processes: Readonly<Partial<Record<ProcessName, number>>>;
}

/** What each way is; the same work on all of them. */
export const routeTitles = {
  direct: "(a) straight to the register",
  "pass-through": "(b) mutual TLS without trust, node",
  nginx: "(c) mutual TLS without trust, nginx",
  opaque: "Sealway, opaque body",
  json: "Sealway, JSON body",
} as const;

export type RouteName = keyof typeof routeTitles;

/** Whose CPU and memory is watched, in the order of the hops. */
export const processNames = ["generator", "consumer", "provider", "register"] as const;

export type ProcessName = (typeof processNames)[number];

export type UsedByProcess = Readonly<Partial<Record<ProcessName, Used>>>;
