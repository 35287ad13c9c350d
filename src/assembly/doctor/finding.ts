import type { Clock } from "../../core/clock.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import type { ConfigurationStatus } from "../../trust/configuration-status.ts";
import type { RunningServer } from "../ask-health.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** Something that is wrong, for whoever has to mend it. No personal data, no secret. */
export interface Finding {
  /** `broken`: the server cannot start, or exchanges fail; `warning`: they will, or may. */
  readonly severity: "broken" | "warning";
  /** What is wrong. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do. */
  readonly remedy: string;
}

/** A server that is looked at, running or not. */
export interface Examined {
  readonly configuration: ServerConfiguration;
  readonly clock: Clock;
  /** Of the global configuration after one poll, or why there is none. */
  readonly status: ConfigurationStatus | Error;
  /** The global configuration in force; undefined when there is none. */
  readonly index: ConfigurationIndex | undefined;
  /** What answers at the health interface. */
  readonly running: RunningServer | undefined;
  /** Whether somebody takes orders at the socket in the state directory. */
  readonly takesOrders: boolean;
}

/** An `Examined` with a global configuration in force. */
export interface ExaminedInForce extends Examined {
  readonly index: ConfigurationIndex;
}

export function broken(what: string, why: string, remedy: string): Finding {
  return { severity: "broken", what, why, remedy };
}

export function warning(what: string, why: string, remedy: string): Finding {
  return { severity: "warning", what, why, remedy };
}

/** The words of an error, the causes that it collected included. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join("; ");
  const { message, code } = error as NodeJS.ErrnoException;
  return message === "" || message === undefined ? String(code ?? error) : message;
}
