import type { Logger } from "pino";
import { asSealwayError } from "../core/errors.ts";
import type { BuiltInAnswer } from "../exchange/builtin/built-in-client.ts";
import type { BuiltInCode } from "../exchange/builtin/built-in-services.ts";
import { answerCorrection, answerFeedback, answerInquiry } from "../exchange/feedback/answer-casework.ts";
import type { CaseworkParts } from "../exchange/feedback/casework-parts.ts";
import { CorrectionDesk, type CorrectionDeskParts } from "../exchange/feedback/correction-desk.ts";
import { FeedbackDesk } from "../exchange/feedback/feedback-desk.ts";
import { InquiryDesk } from "../exchange/feedback/inquiry-desk.ts";
import { ProtectedTexts } from "../exchange/feedback/protected-text.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { ContextKind } from "../messagelog/message-record.ts";
import { soughtTags, tagsOfAll } from "../messagelog/search/sought-person.ts";
import { caseworkAlarms, type LateCases } from "./casework-alarms.ts";
import { CaseworkOffice } from "./casework-office.ts";
import type { CaseworkOrder } from "./casework-orders.ts";
import { followNodes } from "./follow-nodes.ts";
import { inquiryHolds, type TakesRetentionOrders } from "./inquiry-holds.ts";
import { Rounds } from "./rounds.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { spellingsIn } from "./spellings.ts";

export interface CaseworkOptions {
  readonly configuration: Pick<ServerConfiguration, "inquiries" | "portals">;
  readonly services: () => GatewayServices;
  readonly log: Pick<DurableMessageLog, "content" | "nodes" | "holdsSealing">;
  readonly desk: Pick<LogDesk, "ask">;
  readonly logger: Logger;
}

const times = { firstAfter: 2_000, every: 20_000 };
const dayMs = 86_400_000;

/** What parties and persons say about exchanges afterwards, at a running server. */
export class Casework {
  readonly #options: CaseworkOptions;
  readonly #feedback: FeedbackDesk;
  readonly #corrections: CorrectionDesk;
  readonly #inquiries: InquiryDesk;
  readonly #office: CaseworkOffice;
  readonly #rounds = new Rounds(times, (signal) => this.#round(signal));
  #retention: TakesRetentionOrders | undefined;
  #endFollowing: (() => Promise<void>) | undefined;
  #isAwake = false;
  #isWokenAgain = false;

  constructor(options: CaseworkOptions) {
    this.#options = options;
    const { configuration, desk } = options;
    const parts = caseworkParts(options);
    this.#feedback = new FeedbackDesk(parts);
    this.#corrections = new CorrectionDesk(parts);
    this.#inquiries = new InquiryDesk({
      ...parts,
      portals: configuration.portals,
      supervisor: configuration.inquiries.supervisoryAuthority ?? null,
      holds: inquiryHolds(() => this.#retention),
      names: (question) => desk.ask("namesPerson", question),
    });
    const desks = { feedback: this.#feedback, corrections: this.#corrections, inquiries: this.#inquiries };
    this.#office = new CaseworkOffice(desks, parts);
  }

  /** The built-in services that it answers. */
  get answers(): readonly (readonly [BuiltInCode, BuiltInAnswer])[] {
    const [feedback, corrections, inquiries] = [this.#feedback, this.#corrections, this.#inquiries];
    return [
      ["sealway.correction", answerCorrection(corrections)],
      ["sealway.feedback", answerFeedback(feedback)],
      ["sealway.inquiry", answerInquiry(inquiries)],
    ];
  }

  /**
   * Reads what was said before, and goes on telling others what they must be told.
   * @throws SealwayError `log_unavailable`, `malformed_statement`
   */
  async start(retention: TakesRetentionOrders): Promise<void> {
    this.#retention = retention;
    this.#endFollowing = await followNodes(this.#options.log.nodes, () => this.#look());
    this.#rounds.start();
  }

  /** Reports and answers come to any node: officers ask one of them, and the one that seals tells others. */
  async #look(): Promise<void> {
    for (const { journal } of [this.#feedback, this.#corrections, this.#inquiries])
      await journal.inTurn(() => journal.load());
  }

  /** Waits for the round that runs, but not for a peer that does not answer. */
  async stop(): Promise<void> {
    await this.#endFollowing?.();
    await this.#rounds.stop();
  }

  /** Does what a command orders; what others must be told of it they are told behind it. @throws SealwayError */
  async execute(order: CaseworkOrder): Promise<unknown> {
    const report = await this.#office.execute(order);
    this.#wake();
    return report;
  }

  /** The cases of this server, as officers see them. */
  lists(): LateCases {
    return this.#office.lists();
  }

  alarms(): Alarm[] {
    return caseworkAlarms(this.lists());
  }

  /** What is said while a round runs is told by one more. */
  #wake(): void {
    this.#isWokenAgain = this.#isAwake;
    if (this.#isAwake) return;
    this.#isAwake = true;
    void this.#rounds.now().finally(() => {
      this.#isAwake = false;
      if (this.#isWokenAgain) this.#wake();
    });
  }

  /** What ends it is told; the next one goes on. Of a cluster's nodes the one that seals speaks for all. */
  async #round(signal: AbortSignal): Promise<"more"> {
    const { log, logger } = this.#options;
    try {
      if (!(await log.holdsSealing())) return "more";
      await this.#inquiries.attend();
      for (const { outbox } of [this.#feedback, this.#corrections, this.#inquiries])
        await outbox.round(signal);
    } catch (thrown) {
      const { code, detail } = asSealwayError(thrown);
      logger.warn(
        { code, detail },
        "a round of telling others of feedback, corrections and inquiries ended early",
      );
    }
    return "more";
  }
}

function caseworkParts({ configuration, desk, log, logger, services }: CaseworkOptions): CorrectionDeskParts {
  const documents = async (kind: ContextKind) => {
    const found = await desk.ask("documents", { kind });
    return found.map((document) => ({ ...document, bytes: Buffer.from(document.bytes) }));
  };
  const { vault } = log.content;
  const common: CaseworkParts = {
    services,
    texts: new ProtectedTexts(vault),
    answerWithin: configuration.inquiries.answerDays * dayMs,
    journal: { services, documents, isShared: log.nodes === "several" },
    failed: ({ name, subsystem }, { code }) =>
      logger.warn({ parcel: name, peer: subsystem, code }, "a peer did not take what it must be told"),
  };
  return {
    ...common,
    disclosures: async (question) => {
      const { restrictions, clock } = services();
      const { found, isCutOff } = await desk.ask("disclosures", question);
      const isShown = ({ client: consumer, ...rest }: (typeof found)[number]) =>
        restrictions.covering({ ...rest, consumer, service: question.service }, clock.now()) === undefined;
      return { found: found.filter(isShown), isCutOff };
    },
    tagsOf: async (person, since) => {
      const values = await spellingsIn({ documentsOf: documents }, person);
      const now = services().clock.now();
      const tags = values.map((value) => {
        return soughtTags(vault, { scheme: person.scheme, value }, since, now, tagsOfAll);
      });
      return (await Promise.all(tags)).flat();
    },
  };
}
