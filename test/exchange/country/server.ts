import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { openReader } from "../../../src/assembly/log-store.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import type { Clock } from "../../../src/core/clock.ts";
import type { ClientId, MemberId, ServerId } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import type { StepObserver } from "../../../src/exchange/gateway-services.ts";
import { type Gateway, startGateway } from "../../../src/gateway.ts";
import { LoggedMessages } from "./logged.ts";

/** What a server of the country is, before it runs. */
export interface ServerParts {
  readonly id: ServerId;
  readonly clients: readonly ClientId[];
  /** Its configuration and keys; `state` in it is its state. */
  readonly directory: string;
  readonly tls: Identity;
  /** The seals of its members, its owner's among them. */
  readonly seals: ReadonlyMap<MemberId, Identity>;
  readonly peerPort: number;
  /** Signs the checkpoints of its log; the server that tests play has none. */
  readonly logKey?: KeyObject;
}

/** One of the gateways, in this process. */
export class CountryServer {
  readonly parts: ServerParts;
  /** What its process log says, a line each. */
  readonly logLines: string[] = [];
  readonly #clock: Clock;
  #gateway: Gateway | undefined;
  #log: LoggedMessages | undefined;

  constructor(parts: ServerParts, clock: Clock) {
    this.parts = parts;
    this.#clock = clock;
  }

  get gateway(): Gateway {
    return this.#gateway!;
  }

  get log(): LoggedMessages {
    return this.#log!;
  }

  get configurationFile(): string {
    return join(this.parts.directory, "server.json");
  }

  get stateDirectory(): string {
    return join(this.parts.directory, "state");
  }

  /** Starts it on its files. @param observer told of each step that is done */
  async start(observer?: StepObserver): Promise<void> {
    const write = (line: string) => void this.logLines.push(line);
    const configuration = await loadServerConfiguration(this.configurationFile);
    this.#gateway = await startGateway({
      configuration,
      purpose: "demonstration",
      clock: this.#clock,
      logger: pino({ level: "debug" }, { write }),
      ...(observer && { observer }),
    });
    this.#log = await LoggedMessages.open(this.stateDirectory, openReader(configuration));
  }

  async stop(): Promise<void> {
    this.#log?.close();
    await this.#gateway?.close();
    this.#log = this.#gateway = undefined;
  }

  async restart(observer?: StepObserver): Promise<void> {
    await this.stop();
    await this.start(observer);
  }
}
