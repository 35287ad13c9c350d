import type { Logger } from "pino";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import { AgreementBook } from "./agreement-book.ts";
import { AgreementDelivery } from "./agreement-delivery.ts";
import { AgreementFiles } from "./agreement-files.ts";
import { AgreementOffice } from "./agreement-office.ts";
import { AgreementPapers } from "./agreement-papers.ts";
import type { OpenProposal } from "./agreement-watch.ts";

/** All that a running server does about agreements that are made by acts. */
export class AgreementWork {
  readonly book: AgreementBook;
  readonly #services: () => GatewayServices;
  readonly #delivery: AgreementDelivery;

  constructor(
    services: () => GatewayServices,
    log: Pick<MessageLog, "keep">,
    desk: Pick<LogDesk, "ask">,
    logger: Logger,
  ) {
    this.#services = services;
    this.book = new AgreementBook(services, new AgreementPapers(log, desk), logger);
    this.#delivery = new AgreementDelivery(this.book, services, logger);
  }

  /**
   * Takes what the log has into use, before the first call is decided, and begins to tell other sides what they lack.
   * @returns who takes orders
   * @throws SealwayError `log_unavailable`; `bad_request` for an id that a file of the directory has as well
   */
  async start(agreementsDirectory: string | undefined): Promise<AgreementOffice> {
    await this.book.start();
    this.#delivery.start();
    const services = this.#services();
    const files = new AgreementFiles(agreementsDirectory, services.agreements, (id) => {
      return this.book.ledger.view(id) !== undefined;
    });
    return new AgreementOffice({ services, book: this.book, delivery: this.#delivery, files });
  }

  /** What a side that is served here has not answered yet. */
  openProposals(): readonly OpenProposal[] {
    const now = this.#services().clock.now();
    return [...this.book.ledger.proposed()].flatMap(
      ({ id, consumer, service, proposal: { by, deadline } }) => {
        const isServed = this.book.servedSides({ consumer, service }) !== by;
        return isServed && (deadline === null || now < deadline) ? [{ id, by, deadline }] : [];
      },
    );
  }

  /** Waits for what is being told, but not for a peer that does not answer. */
  stop(): Promise<void> {
    return this.#delivery.stop();
  }
}
