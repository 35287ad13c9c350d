import type { Clock } from "../core/clock.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { ConfigurationStatus } from "../trust/configuration-status.ts";
import { askHealth } from "./ask-health.ts";
import { withCopiedTrust } from "./read-trust.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** The configuration as a mirror gives it, after what the server keeps. */
export interface MirrorView extends ConfigurationStatus {
  readonly mirror: string;
}

export interface ConfigurationView {
  readonly mirrors: readonly MirrorView[];
  /** Mirrors that give two configurations of one version. */
  readonly forks: readonly (readonly [mirror: string, other: string])[];
  /** What the running server says; undefined when none answers. */
  readonly server:
    | { readonly version: number | null; readonly alarms: readonly Pick<Alarm, "code" | "detail">[] }
    | undefined;
}

/** Looks at the configuration at each mirror by itself, and at what the running server makes of it. */
export async function lookAtConfiguration(
  configuration: ServerConfiguration,
  clock: Clock,
): Promise<ConfigurationView> {
  const views = await Promise.all(
    configuration.mirrors.map(async (mirror): Promise<MirrorView> => {
      const status = await withCopiedTrust({ ...configuration, mirrors: [mirror] }, clock, (one) =>
        one.status(),
      );
      return { mirror, ...status };
    }),
  );
  const forks = views.flatMap((one, i) =>
    views
      .slice(i + 1)
      .filter((other) => one.version === other.version && one.sha256 !== other.sha256)
      .map((other) => [one.mirror, other.mirror] as const),
  );
  return { mirrors: views, forks, server: await askServer(configuration.healthInterface) };
}

async function askServer(at: ServerConfiguration["healthInterface"]): Promise<ConfigurationView["server"]> {
  const told = await askHealth(at);
  if (told === undefined) return undefined;
  const own = told.alarms.filter(({ code }) => code.startsWith("configuration_"));
  return { version: told.configurationVersion, alarms: own.map(({ code, detail }) => ({ code, detail })) };
}
