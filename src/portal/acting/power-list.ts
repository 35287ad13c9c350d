import { encodePart, providerOf } from "../../core/ids.ts";
import { endOf, type Power, parsePowers } from "../../policy/representation/power.ts";
import type { GatewayClient } from "../gateways/gateway-client.ts";
import type { PortalConfiguration } from "../portal-configuration.ts";
import type { Acting } from "./acting.ts";

export type PowerSources = PortalConfiguration["representation"];

/** For whom somebody may act, and which registers did not say. */
export interface PowerList {
  readonly powers: readonly Acting[];
  readonly silent: PowerSources;
}

/** Asks the registers of representatives for whom a person may act. */
export class PowerDesk {
  readonly #client: GatewayClient;
  readonly #sources: PowerSources;

  constructor(client: GatewayClient, sources: PowerSources) {
    this.#client = client;
    this.#sources = sources;
  }

  /** Whether anybody can act for anybody here. */
  get isOpen(): boolean {
    return this.#sources.length > 0;
  }

  /** @param now milliseconds: what has not begun, or has ended, is none */
  async list(userId: string, now: number): Promise<PowerList> {
    const asked = await Promise.all(this.#sources.map((source) => this.#ask(source, userId)));
    const silent = this.#sources.filter((_, i) => asked[i] === undefined);
    const powers = asked.flatMap((powers, i) =>
      (powers ?? []).filter((power) => isNow(power, now)).map((power) => acting(this.#sources[i]!, power)),
    );
    return { powers, silent };
  }

  async #ask(
    { service, purpose }: PowerSources[number],
    userId: string,
  ): Promise<readonly Power[] | undefined> {
    const provider = providerOf(service);
    const answer = await this.#client.ask({
      ...{ provider, service: service.slice(provider.length + 1), path: `/${encodePart(userId)}`, userId },
      ...(purpose !== undefined && { purpose }),
    });
    if (answer.kind !== "answer" || answer.status !== 200) return undefined;
    try {
      return parsePowers(answer.bytes);
    } catch {
      return undefined;
    }
  }
}

function acting({ service, represented }: PowerSources[number], power: Power): Acting {
  const { acts, kind, name = power.represented } = power;
  return { source: service, scheme: represented, identifier: power.represented, name, kind, acts };
}

function isNow(power: Power, now: number): boolean {
  const end = endOf(power);
  return Date.parse(`${power.from}T00:00:00Z`) <= now && (end === null || now < end);
}
