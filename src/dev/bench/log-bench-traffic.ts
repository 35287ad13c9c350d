import { sha256, toBase64Url } from "../../core/bytes.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { createRandom, type Random } from "../random.ts";
import type { SyntheticExchange } from "./synthetic-exchange.ts";

/*
 * Traffic as a country may have it: some consumers ask most, most services are asked seldom, nearly every exchange has
 * a query id of its own, names one person of a million, and is answered. One consumer in a hundred thousand calls, one
 * code in ten thousand: what an auditor looks for is rare.
 */

export const rareConsumer = "BENCH/COM/90000009/seldom";
export const rareCode = "rule.of-seldom";
export const personScheme = "urn:bench:person";

const agreements = Array.from({ length: 200 }, (_, i) => ({ id: `agreement-${i}`, revision: 1 + (i % 4) }));
const purposes = Array.from({ length: 60 }, (_, i) => ({ id: `purpose-${i}`, revision: 1 + (i % 3) }));
const codes = ["access_denied", "service_timeout", "permission_missing"] as const;

export class SyntheticTraffic {
  readonly #random: Random;
  #count = 0;

  constructor(seed: string) {
    this.#random = createRandom(seed);
  }

  /** @param time milliseconds */
  next(time: number): SyntheticExchange {
    const random = this.#random;
    const count = this.#count++;
    const service = serviceOf(this.#skewed(300));
    return {
      exchangeId: uuidV7(time),
      time,
      role: random.chance(50) ? "consumer" : "provider",
      queryId: queryIdOf(count),
      consumer: random.below(100_000) === 0 ? rareConsumer : consumerOf(this.#skewed(400)),
      service,
      purpose: purposes[this.#skewed(purposes.length)]!,
      agreement: agreements[this.#skewed(agreements.length)]!,
      permission: random.chance(5) ? permissionOf(count) : null,
      subjects: random.chance(90)
        ? [{ role: "asked-about", scheme: personScheme, value: String(random.below(1_000_000)) }]
        : [],
      answer: this.#answer(),
    };
  }

  #answer(): SyntheticExchange["answer"] {
    const random = this.#random;
    const after = random.below(1000) === 0 ? random.between(2000, 29_000) : random.between(5, 200);
    const kind = random.below(100);
    if (kind >= 4) return { type: "response", after, code: null, status: random.chance(90) ? 200 : 404 };
    const code = random.below(400) === 0 ? rareCode : random.pick(codes);
    return { type: kind < 3 ? "refusal" : "fault", after, code, status: kind < 3 ? 403 : 504 };
  }

  /** Small numbers come often, large ones seldom. */
  #skewed(limit: number): number {
    const part = this.#random.below(1_000_000) / 1_000_000;
    return Math.floor(limit * part ** 3);
  }
}

export function consumerOf(number: number): string {
  return `BENCH/GOV/${10_000_000 + (number >> 2)}/system-${number & 3}`;
}

export function serviceOf(number: number): string {
  return `BENCH/GOV/${20_000_000 + (number >> 3)}/register-${(number >> 1) & 3}/service-${number}`;
}

export function queryIdOf(number: number): string {
  return `bench-${toBase64Url(sha256(`query ${number}`).subarray(0, 12))}`;
}

export function permissionOf(number: number): string {
  return toBase64Url(sha256(`permission ${number}`));
}

/** The tag of a person where there is no key: for an index without a log. */
export function benchTag(person: string): string {
  return toBase64Url(sha256(`tag ${person}`).subarray(0, 16));
}

const outcomes = { response: "answered", refusal: "refused", fault: "failed" } as const;
const verdicts = { response: "permit", refusal: "deny", fault: "none" } as const;

/** The row that the index makes of an exchange's records. */
export function rowOf(exchange: SyntheticExchange, writer: string, number: number): SearchRow {
  const { answer, consumer, permission, purpose, agreement, queryId, role, service, time, subjects } =
    exchange;
  const type = answer!.type;
  return {
    ...{ time, exchangeId: exchange.exchangeId, role, queryId, consumer, service, permission },
    ...{ outcome: outcomes[type], verdict: verdicts[type], code: answer!.code, duration: answer!.after },
    purpose: purpose && `${purpose.id}#${purpose.revision}`,
    agreement: agreement && `${agreement.id}#${agreement.revision}`,
    member: (role === "consumer" ? consumer : service).split("/", 3).join("/"),
    server: "BENCH/GOV/10000000/ss1",
    tags: subjects.map(({ value }) => benchTag(value)),
    request: { writer, number },
    answer: { writer, number: number + 1 },
  };
}
