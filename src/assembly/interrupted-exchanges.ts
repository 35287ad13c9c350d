import type { Logger } from "pino";
import { closeInterrupted } from "../exchange/close-interrupted.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { OpenRequest } from "../messagelog/message-record.ts";
import type { MessageStore } from "../messagelog/message-store.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";

/** How long until what could not be closed is tried again, and other nodes are looked after, milliseconds. */
const closeAgainAfter = 60_000;

/**
 * The exchanges that an earlier run left open, or another node that died. Those that cannot be closed at the start,
 * because there is no good OCSP response say, hold up no others: they are tried again until they are closed.
 */
export class InterruptedExchanges {
  readonly #services: GatewayServices;
  readonly #logger: Logger;
  readonly #nodes: MessageStore["nodes"];
  #left: readonly OpenRequest[] = [];
  #cancel = () => {};

  private constructor(services: GatewayServices, logger: Logger, nodes: MessageStore["nodes"]) {
    this.#services = services;
    this.#logger = logger;
    this.#nodes = nodes;
  }

  /**
   * Closes what can be closed.
   * @param nodes `several`: what other nodes leave open is looked after from now on
   * @throws errors of the log, which has something that cannot be read
   */
  static async close(
    services: GatewayServices,
    logger: Logger,
    nodes: MessageStore["nodes"],
  ): Promise<InterruptedExchanges> {
    const exchanges = new InterruptedExchanges(services, logger, nodes);
    await exchanges.#close(await services.log.openRequests());
    return exchanges;
  }

  /** How many are still open. */
  get left(): number {
    return this.#left.length;
  }

  /** Tries no more. */
  stop(): void {
    this.#cancel();
  }

  async #close(open: readonly OpenRequest[]): Promise<void> {
    this.#left = open;
    this.#left = await closeInterrupted(this.#services, open);
    const closed = open.length - this.left;
    if (closed > 0)
      this.#logger.warn({ interrupted: closed }, "closed the exchanges that a restart interrupted");
    if (this.left > 0)
      this.#logger.warn({ left: this.left }, "exchanges that a restart interrupted cannot be closed yet");
    if (this.left > 0 || this.#nodes === "several")
      this.#cancel = afterTimeout(closeAgainAfter, () => void this.#closeAgain());
  }

  async #closeAgain(): Promise<void> {
    try {
      const open = await this.#services.log.openRequests();
      await this.#close(this.#nodes === "several" ? open : this.#known(open));
    } catch (err) {
      this.#logger.error({ err }, "exchanges that a restart interrupted cannot be closed");
      this.#cancel = afterTimeout(closeAgainAfter, () => void this.#closeAgain());
    }
  }

  /** When the thread of a log with one node was replaced, the exchanges that run now are told as open, too. */
  #known(open: readonly OpenRequest[]): readonly OpenRequest[] {
    const left = new Set(this.#left.map(nameOf));
    return open.filter((request) => left.has(nameOf(request)));
  }
}

function nameOf({ exchangeId, role }: OpenRequest): string {
  return `${exchangeId} ${role}`;
}
