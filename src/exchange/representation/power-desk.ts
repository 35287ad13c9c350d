import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ExchangeId } from "../../core/ids.ts";
import {
  type JudgedPower,
  judgePower,
  type Power,
  type PowerNeed,
} from "../../policy/representation/power.ts";
import type { NamedPerson } from "../permissions/permission-secret.ts";
import type { PowerSource, RepresentationSettings } from "./representation-settings.ts";

/** Whose power over whom is asked for; identifiers are normalised. */
export interface AskedPower {
  /** The subsystem in whose name it is asked; it is served here, and has an agreement with the source. */
  readonly client: ClientId;
  readonly source: PowerSource;
  readonly representative: NamedPerson;
  readonly represented: NamedPerson;
}

export interface FetchedPowers {
  readonly powers: readonly Power[];
  /** By which they were fetched: both sides hold its evidence. */
  readonly exchange: ExchangeId;
  readonly answer: Buffer;
}

/** Fetches powers from their source. @throws SealwayError `representation_unknown` */
export type AskPowers<Services> = (services: Services, asked: AskedPower) => Promise<FetchedPowers>;

/** A power, by whom and for what it is needed. */
export interface NeededPower
  extends Omit<AskedPower, "source">,
    Pick<PowerNeed, "act" | "elements" | "kinds"> {
  /** Id of the service that is said to know of the power, a caller's choice. */
  readonly source: string;
}

/** `act`: asked now; `use`: an answer counts for a while; `known`: only such an answer, nobody is asked. */
export type PowerFreshness = "act" | "use" | "known";

export type FoundPower = JudgedPower &
  Pick<FetchedPowers, "exchange" | "answer"> & { readonly source: PowerSource };

interface Kept {
  readonly fetched: Promise<FetchedPowers>;
  readonly since: number;
}

/** Answers that are remembered; the oldest go first. */
const mostKept = 5_000;
/** How long a source is waited for, milliseconds: shorter than those wait who ask us. */
const patienceMs = 5_000;

/** Asks authentic sources who may act for whom, at the moment of use, and each no oftener than it must. */
export class PowerDesk<Services> {
  readonly settings: RepresentationSettings;
  readonly #ask: AskPowers<Services>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(settings: RepresentationSettings, ask: AskPowers<Services>, clock: Clock) {
    this.settings = settings;
    this.#ask = ask;
    this.#clock = clock;
  }

  /**
   * Whether the authentic source says that somebody may act for somebody.
   * @throws SealwayError `representation_refused` for a source that does not count here; `representation_unknown` when it
   *   cannot be asked: no power is taken for granted then, and none has ended
   */
  async find(services: Services, needed: NeededPower, freshness: PowerFreshness): Promise<FoundPower> {
    const source = this.settings.sources.find(({ service }) => service === needed.source);
    const { representative, represented, act, elements } = needed;
    const isOfSchemes =
      source?.representative === representative.scheme && source.represented === represented.scheme;
    if (source === undefined || !isOfSchemes)
      throw new SealwayError("representation_refused", "no such source of powers counts here");
    const { exchange, answer, powers } = await this.#fetched(services, { ...needed, source }, freshness);
    const kinds = needed.kinds.filter((kind) => source.kinds.includes(kind));
    const judged = judgePower(powers, {
      ...{ represented: represented.value, kinds, act, elements },
      now: this.#clock.now(),
    });
    return { ...judged, exchange, answer, source };
  }

  #fetched(services: Services, asked: AskedPower, freshness: PowerFreshness): Promise<FetchedPowers> {
    const { client, source, representative, represented } = asked;
    const name = [client, source.service, representative.value, represented.value].join("\0");
    const now = this.#clock.now();
    const known = this.#kept.get(name);
    const isFresh = known !== undefined && now - known.since < this.settings.askAgainAfter;
    if (freshness !== "act" && isFresh) return known.fetched;
    if (freshness === "known") return Promise.reject(unknown("nobody may be asked for this use"));
    const fetched = patiently(this.#ask(services, asked));
    this.#kept.delete(name);
    this.#kept.set(name, { fetched, since: now });
    if (this.#kept.size > mostKept) this.#kept.delete(this.#kept.keys().next().value!);
    // That nobody answered is no answer: the next one asks again.
    fetched.catch(() => {
      if (this.#kept.get(name)?.fetched === fetched) this.#kept.delete(name);
    });
    return fetched;
  }
}

async function patiently<Value>(work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = "the register of representatives has not answered in time";
  const timer = setTimeout(() => reject(unknown(late)), patienceMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

function unknown(detail: string): SealwayError {
  return new SealwayError("representation_unknown", detail);
}
