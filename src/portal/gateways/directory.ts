import type { Clock } from "../../core/clock.ts";
import { type ClientId, encodePart, unsafeId } from "../../core/ids.ts";
import type { GatewayClient } from "./gateway-client.ts";

/** A subsystem of the instance, by the global configuration. */
export interface ListedSubsystem {
  readonly id: ClientId;
  /** Of the member. */
  readonly name: string;
}

/** The members' list cannot be had: nobody can be asked. */
export class NoDirectory extends Error {
  override readonly name = "NoDirectory";
}

const keptFor = 60_000;
const mostSubsystems = 20_000;

/** Every subsystem that could have used somebody's data: a list that left one out would be silently incomplete. */
export class Directory {
  readonly #client: GatewayClient;
  readonly #clock: Clock;
  #kept: { readonly since: number; readonly subsystems: readonly ListedSubsystem[] } | undefined;

  constructor(client: GatewayClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws NoDirectory when the own security server does not give the list */
  async subsystems(): Promise<readonly ListedSubsystem[]> {
    const now = this.#clock.now();
    if (this.#kept !== undefined && now - this.#kept.since < keptFor) return this.#kept.subsystems;
    const answer = await this.#client.askOwn("/listClients");
    if (answer.kind !== "answer" || answer.status !== 200) throw new NoDirectory("the own security server");
    const subsystems = read(answer.value);
    this.#kept = { since: now, subsystems };
    return subsystems;
  }
}

interface Listed {
  readonly id?: Readonly<Record<string, unknown>>;
  readonly name?: unknown;
}

/** X-Road's `listClients`; members without a subsystem ask and answer nothing of people. */
function read(value: unknown): ListedSubsystem[] {
  const { member } = value as { member?: unknown };
  if (!Array.isArray(member) || member.length > mostSubsystems) throw new NoDirectory("no list of clients");
  return (member as readonly Listed[])
    .filter(({ id }) => id?.object_type === "SUBSYSTEM")
    .map(({ id, name }) => {
      const parts = [id!.xroad_instance, id!.member_class, id!.member_code, id!.subsystem_code];
      return {
        id: unsafeId<ClientId>(parts.map((part) => encodePart(String(part))).join("/")),
        name: String(name),
      };
    });
}
