import type { Clock } from "../../core/clock.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { InitAnswers } from "./init-answers.ts";

/** What every step of `sealway init` works with. */
export interface InitWork {
  /** Where the server's files are. */
  readonly directory: string;
  readonly answers: InitAnswers;
  readonly clock: Clock;
  /** Says what happens, a line. */
  tell(line: string): void;
  /** Ends waiting. */
  readonly signal: AbortSignal;
}

/** Once the server has its configuration file. */
export interface PlacedWork extends InitWork {
  readonly configuration: ServerConfiguration;
}

/** Between looks at what others are to do, milliseconds. */
export const lookInterval = 1000;

/** Something that stops the work until somebody does what it says; given again, the command goes on from here. */
export class InitStopped extends Error {
  override readonly name = "InitStopped";
}
