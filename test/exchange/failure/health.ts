import type { CountryServer } from "../country/server.ts";

/** What `GET /health` says of a gateway. */
export interface HealthSeen {
  readonly http: number;
  readonly status: string;
  /** `severity code`, in order. */
  readonly alarms: readonly string[];
  readonly details: readonly string[];
  readonly configurationVersion: number | null;
  readonly timestampLagMs: number;
}

export async function healthOf({ gateway }: CountryServer): Promise<HealthSeen> {
  const response = await fetch(`http://127.0.0.1:${gateway.ports.health}/health`);
  const body = (await response.json()) as Omit<HealthSeen, "alarms"> & {
    readonly alarms: readonly { readonly code: string; readonly severity: string; readonly detail: string }[];
  };
  return {
    ...body,
    http: response.status,
    alarms: body.alarms.map(({ severity, code }) => `${severity} ${code}`),
    details: body.alarms.map(({ detail }) => detail),
  };
}
