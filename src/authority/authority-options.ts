import type { Clock } from "../core/clock.ts";
import type { Schedule } from "../trust/schedule.ts";
import type { OpenRegistryLog } from "./registration/registry-log.ts";
import type { RegistryDocument } from "./registry-document.ts";
import type { TlsFiles } from "./served-tls.ts";

export interface AuthorityOptions {
  /** The path of a registry file, which is watched, or its content, which `publish` replaces. */
  readonly registry: string | RegistryDocument;
  readonly stateDir: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Makes it HTTPS. What is published proves itself, so that clients need it for privacy alone. */
  readonly tls?: TlsFiles;
  readonly clock: Clock;
  readonly schedule?: Schedule;
  readonly log?: AuthorityLog;
  readonly passphrase?: string | undefined;
  /** With it members, servers and seals are registered by requests, beside what the registry file says. */
  readonly registryLog?: OpenRegistryLog;
}

/** A pino logger fits. */
export interface AuthorityLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
