import type { ClientId } from "../../core/ids.ts";
import type { GatewayAnswer, GatewayClient } from "../gateways/gateway-client.ts";

/** How a question stands, as whoever was asked tells it. */
export interface QuestionState {
  readonly id: string;
  readonly state: "asked" | "answered" | "escalated" | "closed";
  /** By when it is to be answered, milliseconds since the epoch. */
  readonly due: number;
  readonly answer: string | null;
}

/** Longest question, characters. */
export const mostQuestion = 2000;

const states: ReadonlySet<unknown> = new Set<QuestionState["state"]>([
  ...(["asked", "answered", "escalated", "closed"] as const),
]);
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const latest = 8_640_000_000_000_000;

/** Asks whoever got the data of an exchange why, in the name of the person who is signed in. */
export class QuestionDesk {
  readonly #client: GatewayClient;

  constructor(client: GatewayClient) {
    this.#client = client;
  }

  /** @returns undefined when the question was not taken, or nobody knows whether it was */
  async ask(
    person: string,
    addressee: ClientId,
    exchange: string,
    text: string,
  ): Promise<QuestionState | undefined> {
    const body = { about: exchange, text };
    return stateIn(await this.#client.ask({ ...this.#at(person, addressee, "/inquiries"), body }));
  }

  /** @returns undefined also for a question of somebody else */
  async state(person: string, addressee: ClientId, id: string): Promise<QuestionState | undefined> {
    return stateIn(
      await this.#client.ask({ ...this.#at(person, addressee, "/states"), body: { about: id } }),
    );
  }

  #at(person: string, provider: ClientId, path: string) {
    return { provider, service: "sealway.inquiry", path, userId: person };
  }
}

/** Another member's word. */
function stateIn(told: GatewayAnswer): QuestionState | undefined {
  if (told.kind !== "answer" || told.status !== 200) return undefined;
  const { id, state, due, answer } = (told.value ?? {}) as Readonly<Record<string, unknown>>;
  const isTime = Number.isSafeInteger(due) && (due as number) >= 0 && (due as number) <= latest;
  const isText = answer === null || (typeof answer === "string" && answer.length <= 100_000);
  if (typeof id !== "string" || !uuid.test(id) || !states.has(state) || !isTime || !isText) return undefined;
  return { id, state, due, answer } as QuestionState;
}
