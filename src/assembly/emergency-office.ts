import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import {
  type Emergency,
  emergenciesShown,
  isGranted,
  reviewWithin,
} from "../exchange/emergencies/emergency-book.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { required } from "../exchange/required.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import type { MessageStore } from "../messagelog/message-store.ts";
import { followNodes } from "./follow-nodes.ts";
import { emergencyOrder, type ReviewedEmergency, type ReviewOrder } from "./review-emergency.ts";

/** Most exchange ids in one alarm. */
const mostNamed = 10;

/** Emergencies of a gateway beside the path of calls: what waited before it was started, reviews, and alarms until then. */
export class EmergencyOffice {
  readonly #services: GatewayServices;
  readonly #log: LogDesk;
  #endFollowing: (() => Promise<void>) | undefined;

  private constructor(services: GatewayServices, log: LogDesk) {
    this.#services = services;
    this.#log = log;
  }

  /**
   * Reads what stands in the log.
   * @param nodes with `several`, what other nodes note and review is read every few seconds
   * @throws Error when the log cannot be read
   */
  static async open(
    services: GatewayServices,
    log: LogDesk,
    nodes: MessageStore["nodes"],
  ): Promise<EmergencyOffice> {
    const office = new EmergencyOffice(services, log);
    office.#endFollowing = await followNodes(nodes, () => office.#look());
    return office;
  }

  async close(): Promise<void> {
    await this.#endFollowing?.();
  }

  async #look(): Promise<void> {
    const read = async (kind: "emergency" | "emergency-review") =>
      (await this.#log.ask("documents", { kind })).map(({ bytes }) => Buffer.from(bytes));
    // A review that comes in between is of an emergency that was there before.
    const noted = await read("emergency");
    this.#services.emergencies.load(noted, await read("emergency-review"));
  }

  /**
   * Carries out an order.
   * @returns undefined for one that is not about emergencies
   * @throws SealwayError `bad_request`; as `EmergencyBook.review`
   */
  execute(order: Buffer): Promise<readonly ReviewedEmergency[]> | undefined {
    const value = parseStrictJson(order, "bad_request") as Partial<ReviewOrder> | null;
    if (value?.order !== emergencyOrder) return undefined;
    const { exchange, finding, who, why } = value;
    const isUsable = [exchange, who, why].every((text) => typeof text === "string" && text !== "");
    if (!isUsable || (finding !== "justified" && finding !== "unjustified"))
      throw new SealwayError("bad_request", "the order lacks exchange, finding, who or why");
    const { clock, emergencies, seals, trust } = this.#services;
    const { instance } = trust().configuration.parameters;
    const review = { instance, time: clock.now(), exchange: exchange!, finding, who: who!, why: why! };
    // Another node may have noted it.
    return this.#look().then(() =>
      emergencies.review(review, (member) => required(seals.get(member)).signer),
    );
  }

  /** One for each agreement and side, until each of its emergencies is reviewed. */
  alarms(): Alarm[] {
    const { clock, emergencies, restrictions } = this.#services;
    const now = clock.now();
    return alarmsOf(emergenciesShown(emergencies.waiting(), restrictions, now), now);
  }
}

function alarmsOf(emergencies: readonly Emergency[], now: number): Alarm[] {
  const byAgreement = Map.groupBy(emergencies, ({ agreement, role }) => `${agreement} ${role}`);
  return [...byAgreement.values()].map((waiting): Alarm => {
    const [first] = waiting;
    const one = required(first);
    const { agreement, role, time } = one;
    const until = time + reviewWithin;
    const named = waiting.slice(0, mostNamed).map(({ exchange }) => exchange);
    const more = waiting.length > named.length ? ", …" : "";
    const isLate = now >= until;
    const late = isLate && isGranted(one) ? "; the grant is suspended until they are reviewed" : "";
    const due = new Date(until).toISOString();
    return {
      ...{ code: "emergency_unreviewed", severity: isLate ? "critical" : "warning", about: agreement },
      detail: `${waiting.length} calls by emergency access (${role}) wait for review, the first until ${due}${late}: ${named.join(", ")}${more}`,
      remedy: "The data protection officer looks at each: sealway agreements review-emergency.",
    };
  });
}
