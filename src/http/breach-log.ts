import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { DescriptionBreach } from "../exchange/exchange-monitor.ts";
import { LineBudget } from "./line-budget.ts";

/**
 * Tells whoever is responsible of what breaks a description: a line a minute for each place, since a service that
 * breaks it once will do so with every answer. Values are never told.
 */
export class BreachLog {
  readonly #logger: Logger;
  readonly #budget: LineBudget;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#budget = new LineBudget(clock);
  }

  tell({ exchangeId, service, endpoint, role, message, place, keyword, fate }: DescriptionBreach): void {
    const { method, template } = endpoint;
    const leftOut = this.#budget.take(
      [service.id, method, template, role, message, place, keyword].join(" "),
    );
    if (leftOut === undefined) return;
    const where = { service: service.id, version: service.version, method, template, place, keyword };
    const line = { exchange: exchangeId, role, message, ...where, fate, ...(leftOut > 0 && { leftOut }) };
    const text = `${message === "request" ? "a request" : "an answer"} breaks the description`;
    // What a consumer sends is its own to mend; what a service here answers is ours.
    if (role === "provider" && message === "answer") this.#logger.warn(line, text);
    else this.#logger.info(line, text);
  }
}
